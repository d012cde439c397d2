// web::Client and web::Server with TLS between them: who is believed, and what is told when somebody is not.
#include <filesystem>
#include <fstream>

#include "client_fixture.hpp"
#include "raw_connection.hpp"
#include "support/captured_log.hpp"
#include "support/certificates.hpp"
#include "support/fault_proxy.hpp"
#include "test_server.hpp"
#include "tls_client.hpp"
#include "web/tls.hpp"

namespace gatehouse::web {
namespace {

using namespace std::chrono_literals;
using gatehouse::test::Authority;
using gatehouse::test::CertificateFiles;
using gatehouse::test::CertificateWishes;
using gatehouse::test::logged;
using gatehouse::test::TempDir;
using test::ClientFixture;
using test::TestServer;

template <class Context, class Files>
std::shared_ptr<Context> loaded(Files files) {
    auto made = Context::load(std::move(files));
    if (!made) throw std::runtime_error(made.error().detail);
    return *made;
}

TlsClientFiles client_files(const std::string& authorities, const CertificateFiles& own = {}) {
    return {authorities, own.certificate, own.key};
}

Client::Options options_of(const std::shared_ptr<TlsClientContext>& tls) {
    auto options = test::quick();
    options.tls = tls;
    return options;
}

enum class Asks : std::uint8_t { nobody, everybody };  // for a certificate

// A server whose certificate an authority of its own has signed.
struct TlsServer {
    explicit TlsServer(Asks asks = Asks::nobody, const CertificateWishes& wishes = {}) {
        const auto files = authority.sign("server", wishes);
        context =
            loaded<TlsContext>(TlsFiles{files.certificate, files.key, asks == Asks::everybody ? clients.file() : ""});
        auto options = TestServer::quick_options();
        options.tls = context;
        server.emplace(std::move(options));
    }
    [[nodiscard]] Endpoint at(const std::string& host = "127.0.0.1") const {
        return {host, server->endpoint().port, {}};
    }
    // What one request by such a client comes to.
    [[nodiscard]] test::Answer ask(TlsClientFiles files, const std::string& host = "127.0.0.1") const {
        ClientFixture client(at(host), options_of(loaded<TlsClientContext>(std::move(files))));
        return client.send(test::request("/a", "{}"));
    }

    TempDir dir;
    Authority authority{dir, "authority"};
    Authority clients{dir, "clients"};
    std::shared_ptr<TlsContext> context;
    std::optional<TestServer> server;
};

// The request failed before the server knew of it, and the error says this.
void check_refused(const test::Answer& answer, const TlsServer& server, const std::string& said) {
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::unavailable);
    INFO(answer.error().detail);
    CHECK(answer.error().detail.find(said) != std::string::npos);
    CHECK(server.server->handled() == 0);
}

}  // namespace

TEST_CASE(
    "a server is believed whose certificate the authority signed for the address or the name that was asked for") {
    const TlsServer server;
    const auto files = client_files(server.authority.file());
    for (const char* host : {"127.0.0.1", "localhost"}) {
        INFO(host);
        const auto answer = server.ask(files, host);
        REQUIRE(answer);
        CHECK(answer->body == "POST /a host=" + to_string(server.at(host)) + " body={}");
    }
}

TEST_CASE("TLS with a server without a name is not begun: every certificate would do") {
    const TempDir dir;
    const Authority authority(dir, "authority");
    const auto context = loaded<TlsClientContext>(client_files(authority.file()));
    CHECK_THROWS_AS(context->start(0, ""), std::invalid_argument);
}

TEST_CASE("one TLS connection carries many requests") {
    const TlsServer server;
    const gatehouse::test::FaultProxy between(server.at().port);  // counts connections
    ClientFixture client({"127.0.0.1", between.port(), {}},
                         options_of(loaded<TlsClientContext>(client_files(server.authority.file()))));
    for (const auto retry : {Retry::if_unsent, Retry::once}) {
        for (int i = 0; i < 10; ++i)
            REQUIRE(client.send(test::request("/a", std::string(static_cast<std::size_t>(i) * 1400, 'x')), retry));
    }
    CHECK(between.accepted() == 1);
    CHECK(server.server->open_connections() == 1);
    CHECK(server.server->handled() == 20);
}

