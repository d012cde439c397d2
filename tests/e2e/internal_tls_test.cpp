// TLS on the internal link: both sides show certificates; whoever is not believed is told so, and people see 503, never
// that they are signed out; certificates change under load.
#include <filesystem>
#include <fstream>

#include "internal_link.hpp"
#include "support/certificates.hpp"

using namespace gatehouse;
using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

// The session service on a TCP port with mutual TLS.
struct MutualTls {
    MutualTls() : port(free_port()) {
        static_cast<void>(servers.sign("server"));
        static_cast<void>(clients.sign("client"));
        deployment.emplace(options());
        for (const auto somebody : {kJane, kJohn}) deployment->create_user(somebody);
    }
    DeploymentOptions options() {
        DeploymentOptions made;
        made.session = {{"SESSION_LISTEN", "127.0.0.1:" + std::to_string(port)},
                        {"SESSION_TLS_CERT_FILE", dir / "server.crt"},
                        {"SESSION_TLS_KEY_FILE", dir / "server.key"},
                        {"SESSION_TLS_CLIENT_CA_FILE", clients.file()},
                        {"LOGIN_ATTEMPT_LIMIT", "1000"}};
        made.gateway = {{"SESSION_URL", url("localhost")},
                        {"SESSION_CA_FILE", servers.file()},
                        {"SESSION_CLIENT_CERT_FILE", dir / "client.crt"},
                        {"SESSION_CLIENT_KEY_FILE", dir / "client.key"}};
        return made;
    }
    [[nodiscard]] std::string url(const std::string& host) const {
        return "https://" + host + ":" + std::to_string(port);
    }
    // curl at the session service itself, with the client's certificate.
    [[nodiscard]] Ran curl(std::vector<std::string> more) const {
        std::vector<std::string> all{"curl",         "-sS",    "--max-time",       "10",    "--cacert",
                                     servers.file(), "--cert", dir / "client.crt", "--key", dir / "client.key"};
        all.insert(all.end(), more.begin(), more.end());
        return run(std::move(all));
    }

    TempDir dir;
    Authority servers{dir, "servers"};
    Authority clients{dir, "clients"};
    std::uint16_t port;
    std::optional<Deployment> deployment;
};

// Whoever asks this gateway is told that it cannot be known, and stays signed in.
void check_unavailable(const OneMoreGateway& gateway, const SignedIn& who) {
    const auto check = http(gateway.at(), "GET", "/auth/check", {{"Cookie", who.cookie}});
    CHECK(check.status == 503);
    CHECK(check.count("Set-Cookie") == 0);
    CHECK_FALSE(check.header("Retry-After").empty());
    const auto login = http(gateway.at(), "POST", "/auth/login", {}, login_body(kJane, Deployment::kPassword));
    CHECK(login.status == 503);
    CHECK(login.json("error_code") == "SERVICE_UNAVAILABLE");
    const auto logout =
        http(gateway.at(), "POST", "/auth/logout", {{"Cookie", who.cookie}, {"X-CSRF-Token", who.csrf_token}});
    CHECK(logout.status == 503);
    CHECK(logout.count("Set-Cookie") == 0);
}

}  // namespace

TEST_CASE("over mutual TLS people sign in, are known and sign out, and gatehousectl works with the same variables") {
    MutualTls world;
    Deployment& deployment = *world.deployment;
    const auto who = deployment.sign_in(kJane);
    CHECK(deployment.check(who).status == 200);
    CHECK(deployment.ctl({"users", "list"}).find(kJane) != std::string::npos);
    CHECK(deployment.logout(who).status == 200);
    CHECK(deployment.check(who).status == 401);
    const auto metrics = http(deployment.session_admin(), "GET", "/metrics").body;
    CHECK(metrics.find("gatehouse_tls_certificate_expires_timestamp_seconds{link=\"internal\"}") != std::string::npos);
}

TEST_CASE("what is said between the services cannot be read on the wire, nor asked for without TLS") {
    MutualTls world;
    const auto refused = http({"127.0.0.1", world.port, ""}, "GET", "/v1/health");
    CHECK(refused.status == 400);
    CHECK(refused.body.find("HTTPS") != std::string::npos);
    // The certificate alone is not enough: a credential is needed as ever.
    const auto unknown = world.curl({"-w", "%{http_code}", world.url("localhost") + "/v1/health"});
    CHECK(unknown.out.find("NOT_AUTHENTICATED") != std::string::npos);
    CHECK(unknown.out.ends_with("401"));
    const auto without = run(
        {"curl", "-sS", "--max-time", "10", "--cacert", world.servers.file(), world.url("localhost") + "/v1/health"});
    CHECK(without.status != 0);
    CHECK(without.out.empty());
}

