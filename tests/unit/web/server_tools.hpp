// What tests of the server share: requests that are held, a drain under way, waits.
#pragma once

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include "async/one_shot.hpp"
#include "async/run_on.hpp"
#include "raw_connection.hpp"
#include "support/process.hpp"
#include "test_server.hpp"

namespace gatehouse::web::test {

using namespace std::chrono_literals;

inline constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

// Holds every request until `open()`; says how many it holds.
class Gate {
public:
    Handler handler() {
        return [this](Request& request) { return pass(request); };
    }
    [[nodiscard]] std::size_t held() const noexcept { return held_; }
    void open() noexcept { open_ = true; }
    bool wait_for_held(std::size_t count) const {
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (held_ < count && std::chrono::steady_clock::now() < end) std::this_thread::yield();
        return held_ >= count;
    }

private:
    Task<Response> pass(Request& request) {
        ++held_;
        while (!open_) {
            OneShot<bool> never(request.loop->wheel);
            const auto by = Deadline::after(2ms);
            co_await never.wait(by);
        }
        --held_;
        auto response = co_await echo(request);
        co_return response;
    }
    std::atomic<std::size_t> held_{0};
    std::atomic<bool> open_{false};
};

// Drains on the server's first loop; the result comes with `wait()`.
class Drain {
public:
    Drain(TestServer& server, std::chrono::milliseconds limit)
        : done_(run_on(server.threads()[0], server.server().drain(Deadline::after(limit)))) {}
    [[nodiscard]] bool wait() { return done_.get(); }
    [[nodiscard]] auto elapsed() const { return std::chrono::steady_clock::now() - started_; }

private:
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::future<bool> done_;
};

inline bool refuses(const Endpoint& endpoint) {
    try {
        const RawConnection client(endpoint);
        return false;
    } catch (const std::runtime_error&) {
        return true;
    }
}

template <class Condition>
bool soon(Condition holds) {
    return gatehouse::test::eventually(std::move(holds), 10s);
}

inline ServerOptions on_unix(const gatehouse::test::TempDir& directory) {
    auto options = TestServer::quick_options();
    options.listen = {{{}, 0, directory / "socket"}};
    return options;
}

}  // namespace gatehouse::web::test