TEST_CASE("a server that cannot be believed is asked nothing, and the error says why and what to do") {
    SECTION("signed by somebody else") {
        const TlsServer server;
        const Authority other(server.dir, "other");
        check_refused(server.ask(client_files(other.file())), server, "is signed by none of " + other.file());
    }
    SECTION("signed by nobody whom the system knows") {
        const TlsServer server;
        check_refused(server.ask({}), server, "is signed by none of the system's authorities");
    }
    SECTION("for another name") {
        CertificateWishes wishes;
        wishes.names = "DNS:elsewhere.example.org";
        const TlsServer server(Asks::nobody, wishes);
        check_refused(server.ask(client_files(server.authority.file())), server, "is not for 127.0.0.1");
        check_refused(server.ask(client_files(server.authority.file()), "localhost"), server, "is not for localhost");
    }
    SECTION("a common name counts for nothing, with names beside it or without") {
        CertificateWishes wishes;
        wishes.names = GENERATE(as<std::string>(), "DNS:elsewhere.example.org", "");
        wishes.common_name = "localhost";
        const TlsServer server(Asks::nobody, wishes);
        check_refused(server.ask(client_files(server.authority.file()), "localhost"), server, "is not for localhost");
    }
    SECTION("expired") {
        CertificateWishes wishes;
        wishes.begins = -48h;
        wishes.ends = -1h;
        const TlsServer server(Asks::nobody, wishes);
        check_refused(server.ask(client_files(server.authority.file())), server, "has expired");
    }
    SECTION("not valid yet") {
        CertificateWishes wishes;
        wishes.begins = 1h;
        const TlsServer server(Asks::nobody, wishes);
        check_refused(server.ask(client_files(server.authority.file())), server, "is not valid yet");
    }
    SECTION("made for clients") {
        CertificateWishes wishes;
        wishes.purpose = "clientAuth";
        const TlsServer server(Asks::nobody, wishes);
        check_refused(server.ask(client_files(server.authority.file())), server, "is none for a server");
    }
}

TEST_CASE("mutual TLS: who shows a certificate of the clients' authority is served") {
    const TlsServer server(Asks::everybody);
    const auto answer = server.ask(client_files(server.authority.file(), server.clients.sign("client")));
    REQUIRE(answer);
    CHECK(answer->status == 200);
}

TEST_CASE("mutual TLS: who does not is not served, and both sides say why") {
    const TlsServer server(Asks::everybody);
    CertificateFiles own;
    std::string ours;
    std::string theirs;
    SECTION("no certificate") {
        ours = "it wants a certificate from us";
        theirs =
            R"("reason":"no_certificate","detail":"the client shows no certificate: give it one that an authority in )";
    }
    SECTION("of another authority") {
        own = server.authority.sign("client");
        ours = "it refuses our certificate " + own.certificate;
        theirs = R"("reason":"unknown_authority","detail":"the client's certificate is signed by no authority in )";
    }
    SECTION("expired") {
        CertificateWishes wishes;
        wishes.begins = -48h;
        wishes.ends = -1h;
        own = server.clients.sign("client", wishes);
        ours = "it refuses our certificate " + own.certificate;
        theirs = R"("reason":"expired","detail":"the client's certificate has expired: put a new one in place)";
    }
    SECTION("made for servers") {
        CertificateWishes wishes;
        wishes.purpose = "serverAuth";
        own = server.clients.sign("client", wishes);
        ours = "it refuses our certificate " + own.certificate;
        theirs = R"("reason":"unusable","detail":"the client's certificate is none for a client)";
    }
    // At most one line a second.
    const auto said = [&] {
        const auto ask = [&] {
            check_refused(server.ask(client_files(server.authority.file(), own)), server, ours);
            CHECK(
                gatehouse::test::eventually([&] { return server.server->open_connections() == 0; }));  // it has logged
        };
        for (const auto& line : logged(log::Level::info, ask)) {
            if (line.find(theirs) != std::string::npos) return true;
        }
        return false;
    };
    CHECK(gatehouse::test::eventually(said));
}

TEST_CASE("where plain HTTP is spoken there is no TLS, and the error says so") {
    TestServer plain;
    const TempDir dir;
    const Authority authority(dir, "authority");
    ClientFixture client(plain.endpoint(), options_of(loaded<TlsClientContext>(client_files(authority.file()))));
    const auto answer = client.send(test::request("/a"));
    CHECK(test::code(answer) == Errc::unavailable);
    CHECK(answer.error().detail.find("is it plain HTTP there?") != std::string::npos);
    CHECK(plain.handled() == 0);
}

TEST_CASE("a server that takes the connection and never shakes hands is given up at the deadline") {
    const test::ScriptedServer silent([](test::ScriptedPeer& peer, int) { peer.wait_for_close(); });
    const TempDir dir;
    const Authority authority(dir, "authority");
    ClientFixture client(silent.endpoint(), options_of(loaded<TlsClientContext>(client_files(authority.file()))));
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = client.send(test::request("/a"), Retry::once, 100ms);
    CHECK(test::code(answer) == Errc::unavailable);  // no byte of the request has left
    CHECK(std::chrono::steady_clock::now() - begun < 2s);
}

