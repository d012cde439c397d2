// The example service beside a deployment whose database has the library's tables and two books.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/service_credential.hpp"
#include "database.hpp"
#include "support/catch.hpp"
#include "support/deployment.hpp"

namespace gatehouse::test {

class CatalogWorld {
public:
    explicit CatalogWorld(Stores stores, DeploymentOptions options = {})
        : credential_(crypto::new_service_credential("catalog", std::vector<std::string>{"introspect"}).value()),
          deployment_(with_library(stores, std::move(options), to_string(credential_.entry))) {
        database().run("INSERT INTO books (title, author) VALUES ('Emma', 'Jane Austen')");
        database().run("INSERT INTO books (title, author) VALUES ('Ärger & Co', 'Ö')");
        deployment_.create_user("jane@example.org");
    }

    // Asks the session service about the cookie itself.
    void start_introspecting() {
        start({{"SESSION_URL", to_string(deployment_.session())},
               {"SESSION_CREDENTIAL", std::string(credential_.credential.view())}});
    }
    // Believes the Remote-User of whoever comes from there.
    void start_behind(const std::string& proxy) { start({{"TRUST_IDENTITY_HEADERS_FROM", proxy}}); }

    [[nodiscard]] HttpResponse books(const HttpHeaders& headers = {}) const {
        return http(listen_, "GET", "/books", headers);
    }
    [[nodiscard]] std::string views_of(const std::string& user_id) const {
        return database().text("SELECT COUNT(*) FROM view_log WHERE user_id = " + user_id);
    }

    [[nodiscard]] Deployment& deployment() noexcept { return deployment_; }
    [[nodiscard]] const Endpoint& listen() const noexcept { return listen_; }
    [[nodiscard]] Process& process() { return process_.value(); }

private:
    static DeploymentOptions with_library(Stores stores, DeploymentOptions options, const std::string& credential) {
        options.stores = stores;
        options.session["SCHEMA_LIBRARY"] = "on";
        options.more_credentials = credential;
        return options;
    }

    [[nodiscard]] Database database() const { return Database(deployment_.session_variables()); }

    void start(Variables variables) {
        variables["APP_ENV"] = "testing";
        variables["CATALOG_LISTEN"] = to_string(listen_);
        variables["PATH"] = "/usr/bin:/bin";
        for (const auto& [name, value] : deployment_.session_variables()) {
            if (name.starts_with("DB_") || name == "DATA_DIR") variables[name] = value;
        }
        const std::vector<std::string> command{GATEHOUSE_BIN_DIR "/gatehouse-example-catalog"};
        process_.emplace(command, directory_ / "log", variables);
        const bool alive = eventually([&] { return !process_->running() || is_alive(); }, std::chrono::seconds(30));
        INFO(process_->output());
        REQUIRE((alive && process_->running()));
    }
    [[nodiscard]] bool is_alive() const {
        try {
            return http(listen_, "GET", "/livez").status == 200;
        } catch (const std::exception&) {
            return false;
        }
    }

    TempDir directory_;
    crypto::NewCredential credential_;
    Deployment deployment_;
    Endpoint listen_{"127.0.0.1", free_port(), ""};
    std::optional<Process> process_;
};

}  // namespace gatehouse::test
