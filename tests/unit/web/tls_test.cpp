#include "web/tls.hpp"

#include <filesystem>
#include <fstream>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "raw_connection.hpp"
#include "support/catch.hpp"
#include "test_server.hpp"
#include "tls_client.hpp"

namespace gatehouse::web {
namespace {

using namespace std::chrono_literals;
using gatehouse::test::TempDir;
using test::RawConnection;
using test::self_signed;
using test::TestServer;
using test::TlsClient;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kLast = "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

std::shared_ptr<TlsContext> load(const TlsFiles& files) {
    auto loaded = TlsContext::load(files);
    if (!loaded) throw std::runtime_error(loaded.error().detail);
    return *loaded;
}

// A server that speaks TLS with a fresh certificate for "one".
struct Fixture {
    explicit Fixture(ServerOptions options = TestServer::quick_options())
        : files(self_signed(dir, "one")), context(load(files)), server(with_tls(std::move(options))) {}

    ServerOptions with_tls(ServerOptions options) const {
        options.tls = context;
        options.https_headers = "Strict-Transport-Security: max-age=1\r\n";
        return options;
    }
    [[nodiscard]] int socket() const { return RawConnection::open(server.endpoint()); }

    TempDir dir;
    TlsFiles files;
    std::shared_ptr<TlsContext> context;
    TestServer server;
};

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

}  // namespace

TEST_CASE("requests over TLS are answered, and their responses have the headers of HTTPS") {
    Fixture fixture;
    TlsClient client(fixture.socket());
    REQUIRE(client.connect());
    CHECK(client.version() == "TLSv1.3");
    REQUIRE(client.send(std::string(kGet)));
    CHECK(client.receive("\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
    REQUIRE(client.send(kLast));
    const auto last = client.receive();
    CHECK(count(last, "Strict-Transport-Security: max-age=1\r\n") == 1);
    CHECK(last.find("Connection: close\r\n") != std::string::npos);
    CHECK(client.was_told_the_end());
}

TEST_CASE("several requests and a large body in one TLS record are all answered") {
    Fixture fixture;
    TlsClient client(fixture.socket());
    REQUIRE(client.connect());
    const std::string body(9000, 'b');
    std::string all;
    for (int i = 0; i < 5; ++i) all += kGet;
    all += "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n" + body;
    REQUIRE(all.size() < 16384);  // one record: what is left of it after a read must not be waited for
    REQUIRE(client.send(all + kLast));
    CHECK(count(client.receive(), "HTTP/1.1 200 OK\r\n") == 7);
}

TEST_CASE("TLS 1.2 is spoken with forward secrecy and an AEAD cipher, and nothing older or weaker is") {
    Fixture fixture;
    const auto agrees = [&](const TlsClient::Wishes& wishes) {
        TlsClient client(fixture.socket(), wishes);
        return client.connect() ? client.version() : "refused";
    };
    CHECK(agrees({TLS1_2_VERSION}) == "TLSv1.2");
    CHECK(agrees({TLS1_2_VERSION, "", "ECDHE-ECDSA-AES128-GCM-SHA256"}) == "TLSv1.2");
    CHECK(agrees({TLS1_2_VERSION, "", "ECDHE-ECDSA-AES128-SHA"}) == "refused");
    CHECK(agrees({TLS1_1_VERSION}) == "refused");
    CHECK(agrees({TLS1_VERSION}) == "refused");
}

TEST_CASE("ALPN: http/1.1 is agreed on; who offers only something else is refused") {
    Fixture fixture;
    TlsClient http(fixture.socket(), {TLS1_3_VERSION, "http/1.1"});
    REQUIRE(http.connect());
    CHECK(http.protocol() == "http/1.1");
    TlsClient none(fixture.socket());
    REQUIRE(none.connect());
    CHECK(none.protocol().empty());
    TlsClient h2(fixture.socket(), {TLS1_3_VERSION, "h2"});
    CHECK_FALSE(h2.connect());
}

TEST_CASE("sessions are not resumed: there is no ticket key to leak") {
    Fixture fixture;
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClient client(fixture.socket(), {version});
        REQUIRE(client.connect());
        REQUIRE(client.send(kLast));
        client.receive();
        CHECK_FALSE(client.resumable());
    }
}

TEST_CASE("plain HTTP on a TLS port is told so") {
    Fixture fixture;
    RawConnection client(fixture.server.endpoint());
    REQUIRE(client.send(kGet));
    const auto response = client.response();
    CHECK(response.status == 400);
    CHECK(response.body.find("HTTPS") != std::string::npos);
    CHECK(response.header("X-Content-Type-Options") == "nosniff");
    CHECK(response.header("Strict-Transport-Security").empty());
    CHECK(fixture.server.handled() == 0);
}

TEST_CASE("a client that does not shake hands is closed in time, and garbage at once") {
    auto options = TestServer::quick_options();
    options.head_timeout = 200ms;
    Fixture fixture(std::move(options));
    const RawConnection silent(fixture.server.endpoint());
    RawConnection half(fixture.server.endpoint());
    REQUIRE(half.send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7)));
    RawConnection garbage(fixture.server.endpoint());
    REQUIRE(garbage.send("\x01\x02\x03 nonsense\r\n\r\n"));
    CHECK(gatehouse::test::eventually([&] { return fixture.server.open_connections() == 0; }));
    TlsClient client(fixture.socket());
    CHECK(client.connect());  // and the server is none the worse
}