TEST_CASE("a server that hangs up within the handshake is unavailable") {
    const test::ScriptedServer rude([](test::ScriptedPeer&, int) {});
    const TempDir dir;
    const Authority authority(dir, "authority");
    ClientFixture client(rude.endpoint(), options_of(loaded<TlsClientContext>(client_files(authority.file()))));
    CHECK(test::code(client.send(test::request("/a"))) == Errc::unavailable);
}

TEST_CASE("a client's reload believes a new authority and shows a new certificate; connections that are open go on") {
    const TlsServer server(Asks::everybody);
    const auto own = server.clients.sign("client");
    const std::string believed = server.dir / "believed.crt";
    std::filesystem::copy_file(server.authority.file(), believed);
    const auto context = loaded<TlsClientContext>(client_files(believed, own));
    const auto before = context->expires();
    REQUIRE(before);
    ClientFixture client(server.at(), options_of(context));
    REQUIRE(client.send(test::request("/a")));

    CertificateWishes wishes;
    wishes.ends = 24h * 90;
    static_cast<void>(server.clients.sign("client", wishes));
    std::filesystem::copy_file(server.clients.file(), believed, std::filesystem::copy_options::overwrite_existing);
    REQUIRE(context->reload());
    CHECK(context->expires() > *before + 24h * 50);
    CHECK(client.send(test::request("/a")));  // on the connection from before
    CHECK(server.server->open_connections() == 1);
    client.client.close_idle();
    CHECK(test::code(client.send(test::request("/a"))) == Errc::unavailable);  // on a new one
}

TEST_CASE("a server's reload asks for certificates of a new authority") {
    const TlsServer server(Asks::everybody);
    const auto own = server.authority.sign("client");
    const auto files = client_files(server.authority.file(), own);
    CHECK_FALSE(server.ask(files));
    std::filesystem::copy_file(server.authority.file(), server.clients.file(),
                               std::filesystem::copy_options::overwrite_existing);
    REQUIRE(server.context->reload());
    CHECK(server.ask(files));
}

TEST_CASE("files of a client that are of no use are refused with their name, and change nothing") {
    const TempDir dir;
    const Authority authority(dir, "authority");
    const auto own = authority.sign("own");
    const auto detail = [](TlsClientFiles files) { return TlsClientContext::load(std::move(files)).error().detail; };
    CHECK(
        detail({dir / "absent"}).starts_with((dir / "absent") + ": cannot be used as a list of authorities (No such"));
    CHECK(detail({own.key}).starts_with(own.key + ": cannot be used as a list of authorities"));
    CHECK(detail({authority.file(), dir / "absent", own.key})
              .starts_with((dir / "absent") + ": cannot be used as a cert"));
    CHECK(detail({authority.file(), own.certificate, dir / "absent"})
              .starts_with((dir / "absent") + ": cannot be used as its key"));
    CHECK(TlsContext::load({own.certificate, own.key, dir / "absent"})
              .error()
              .detail.starts_with((dir / "absent") + ": cannot be used as a list of authorities"));
    CHECK_FALSE(loaded<TlsClientContext>(client_files(authority.file()))->expires());

    const auto context = loaded<TlsClientContext>(client_files(authority.file(), own));
    const auto before = context->expires();
    std::ofstream(own.key) << "no key";
    const auto reloaded = context->reload();
    REQUIRE_FALSE(reloaded);
    CHECK(reloaded.error().detail.starts_with(own.key + ": cannot be used as its key"));
    CHECK(context->expires() == before);
}

TEST_CASE("the client tells the name that it asks for, and offers http/1.1") {
    const TlsServer server;
    const auto context = loaded<TlsClientContext>(client_files(server.authority.file()));
    // What a client says first, as a server that only listens hears it.
    const auto hello = [&](const std::string& host) {
        std::string heard;
        std::mutex mutex;
        {
            const test::ScriptedServer ear([&](test::ScriptedPeer& peer, int) {
                const std::lock_guard lock(mutex);
                heard = peer.read_some();
            });
            ClientFixture client({host, ear.endpoint().port, {}}, options_of(context));
            CHECK_FALSE(client.send(test::request("/a")));
        }
        return heard;
    };
    const auto named = hello("localhost");
    CHECK(named.find("localhost") != std::string::npos);
    CHECK(named.find("http/1.1") != std::string::npos);
    CHECK(hello("127.0.0.1").find("127.0.0.1") == std::string::npos);  // an address is no name (RFC 6066 section 3)
}

}  // namespace gatehouse::web
