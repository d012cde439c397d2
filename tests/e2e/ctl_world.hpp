// A gatehouse-session of the test's own and the real gatehousectl that administers it, found as after deploy/run:
// through the data directory's gatehouse.env.
#pragma once

#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "support/catch.hpp"
#include "support/deployment.hpp"
#include "support/process.hpp"
#include "support/redis_server.hpp"
#include "support/session_service.hpp"
#include "support/test_mysql.hpp"

namespace gatehouse::test {

inline constexpr const char* kAda = "ada@example.org";

inline bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

inline RedisServer& shared_redis() {
    static RedisServer server;
    return server;
}

class CtlWorld {
public:
    using Variables = SessionService::Variables;

    explicit CtlWorld(Stores stores = Stores::embedded, const Variables& more = {}) {
        if (stores == Stores::servers) database_.emplace();
        auto variables = stores == Stores::servers ? use_servers() : Variables{};
        for (const auto& [name, value] : more) variables[name] = value;
        service_.emplace(variables);
        std::ofstream(directory() / "gatehouse.env")
            << "SESSION_URL=" << to_string(listen()) << "\nGATEHOUSECTL_CREDENTIAL=" << admin_credential()
            << "\nSESSION_ADMIN_LISTEN=" << to_string(service_->admin_listen()) << "\n";
    }

    void start() { service_->start(); }
    void start_and_get_ready() {
        start();
        REQUIRE(eventually([&] { return ctl({"healthcheck", "session"}).status == 0; }, std::chrono::seconds(30)));
    }
    void stop() { service_->process().kill(); }

    // gatehousectl --data DIR …
    Ran ctl(std::vector<std::string> arguments, const std::string& input = "") {
        arguments.insert(arguments.begin(), {GATEHOUSE_BIN_DIR "/gatehousectl", "--data", directory().path().string()});
        auto ran = test::run(std::move(arguments), input, {{"PATH", "/usr/bin:/bin"}});
        INFO(ran.err);
        CHECK(ran.err.find(admin_credential()) == std::string::npos);
        CHECK(ran.out.find(admin_credential()) == std::string::npos);
        return ran;
    }
    // One that must succeed; what it printed.
    std::string done(std::vector<std::string> arguments, const std::string& input = "") {
        const auto ran = ctl(std::move(arguments), input);
        INFO(ran.out << ran.err);
        REQUIRE(ran.status == 0);
        return ran.out;
    }
    void create(const std::string& email, const std::string& password) {
        done({"users", "create", email, "--name", "Ada Lovelace", "--role", "student", "--password-stdin"},
             password + "\n");
    }

    HttpResponse login(const std::string& email, const std::string& password) {
        const auto body =
            fmt::format(R"({{"email":"{}","password":"{}","client":{{"ip":"203.0.113.7"}}}})", email, password);
        return service_->post("/v1/login", body);
    }
    // The token of a sign-in that must succeed.
    std::string token(const std::string& email, const std::string& password) {
        const auto answer = login(email, password);
        INFO(answer.body);
        REQUIRE(answer.status == 200);
        return answer.json("token");
    }
    bool alive(const std::string& token) {
        const auto body = fmt::format(R"({{"token":"{}"}})", token);
        const auto answer = service_->post("/v1/sessions/introspect", body);
        INFO(answer.body);
        REQUIRE(answer.status == 200);
        return answer.json("active") == "true";
    }

    [[nodiscard]] Endpoint listen() const { return service_->listen(); }
    [[nodiscard]] const TempDir& directory() const noexcept { return service_->directory(); }
    [[nodiscard]] std::string log() { return service_->process().output(); }
    [[nodiscard]] const std::string& gateway_credential() const noexcept { return service_->gateway_credential(); }
    [[nodiscard]] const std::string& admin_credential() const noexcept { return service_->admin_credential(); }

private:
    [[nodiscard]] Variables use_servers() const {
        shared_redis().command({"FLUSHALL"});
        auto variables = database_->variables();
        variables["REDIS_URL"] = shared_redis().unix_url();
        return variables;
    }

    std::optional<TestDatabase> database_;
    std::optional<SessionService> service_;
};

}  // namespace gatehouse::test
