// Stopping, starting, and being told nonsense.
#include <csignal>
#include <future>

#include "support/catch.hpp"
#include "support/deployment.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

const std::string kBin = GATEHOUSE_BIN_DIR;

}  // namespace

TEST_CASE("SIGTERM drains: the request in flight is answered, the process exits 0") {
    // A costly hash keeps the sign-in under way while the signal comes.
    Deployment deployment(
        {Stores::embedded,
         {{"ARGON2_MEMORY_KIB", "65536"}, {"ARGON2_PASSES", "4"}, {"HASHING_WAIT", "20s"}, {"LOGIN_TIMEOUT", "20s"}},
         {}});
    deployment.create_user("jane@example.org");
    auto login = std::async(std::launch::async, [&] { return deployment.login("jane@example.org"); });
    REQUIRE(eventually([&] {
        const auto metrics = http(deployment.session_admin(), "GET", "/metrics").body;
        return metrics.find("\ngatehouse_hashing_running 1\n") != std::string::npos;
    }));
    deployment.gateway_process().signal(SIGTERM);
    deployment.session_process().signal(SIGTERM);
    const auto response = login.get();
    CHECK(response.status == 200);
    CHECK(response.closed);
    CHECK(deployment.gateway_process().wait() == 0);
    CHECK(deployment.session_process().wait() == 0);
}

TEST_CASE("an idle keep-alive connection does not hold up a stop") {
    Deployment deployment;
    HttpConnection idle(deployment.gateway());
    idle.send(http_request("GET", "/"));
    CHECK(idle.receive().status == 200);
    const auto begun = std::chrono::steady_clock::now();
    deployment.gateway_process().signal(SIGTERM);
    CHECK(deployment.gateway_process().wait() == 0);
    CHECK(std::chrono::steady_clock::now() - begun < 3s);
    CHECK(idle.closes_within(1s));
}

TEST_CASE("a wrong configuration stops a service at once, all mistakes listed, no secret shown") {
    const auto binary = GENERATE(as<std::string>{}, "gatehouse-gateway", "gatehouse-session");
    TempDir directory;
    const auto ran = run({kBin + "/" + binary, "--check-config"}, "",
                         {{"APP_ENV", "production"},
                          {"SECRET_KEY", "short-secret-value"},
                          {"IO_THREADS", "many"},
                          {"SESION_URL", "127.0.0.1:1"},
                          {"GATEHOUSE_NOTHING", "1"},
                          {"PATH", "/usr/bin:/bin"}});
    INFO(ran.out << ran.err);
    CHECK(ran.status == 1);
    for (const auto* name : {"SECRET_KEY", "IO_THREADS", "SESION_URL", "GATEHOUSE_NOTHING"}) {
        INFO(name);
        CHECK(ran.err.find(name) != std::string::npos);
    }
    CHECK(ran.err.find("SESSION_URL") != std::string::npos);  // did you mean
    CHECK((ran.out + ran.err).find("short-secret-value") == std::string::npos);
}

TEST_CASE("a port that is taken is a clear error") {
    Deployment deployment;
    TempDir directory;
    Process second({kBin + "/gatehouse-gateway"}, directory / "log",
                   {{"APP_ENV", "testing"},
                    {"SESSION_CREDENTIAL", "ghs_x_" + std::string(43, 'A')},
                    {"GATEWAY_LISTEN", to_string(deployment.gateway())},
                    {"GATEWAY_ADMIN_LISTEN", "127.0.0.1:0"}});
    CHECK(second.wait() == 1);
    INFO(second.output());
    CHECK(second.output().find("another process listens there") != std::string::npos);
}

TEST_CASE("no token, cookie, password or unknown address reaches a log") {
    Deployment deployment;
    deployment.create_user("jane@example.org");
    const auto who = deployment.sign_in("jane@example.org");
    deployment.check(who);
    deployment.login("stranger@example.org", "a very secret guess");
    deployment.login("jane@example.org", "another secret guess");
    deployment.logout(who);
    deployment.gateway_process().signal(SIGTERM);
    deployment.session_process().signal(SIGTERM);
    CHECK(deployment.gateway_process().wait() == 0);
    CHECK(deployment.session_process().wait() == 0);
    const auto log = deployment.gateway_process().output() + deployment.session_process().output();
    CHECK(log.find("\"event\":\"request\"") != std::string::npos);
    const auto token = who.cookie.substr(who.cookie.find('=') + 1, 56);
    for (const auto& secret : {token, who.csrf_token, std::string(Deployment::kPassword), std::string("secret guess"),
                               std::string("stranger@"), std::string("ghs_e2e_")}) {
        INFO(secret);
        CHECK(log.find(secret) == std::string::npos);
    }
}

TEST_CASE("X-Request-Id and traceparent pass through both hops from a trusted peer, and from nobody else") {
    const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    Deployment trusting({Stores::embedded, {}, {{"TRUSTED_PROXIES", "127.0.0.0/8"}}});
    trusting.create_user("jane@example.org");
    const auto who = trusting.sign_in("jane@example.org");
    const auto response = http(trusting.gateway(), "GET", "/auth/check",
                               {{"Cookie", who.cookie},
                                {"X-Request-Id", "my-own-id"},
                                {"traceparent", trace},
                                {"X-Forwarded-For", "203.0.113.9"},
                                {"X-Forwarded-Proto", "https"}});
    CHECK(response.header("X-Request-Id") == "my-own-id");
    CHECK(response.header("Strict-Transport-Security").starts_with("max-age="));
    const auto login = trusting.login("jane@example.org", Deployment::kPassword,
                                      {{"X-Request-Id", "login-id"}, {"traceparent", trace}});
    CHECK(login.status == 200);
    CHECK(eventually([&] {
        const auto log = trusting.session_process().output();
        return log.find("login-id") != std::string::npos &&
               log.find("4bf92f3577b34da6a3ce929d0e0e4736") != std::string::npos;
    }));
    CHECK(eventually([&] { return trusting.gateway_process().output().find("203.0.113.9") != std::string::npos; }));

    Deployment wary;
    const auto ignored =
        http(wary.gateway(), "GET", "/auth/check", {{"X-Request-Id", "my-own-id"}, {"X-Forwarded-Proto", "https"}});
    CHECK(ignored.header("X-Request-Id") != "my-own-id");
    CHECK(ignored.header("Strict-Transport-Security").empty());
}