TEST_CASE("a gateway that cannot believe the session service, or is not believed, answers 503 and says why") {
    MutualTls world;
    const auto who = world.deployment->sign_in(kJane);
    CertificateWishes expired;
    expired.begins = -48h;
    expired.ends = -1h;
    const auto old = world.clients.sign("old", expired);
    const auto foreign = world.servers.sign("foreign");
    const struct {
        const char* what;
        Variables gateway;
        std::string gateway_says;
        std::string session_says;
    } rows[] = {
        {"the authority is another",
         {{"SESSION_CA_FILE", world.clients.file()}},
         "is signed by none of " + world.clients.file(),
         ""},
        {"the system's authorities do not know it", {{"SESSION_CA_FILE", ""}}, "is signed by none of the system's", ""},
        {"no certificate of ours",
         {{"SESSION_CLIENT_CERT_FILE", ""}, {"SESSION_CLIENT_KEY_FILE", ""}},
         "it wants a certificate from us",
         R"("reason":"no_certificate")"},
        {"our certificate has expired",
         {{"SESSION_CLIENT_CERT_FILE", old.certificate}, {"SESSION_CLIENT_KEY_FILE", old.key}},
         "it refuses our certificate " + old.certificate,
         R"("reason":"expired")"},
        {"our certificate is somebody else's",
         {{"SESSION_CLIENT_CERT_FILE", foreign.certificate}, {"SESSION_CLIENT_KEY_FILE", foreign.key}},
         "it refuses our certificate " + foreign.certificate,
         R"("reason":"unknown_authority")"},
        {"plain HTTP against TLS",
         {{"SESSION_URL", "127.0.0.1:" + std::to_string(world.port)},
          {"SESSION_CA_FILE", ""},
          {"SESSION_CLIENT_CERT_FILE", ""},
          {"SESSION_CLIENT_KEY_FILE", ""}},
         "This port speaks HTTPS only",
         ""},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        OneMoreGateway gateway(*world.deployment, row.gateway);
        const bool said = gateway.says(row.gateway_says);
        INFO(gateway.process().output());
        CHECK(said);
        check_unavailable(gateway, who);
        CHECK(http(gateway.admin(), "GET", "/readyz").status == 503);
        if (row.session_says.empty()) continue;
        CHECK(eventually([&] { return world.deployment->session_process().output().contains(row.session_says); }));
    }
    CHECK(world.deployment->check(who).status == 200);  // nobody was signed out
}

TEST_CASE("a gateway that expects TLS of a session service that speaks none answers 503 and says so") {
    DeploymentOptions options;
    options.session = {{"SESSION_LISTEN", "127.0.0.1:" + std::to_string(free_port())}};
    options.gateway = {{"SESSION_URL", options.session.at("SESSION_LISTEN")}};
    Deployment plain(std::move(options));
    plain.create_user(kJane);
    const auto who = plain.sign_in(kJane);
    OneMoreGateway gateway(plain, {{"SESSION_URL", "https://" + to_string(plain.session())}});
    CHECK(gateway.says("is it plain HTTP there?"));
    check_unavailable(gateway, who);
}

TEST_CASE(
    "a session service whose certificate is for another name, or has expired, is not asked; SIGHUP there mends it") {
    MutualTls world;
    const auto who = world.deployment->sign_in(kJane);
    CertificateWishes wishes;
    std::string said;
    SECTION("another name") {
        wishes.names = "DNS:session.example.org,IP:127.0.0.1";
        said = "is not for localhost";
    }
    SECTION("expired") {
        wishes.begins = -48h;
        wishes.ends = -1h;
        said = "has expired";
    }
    static_cast<void>(world.servers.sign("server", wishes));
    hang_up(world.deployment->session_process(), "tls.reloaded");
    OneMoreGateway gateway(*world.deployment, {});
    const bool told = gateway.says(said);
    INFO(gateway.process().output());
    CHECK(told);
    check_unavailable(gateway, who);
    static_cast<void>(world.servers.sign("server"));
    hang_up(world.deployment->session_process(), "tls.reloaded");
    CHECK(gateway.gets_ready());
    CHECK(http(gateway.at(), "GET", "/auth/check", {{"Cookie", who.cookie}}).status == 200);
}

