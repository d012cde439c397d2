// A gatehouse-session of the test's own and the real gatehousectl that administers it, found as after deploy/run:
// through the data directory's gatehouse.env.
#pragma once

#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crypto/service_credential.hpp"
#include "support/catch.hpp"
#include "support/deployment.hpp"
#include "support/http.hpp"
#include "support/mysql_fixture.hpp"
#include "support/process.hpp"
#include "support/redis_server.hpp"

namespace gatehouse::test {

inline RedisServer& shared_redis() {
    static RedisServer server;
    return server;
}

class CtlWorld {
public:
    using Variables = std::map<std::string, std::string>;

    explicit CtlWorld(Stores stores = Stores::embedded, const Variables& more = {}) {
        const auto admin = credential("ops", {"admin"});
        const auto gateway = credential("gateway", {"login", "introspect", "revoke"});
        admin_ = admin.credential.view();
        gateway_ = gateway.credential.view();
        variables_ = {{"APP_ENV", "testing"},
                      {"SERVICE_CREDENTIALS", to_string(admin.entry) + "," + to_string(gateway.entry)},
                      {"SESSION_LISTEN", "unix:" + (directory_ / "s.sock")},
                      {"SESSION_ADMIN_LISTEN", "unix:" + (directory_ / "a.sock")},
                      {"DATA_DIR", directory_ / "data"},
                      {"ARGON2_MEMORY_KIB", "8"},
                      {"ARGON2_PASSES", "1"}};
        if (stores == Stores::servers) use_servers();
        for (const auto& [name, value] : more) variables_[name] = value;
        std::ofstream(directory_ / "gatehouse.env")
            << "SESSION_URL=unix:" << (directory_ / "s.sock") << "\nGATEHOUSECTL_CREDENTIAL=" << admin_
            << "\nSESSION_ADMIN_LISTEN=unix:" << (directory_ / "a.sock") << "\n";
    }

    void start() {
        const std::vector<std::string> command{GATEHOUSE_BIN_DIR "/gatehouse-session"};
        service_.emplace(command, directory_ / "log", variables_);
    }
    void start_and_get_ready() {
        start();
        REQUIRE(eventually([&] { return ctl({"healthcheck", "session"}).status == 0; }, std::chrono::seconds(30)));
    }
    void stop() { service_->kill(); }

    // gatehousectl --data DIR …
    Ran ctl(std::vector<std::string> arguments, const std::string& input = "") {
        arguments.insert(arguments.begin(), {GATEHOUSE_BIN_DIR "/gatehousectl", "--data", directory_.path().string()});
        auto ran = test::run(std::move(arguments), input, {{"PATH", "/usr/bin:/bin"}});
        INFO(ran.err);
        CHECK(ran.err.find(admin_) == std::string::npos);
        CHECK(ran.out.find(admin_) == std::string::npos);
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
        return http(listen(), "POST", "/v1/login", {{"Authorization", "Bearer " + gateway_}}, body);
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
        const auto answer =
            http(listen(), "POST", "/v1/sessions/introspect", {{"Authorization", "Bearer " + gateway_}}, body);
        INFO(answer.body);
        REQUIRE(answer.status == 200);
        return answer.json("active") == "true";
    }

    [[nodiscard]] Endpoint listen() const { return parse_endpoint("unix:" + (directory_ / "s.sock")).value(); }
    [[nodiscard]] const TempDir& directory() const noexcept { return directory_; }
    [[nodiscard]] std::string log() const { return service_->output(); }
    [[nodiscard]] const std::string& gateway_credential() const noexcept { return gateway_; }
    [[nodiscard]] const std::string& admin_credential() const noexcept { return admin_; }

private:
    static crypto::NewCredential credential(std::string_view name, const std::vector<std::string>& scopes) {
        return crypto::new_service_credential(name, scopes).value();
    }

    void use_servers() {
        static int count = 0;
        const auto name = fmt::format("ctl{}", ++count);
        run_sql(shared_mariadb(), {"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name});
        shared_redis().command({"FLUSHALL"});
        variables_["DB_SOCKET"] = shared_mariadb().socket_path();
        variables_["DB_HOST"] = "localhost";
        variables_["DB_USER"] = MariadbServer::kUser;
        variables_["DB_PASSWORD"] = MariadbServer::kPassword;
        variables_["DB_NAME"] = name;
        variables_["REDIS_URL"] = shared_redis().unix_url();
    }

    TempDir directory_;
    std::string admin_;
    std::string gateway_;
    Variables variables_;
    std::optional<Process> service_;
};

}  // namespace gatehouse::test
