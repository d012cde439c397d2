// What the tests of the link between the services have in common: people who sign in and are checked all the time, and
// what the services log of it.
#pragma once

#include <atomic>
#include <csignal>
#include <cstddef>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/deployment.hpp"

namespace gatehouse::test {

inline constexpr std::string_view kJane = "jane@example.org";
// Whom the load signs in: so often that somebody's oldest sessions end.
inline constexpr std::string_view kJohn = "john@example.org";

inline std::size_t times(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

// SIGHUP, and waits for `count` more lines with this event.
inline void hang_up(Process& process, const std::string& event, std::size_t count = 1) {
    const auto before = times(process.output(), "\"" + event + "\"");
    process.signal(SIGHUP);
    const bool told = eventually([&] { return times(process.output(), "\"" + event + "\"") >= before + count; },
                                 std::chrono::seconds(20));
    INFO(process.output());
    REQUIRE(told);
}

// Checks and sign-ins without a pause, each of which must be answered 200.
class Load {
public:
    Load(Deployment& deployment, const SignedIn& who) : deployment_(deployment), who_(who) {
        for (int i = 0; i < 3; ++i) threads_.emplace_back([this] { run([this] { return check(); }); });
        threads_.emplace_back([this] { run([this] { return sign_in(); }); });
    }
    ~Load() { end(); }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    // Some more of each have been answered.
    [[nodiscard]] bool goes_on() {
        const int checks = checks_;
        const int sign_ins = sign_ins_;
        return eventually([&] { return checks_ > checks + 20 && sign_ins_ > sign_ins + 3; }, std::chrono::seconds(30));
    }
    // Nothing failed; under TSan, neither service has reported anything.
    void end_well() {
        end();
        INFO(first_failure_);
        CHECK(failed_ == 0);
        for (Process* service : {&deployment_.session_process(), &deployment_.gateway_process()})
            CHECK(service->output().find("ThreadSanitizer") == std::string::npos);
    }

private:
    void end() {
        stop_ = true;
        threads_.clear();
    }
    HttpResponse check() {
        auto answer = deployment_.check(who_);
        ++checks_;
        return answer;
    }
    HttpResponse sign_in() {
        auto answer = deployment_.login(kJohn);
        ++sign_ins_;
        return answer;
    }
    template <class Ask>
    void run(Ask ask) {
        while (!stop_) {
            std::string wrong;
            try {
                const HttpResponse answer = ask();
                if (answer.status != 200) wrong = std::to_string(answer.status) + " " + answer.body;
            } catch (const std::exception& e) {
                wrong = e.what();
            }
            if (!wrong.empty() && failed_++ == 0) first_failure_ = wrong;
        }
    }

    Deployment& deployment_;
    const SignedIn& who_;
    std::atomic<bool> stop_ = false;
    std::atomic<int> checks_ = 0;
    std::atomic<int> sign_ins_ = 0;
    std::atomic<int> failed_ = 0;
    std::string first_failure_;  // by the first to fail; read after the end
    std::vector<std::jthread> threads_;
};

// A gateway beside those of a deployment, with other variables; it need not get ready.
class OneMoreGateway {
public:
    OneMoreGateway(const Deployment& deployment, const Variables& more)
        : variables_(deployment.gateway_variables()), at_{"127.0.0.1", free_port(), ""} {
        variables_["GATEWAY_LISTEN"] = to_string(at_);
        variables_["GATEWAY_ADMIN_LISTEN"] = to_string(admin());
        for (const auto& [name, value] : more) variables_[name] = value;
        process_.emplace(std::vector<std::string>{GATEHOUSE_BIN_DIR "/gatehouse-gateway"}, directory_ / "log",
                         variables_);
    }
    [[nodiscard]] const Endpoint& at() const { return at_; }
    [[nodiscard]] Endpoint admin() const { return {"", 0, directory_ / "admin.sock"}; }
    [[nodiscard]] Process& process() { return *process_; }
    // It has logged this.
    [[nodiscard]] bool says(const std::string& words) {
        return eventually([&] { return process_->output().find(words) != std::string::npos; },
                          std::chrono::seconds(20));
    }
    [[nodiscard]] bool gets_ready() {
        return eventually(
            [&] {
                try {
                    return http(admin(), "GET", "/readyz").status == 200;
                } catch (const std::exception&) {
                    return false;
                }
            },
            std::chrono::seconds(20));
    }

private:
    TempDir directory_;
    Variables variables_;
    Endpoint at_;
    std::optional<Process> process_;
};

}  // namespace gatehouse::test
