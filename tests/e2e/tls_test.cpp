// TLS on the gateway, with curl as the client: sign in, be led there from plain HTTP, change the certificate under
// load.
#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>

#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "support/deployment.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

struct TlsWorld {
    TlsWorld() : redirect(free_port()), deployment(options()) {}
    DeploymentOptions options() {
        make_certificate(dir, "tls");
        std::filesystem::copy_file(dir / "tls.crt", dir / "first.crt");
        DeploymentOptions made;
        made.gateway = {{"TLS_CERT_FILE", dir / "tls.crt"},
                        {"TLS_KEY_FILE", dir / "tls.key"},
                        {"GATEWAY_REDIRECT_LISTEN", "127.0.0.1:" + std::to_string(redirect)},
                        {"SESSION_COOKIE_NAME", "__Host-session"},
                        {"SESSION_COOKIE_SECURE", "on"}};
        return made;
    }
    [[nodiscard]] std::string url(const std::string& path) const {
        return "https://127.0.0.1:" + std::to_string(deployment.gateway().port) + path;
    }
    // curl that believes nothing but the certificate in `file`.
    [[nodiscard]] Ran curl(std::vector<std::string> more, const std::string& file = "tls.crt") const {
        std::vector<std::string> all{"curl", "-sS", "-i", "--max-time", "10", "--cacert", dir / file};
        all.insert(all.end(), more.begin(), more.end());
        return run(std::move(all));
    }
    // How often the gateway has logged this event.
    [[nodiscard]] int logged(std::string_view event) {
        const auto log = deployment.gateway_process().output();
        int times = 0;
        for (auto at = log.find(event); at != std::string::npos; at = log.find(event, at + 1)) ++times;
        return times;
    }
    TempDir dir;
    std::uint16_t redirect;
    Deployment deployment;
};

}  // namespace

TEST_CASE("sign in, check and sign out over TLS, with a cookie that never travels in the clear") {
    TlsWorld world;
    world.deployment.create_user("jane@example.org");
    const auto jar = world.dir / "jar";
    const auto login = world.curl({"-c", jar, "-H", "Content-Type: application/json", "-d",
                                   login_body("jane@example.org", Deployment::kPassword), world.url("/auth/login")});
    CHECK(login.out.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(login.out.find("Set-Cookie: __Host-session=") != std::string::npos);
    CHECK(login.out.find("; Secure; HttpOnly; SameSite=Lax\r\n") != std::string::npos);
    CHECK(login.out.find("Strict-Transport-Security: max-age=31536000") != std::string::npos);
    const auto check = world.curl({"-b", jar, world.url("/auth/check")});
    CHECK(check.out.find("\"authenticated\":true") != std::string::npos);

    const auto led =
        world.curl({"-L", "-b", jar, "http://127.0.0.1:" + std::to_string(world.redirect) + "/auth/check"});
    CHECK(led.out.starts_with("HTTP/1.1 308 Permanent Redirect\r\n"));
    CHECK(led.out.find("\r\nLocation: " + world.url("/auth/check") + "\r\n") != std::string::npos);
    CHECK(led.out.find("HTTP/1.1 200 OK\r\n") != std::string::npos);
}

TEST_CASE("SIGHUP changes the certificate under load: no request fails, and new connections see the new one") {
    TlsWorld world;
    std::atomic<bool> stop = false;
    std::atomic<int> answered = 0;
    std::atomic<int> failed = 0;
    std::vector<std::jthread> clients;
    for (int i = 0; i < 3; ++i) {
        clients.emplace_back([&] {
            while (!stop) {
                const auto got = world.curl({"-k", world.url("/"), world.url("/auth/check"), world.url("/")});
                (got.status == 0 ? answered : failed) += 1;
            }
        });
    }
    CHECK(eventually([&] { return answered > 5; }, 15s));
    for (int i = 0; i < 5; ++i) {
        make_certificate(world.dir, "tls");
        world.deployment.gateway_process().signal(SIGHUP);
        REQUIRE(eventually([&] { return world.logged("tls.reloaded") == i + 1; }, 15s));
        const int before = answered;
        CHECK(eventually([&] { return answered > before + 3; }, 15s));
    }
    CHECK(world.logged("tls.reload_failed") == 0);
    // What is of no use changes nothing and is told.
    std::filesystem::copy_file(world.dir / "tls.crt", world.dir / "good.crt");
    std::filesystem::copy_file(world.dir / "first.crt", world.dir / "tls.crt",
                               std::filesystem::copy_options::overwrite_existing);
    world.deployment.gateway_process().signal(SIGHUP);
    CHECK(eventually([&] { return world.logged("tls.reload_failed") == 1; }, 15s));
    stop = true;
    clients.clear();
    CHECK(failed == 0);
    CHECK(world.curl({world.url("/")}, "good.crt").status == 0);
    CHECK(world.curl({world.url("/")}, "first.crt").status != 0);
}

TEST_CASE("a gateway without a usable certificate does not start, and says why") {
    TlsWorld world;
    world.deployment.gateway_process().signal(SIGTERM);
    CHECK(world.deployment.gateway_process().wait() == 0);
    std::filesystem::remove(world.dir / "tls.key");
    world.deployment.start_gateway();
    CHECK(world.deployment.gateway_process().wait() == 1);
    const auto told = world.deployment.gateway_process().output();
    CHECK(told.find("tls.key: cannot be used as its key (No such file or directory)") != std::string::npos);
}
