// A gatehouse-session of a test's own, without a gateway: on the embedded stores unless `more` says otherwise.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/service_credential.hpp"
#include "support/catch.hpp"
#include "support/exchanges.hpp"
#include "support/http.hpp"
#include "support/process.hpp"

namespace gatehouse::test {

class SessionService {
public:
    using Variables = std::map<std::string, std::string>;

    explicit SessionService(const Variables& more = {}) {
        const auto admin = credential("ops", {"admin"});
        const auto gateway = credential("gateway", {"login", "introspect", "revoke"});
        const auto former = credential("former", {"admin", "disabled"});
        admin_ = admin.credential.view();
        gateway_ = gateway.credential.view();
        disabled_ = former.credential.view();
        variables_ = {{"APP_ENV", "testing"},
                      {"SERVICE_CREDENTIALS",
                       to_string(admin.entry) + "," + to_string(gateway.entry) + "," + to_string(former.entry)},
                      {"SESSION_LISTEN", to_string(listen())},
                      {"SESSION_ADMIN_LISTEN", to_string(admin_listen())},
                      {"DATA_DIR", directory_ / "data"},
                      {"ARGON2_MEMORY_KIB", "8"},
                      {"ARGON2_PASSES", "1"}};
        for (const auto& [name, value] : more) variables_[name] = value;
        write_down(listen(), "session");
    }

    void start() {
        const std::vector<std::string> command{GATEHOUSE_BIN_DIR "/gatehouse-session"};
        process_.emplace(command, directory_ / "log", variables_);
    }
    void start_and_get_ready() {
        start();
        const bool ready = eventually([&] { return admin_status("/readyz") == 200; }, std::chrono::seconds(30));
        INFO(process().output());
        REQUIRE(ready);
    }

    // Of an answer on the admin port; 0: there is none.
    [[nodiscard]] int admin_status(std::string_view target) const {
        try {
            return http(admin_listen(), "GET", target).status;
        } catch (const std::exception&) {
            return 0;
        }
    }

    // The caller is a gateway.
    [[nodiscard]] HttpHeaders headers() const { return {{"Authorization", "Bearer " + gateway_}}; }
    [[nodiscard]] HttpResponse post(std::string_view target, std::string_view body) const {
        return http(listen(), "POST", target, headers(), body);
    }

    [[nodiscard]] Process& process() { return process_.value(); }
    [[nodiscard]] const TempDir& directory() const noexcept { return directory_; }
    [[nodiscard]] const Variables& variables() const noexcept { return variables_; }
    [[nodiscard]] Endpoint listen() const { return {"", 0, directory_ / "s.sock"}; }
    [[nodiscard]] Endpoint admin_listen() const { return {"", 0, directory_ / "a.sock"}; }
    [[nodiscard]] const std::string& gateway_credential() const noexcept { return gateway_; }
    [[nodiscard]] const std::string& disabled_credential() const noexcept { return disabled_; }
    [[nodiscard]] const std::string& admin_credential() const noexcept { return admin_; }

private:
    static crypto::NewCredential credential(std::string_view name, const std::vector<std::string>& scopes) {
        return crypto::new_service_credential(name, scopes).value();
    }

    TempDir directory_;
    std::string admin_;
    std::string gateway_;
    std::string disabled_;
    Variables variables_;
    std::optional<Process> process_;
};

}  // namespace gatehouse::test