TEST_CASE("a client that leaves without goodbye, within a response or before, harms nobody") {
    Fixture fixture;
    for (int i = 0; i < 20; ++i) {
        TlsClient client(fixture.socket());
        REQUIRE(client.connect());
        if (i % 2 == 0) REQUIRE(client.send(std::string(kGet)));
    }
    TlsClient client(fixture.socket());
    REQUIRE(client.connect());
    REQUIRE(client.send(kLast));
    CHECK(client.receive().starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("a reload changes the certificate of new connections and leaves open ones alone") {
    Fixture fixture;
    TlsClient before(fixture.socket());
    REQUIRE(before.connect());
    CHECK(before.certificate_name() == "one");
    const auto two = self_signed(fixture.dir, "two", 90);
    std::filesystem::rename(two.certificate, fixture.files.certificate);
    SECTION("both files") {
        std::filesystem::rename(two.key, fixture.files.key);
        REQUIRE(fixture.context->reload());
        TlsClient after(fixture.socket());
        REQUIRE(after.connect());
        CHECK(after.certificate_name() == "two");
        CHECK(fixture.context->expires() > std::chrono::system_clock::now() + std::chrono::hours(24 * 89));
    }
    SECTION("a certificate without its key is refused, and all stays as it was") {
        const auto reloaded = fixture.context->reload();
        REQUIRE_FALSE(reloaded);
        CHECK(reloaded.error().detail.find("is not the key of") != std::string::npos);
        TlsClient after(fixture.socket());
        REQUIRE(after.connect());
        CHECK(after.certificate_name() == "one");
    }
    REQUIRE(before.send(kLast));
    CHECK(before.receive().starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("files that are of no use are refused with their name, the cause and the fix") {
    const TempDir dir;
    const auto good = self_signed(dir, "good");
    const auto other = self_signed(dir, "other");
    const std::string empty = dir / "empty";
    std::ofstream(empty).close();
    const auto detail = [](const TlsFiles& files) { return TlsContext::load(files).error().detail; };
    CHECK(detail({dir / "absent", good.key})
              .starts_with((dir / "absent") + ": cannot be used as a certificate (No such file"));
    CHECK(detail({empty, good.key}).starts_with(empty + ": cannot be used as a certificate"));
    CHECK(detail({good.certificate, dir / "absent"}).starts_with((dir / "absent") + ": cannot be used as its key"));
    CHECK(detail({good.certificate, good.certificate}).starts_with(good.certificate + ": cannot be used as its key"));
    CHECK(detail({good.certificate, other.key}).find("give the key of that certificate") != std::string::npos);
}

TEST_CASE("a key with a passphrase is refused, and nobody is asked for it") {
    const TempDir dir;
    const auto files = self_signed(dir, "one");
    std::FILE* in = std::fopen(files.key.c_str(), "r");
    EVP_PKEY* key = PEM_read_PrivateKey(in, nullptr, nullptr, nullptr);
    std::fclose(in);
    std::FILE* out = std::fopen(files.key.c_str(), "w");
    const unsigned char passphrase[] = "secret";
    PEM_write_PrivateKey(out, key, EVP_aes_256_cbc(), passphrase, 6, nullptr, nullptr);
    std::fclose(out);
    EVP_PKEY_free(key);
    const auto loaded = TlsContext::load(files);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().detail.find("without a passphrase") != std::string::npos);
}

}  // namespace gatehouse::web
