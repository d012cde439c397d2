#include <algorithm>
#include <fstream>

#include "proto/variables.hpp"
#include "session_client/settings.hpp"
#include "support/catch.hpp"
#include "support/certificates.hpp"

namespace gatehouse::session_client {
namespace {

using gatehouse::test::Authority;
using gatehouse::test::TempDir;

const std::string kGood = "ghs_gateway_" + std::string(43, 'A');

struct ReadOptions {
    explicit ReadOptions(Environment more, proto::AppEnv env = proto::AppEnv::production)
        : settings(with_credential(std::move(more)), proto::known_variables()),
          options(read_options(settings, env, "app --scopes introspect")) {}
    static Environment with_credential(Environment more) {
        if (!more.contains("SESSION_CREDENTIAL_FILE")) more["SESSION_CREDENTIAL"] = kGood;
        return more;
    }
    [[nodiscard]] bool complains_of(std::string_view name) const {
        const auto all = settings.mistakes();
        return std::ranges::any_of(all, [&](const auto& line) { return line.starts_with(std::string(name) + " "); });
    }
    Settings settings;
    Options options;
};

// g++ cannot tell a list for it from one for its constructor.
ReadOptions options_from(const Environment& environment) { return ReadOptions(environment); }

}  // namespace

TEST_CASE("an item of SESSION_URL says where and whether TLS is spoken") {
    const auto tls = parse_server_url("https://session.internal:8443/");
    REQUIRE(tls);
    CHECK(tls->link == proto::Link::tls);
    CHECK(to_string(tls->at) == "session.internal:8443");
    for (const char* plain : {"http://[::1]:8081/", "[::1]:8081"}) {
        const auto url = parse_server_url(plain);
        REQUIRE(url);
        CHECK(url->link == proto::Link::plain);
        CHECK(to_string(url->at) == "[::1]:8081");
    }
    CHECK(parse_server_url("unix:/run/session/")->at.unix_path == "/run/session/");
    for (const char* bad : {"https://:8443", "https://session", "https://unix:/run/s", "http://unix:/run/s",
                            "ftp://a:1", "https://a:1/v1", "https://user@a:1", "HTTPS://a:1"}) {
        INFO(bad);
        CHECK_FALSE(parse_server_url(bad));
    }
}

TEST_CASE("https off the host is private, plain HTTP there is not") {
    const ReadOptions tls = options_from({{"SESSION_URL", "https://session.internal:8081,https://10.0.0.2:8081"}});
    CHECK(tls.settings.mistakes().empty());
    CHECK(tls.options.servers.size() == 2);
    REQUIRE(tls.options.tls);
    CHECK_FALSE(tls.options.tls->expires());
    CHECK(tls.options.copy().tls == tls.options.tls);
    const ReadOptions plain = options_from({{"SESSION_URL", "session.internal:8081"}});
    CHECK(plain.complains_of("SESSION_URL"));
    CHECK_FALSE(plain.options.tls);
}

TEST_CASE("addresses with TLS and without do not mix") {
    for (const char* mixed : {"https://127.0.0.1:1,127.0.0.1:2", "unix:/run/s,https://127.0.0.1:1",
                              "http://127.0.0.1:1,https://127.0.0.1:2"}) {
        INFO(mixed);
        CHECK(options_from({{"SESSION_URL", mixed}}).complains_of("SESSION_URL"));
    }
}

TEST_CASE("the files of TLS are read at once, and the variable whose file is of no use is named") {
    const TempDir dir;
    const Authority authority(dir, "authority");
    const auto own = authority.sign("own");
    const Environment good{{"SESSION_URL", "https://127.0.0.1:1"},
                           {"SESSION_CA_FILE", authority.file()},
                           {"SESSION_CLIENT_CERT_FILE", own.certificate},
                           {"SESSION_CLIENT_KEY_FILE", own.key}};
    const ReadOptions read = options_from(good);
    CHECK(read.settings.mistakes().empty());
    CHECK(read.options.tls->expires());
    for (const auto* name : {"SESSION_CA_FILE", "SESSION_CLIENT_CERT_FILE", "SESSION_CLIENT_KEY_FILE"}) {
        INFO(name);
        auto broken = good;
        broken[name] = dir / "absent";
        const ReadOptions refused = options_from(broken);
        CHECK(refused.complains_of(name));
        CHECK(refused.settings.mistakes().size() == 1);
    }
    auto half = good;
    half.erase("SESSION_CLIENT_KEY_FILE");
    const ReadOptions without_key = options_from(half);
    CHECK(without_key.complains_of("SESSION_CLIENT_KEY_FILE"));
    CHECK(without_key.settings.mistakes().size() == 1);
}

TEST_CASE("files of TLS without https are a mistake: somebody believes the link to be encrypted") {
    const TempDir dir;
    const Authority authority(dir, "authority");
    CHECK(options_from({{"SESSION_CA_FILE", authority.file()}}).complains_of("SESSION_CA_FILE"));
    const auto own = authority.sign("own");
    CHECK(options_from({{"SESSION_CLIENT_CERT_FILE", own.certificate}, {"SESSION_CLIENT_KEY_FILE", own.key}})
              .complains_of("SESSION_CLIENT_CERT_FILE"));
}

TEST_CASE("a credential's file is remembered, and can be read again") {
    const TempDir dir;
    const std::string file = dir / "credential";
    std::ofstream(file) << kGood << '\n';
    const ReadOptions read = options_from({{"SESSION_CREDENTIAL_FILE", file}});
    CHECK(read.settings.mistakes().empty());
    CHECK(read.options.credential.view() == kGood);
    CHECK(read.options.credential_file == file);
    CHECK(options_from({}).options.credential_file.empty());

    const std::string other = "ghs_gateway_" + std::string(43, 'B');
    std::ofstream(file) << other << '\n';
    CHECK(read_credential_file(file)->view() == other);
    std::ofstream(file) << "hunter2-hunter2";
    const auto refused = read_credential_file(file);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail.find("hunter2") == std::string::npos);
    CHECK(read_credential_file(dir / "absent").error().detail.starts_with((dir / "absent") + " cannot be read"));
}

}  // namespace gatehouse::session_client