TEST_CASE("SIGHUP changes certificates and authorities under load: no request fails") {
    MutualTls world;
    Deployment& deployment = *world.deployment;
    const auto who = deployment.sign_in(kJane);
    const std::string believed = world.clients.file();
    Load load(deployment, who);
    REQUIRE(load.goes_on());
    for (int i = 0; i < 3; ++i) {
        CertificateWishes wishes;
        wishes.common_name = "round-" + std::to_string(i);
        static_cast<void>(world.servers.sign("server", wishes));
        hang_up(deployment.session_process(), "tls.reloaded");
        // Both authorities of clients for a while, then the new one alone.
        const Authority next(world.dir, "clients-" + std::to_string(i));
        const auto old = believed + ".old";
        std::filesystem::copy_file(believed, old, std::filesystem::copy_options::overwrite_existing);
        {
            std::ofstream both(believed, std::ios::app);
            both << std::ifstream(next.file()).rdbuf();
        }
        hang_up(deployment.session_process(), "tls.reloaded");
        static_cast<void>(next.sign("client", wishes));
        hang_up(deployment.gateway_process(), "tls.reloaded");
        std::filesystem::copy_file(next.file(), believed, std::filesystem::copy_options::overwrite_existing);
        hang_up(deployment.session_process(), "tls.reloaded");
        REQUIRE(load.goes_on());
        // New connections meet what is there now.
        const auto shown = world.curl({"-v", world.url("localhost") + "/v1/health"});
        INFO(shown.err);
        CHECK(shown.err.find("CN=round-" + std::to_string(i)) != std::string::npos);
        OneMoreGateway gateway(deployment, {});
        CHECK(gateway.gets_ready());
    }
    // What is of no use changes nothing and is told.
    std::ofstream(world.dir / "server.key") << "no key";
    hang_up(deployment.session_process(), "tls.reload_failed");
    std::ofstream(world.dir / "client.crt") << "no certificate";
    hang_up(deployment.gateway_process(), "tls.reload_failed");
    CHECK(load.goes_on());
    load.end_well();
}

TEST_CASE("services with unusable files of TLS do not start, and say why") {
    MutualTls world;
    world.deployment->session_process().signal(SIGTERM);
    CHECK(world.deployment->session_process().wait() == 0);
    std::filesystem::remove(world.clients.file());
    world.deployment->start_session();
    CHECK(world.deployment->session_process().wait() == 1);
    const auto told = world.deployment->session_process().output();
    CHECK(told.find("clients.crt: cannot be used as a list of authorities (No such file or directory)") !=
          std::string::npos);

    OneMoreGateway gateway(*world.deployment, {{"SESSION_CA_FILE", world.dir / "absent"}});
    CHECK(gateway.process().wait() == 1);
    CHECK(gateway.process().output().find("SESSION_CA_FILE is of no use: ") != std::string::npos);
}

TEST_CASE("gatehousectl says what is wrong with a certificate") {
    MutualTls world;
    const auto ctl = [&](Variables variables) {
        variables["GATEHOUSECTL_CREDENTIAL"] = "ghs_ops_" + std::string(43, 'A');
        variables["SESSION_URL"] = world.url("localhost");
        return run({GATEHOUSE_BIN_DIR "/gatehousectl", "users", "list"}, "", variables);
    };
    const auto unknown = ctl({});
    CHECK(unknown.status == 3);
    CHECK(unknown.err.find("is signed by none of the system's authorities") != std::string::npos);
    const auto bare = ctl({{"SESSION_CA_FILE", world.servers.file()}});
    CHECK(bare.status == 3);
    CHECK(bare.err.find("it wants a certificate from us") != std::string::npos);
    const auto healthcheck =
        run({GATEHOUSE_BIN_DIR "/gatehousectl", "healthcheck", world.url("localhost") + "/readyz"}, "",
            {{"SESSION_CA_FILE", world.servers.file()},
             {"SESSION_CLIENT_CERT_FILE", world.dir / "client.crt"},
             {"SESSION_CLIENT_KEY_FILE", world.dir / "client.key"}});
    CHECK(healthcheck.out.find("not ready (status 401)") != std::string::npos);  // TLS was agreed on
}
