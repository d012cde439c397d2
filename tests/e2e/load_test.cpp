// Load cannot kill it, guessing is throttled even in parallel, and an address has its quota.
#include <fstream>
#include <future>
#include <thread>

#include "support/catch.hpp"
#include "support/deployment.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

// Runs `work(i)` on `count` threads at once and returns what each answered.
template <class Work>
auto at_once(int count, Work work) {
    std::vector<std::future<decltype(work(0))>> running;
    for (int i = 0; i < count; ++i) running.push_back(std::async(std::launch::async, work, i));
    std::vector<decltype(work(0))> results;
    for (auto& one : running) results.push_back(one.get());
    return results;
}

int count_status(const std::vector<HttpResponse>& responses, int status) {
    return static_cast<int>(std::ranges::count(responses, status, &HttpResponse::status));
}

// Resident memory of a process, KiB.
long resident_kib(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
    }
    return 0;
}

}  // namespace

TEST_CASE("of 200 simultaneous guesses at most the limit is verified, known address and unknown") {
    const auto stores = GENERATE(Stores::embedded, Stores::servers);
    const auto email = GENERATE(as<std::string>{}, "jane@example.org", "nobody@example.org");
    INFO(name_of(stores) << " " << email);
    // Room for all 200 in every queue, so that it is the throttle that refuses.
    Deployment deployment(
        {stores,
         {{"HASHING_QUEUE", "512"}, {"DB_QUEUE", "512"}, {"HASHING_WAIT", "10s"}, {"DB_POOL_WAIT", "10s"}},
         {{"LOGIN_TIMEOUT", "20s"}}});
    deployment.create_user("jane@example.org");
    const auto responses = at_once(200, [&](int) { return deployment.login(email, "not the password"); });
    const int verified = count_status(responses, 401);
    const int throttled = count_status(responses, 429);
    const int busy = count_status(responses, 503);
    INFO(verified << " verified, " << throttled << " throttled, " << busy << " busy");
    CHECK(verified <= 5);
    CHECK(verified >= 1);
    CHECK(throttled > 0);
    CHECK(verified + throttled + busy == 200);
    CHECK(deployment.login(email, "not the password").status == (verified == 5 ? 429 : 401));
}

TEST_CASE("200 sign-ins at once keep memory bounded, checks go on, and the excess is a quick 503") {
    // 16 MiB a hash, two at once, ten may wait: base + slots x 16 MiB, whatever comes.
    Deployment deployment(
        {Stores::embedded,
         {{"ARGON2_MEMORY_KIB", "16384"}, {"ARGON2_PASSES", "3"}, {"HASHING_SLOTS", "2"}, {"HASHING_QUEUE", "10"}},
         {}});
    deployment.create_user("jane@example.org");
    const auto who = deployment.sign_in("jane@example.org");
    const long before = resident_kib(deployment.session_process().pid());

    std::atomic<bool> done{false};
    std::atomic<long> peak{0};
    std::atomic<int> checks{0};
    std::atomic<int> failed_checks{0};
    std::thread observer([&] {
        while (!done) {
            peak = std::max(peak.load(), resident_kib(deployment.session_process().pid()));
            ++checks;
            if (deployment.check(who).status != 200) ++failed_checks;
        }
    });
    const auto responses = at_once(
        200, [&](int i) { return deployment.login("user" + std::to_string(i) + "@example.org", "a guess of nobody"); });
    done = true;
    observer.join();
    const int busy = count_status(responses, 503);
    INFO(busy << " busy, " << checks.load() << " checks, " << before << " -> " << peak.load() << " KiB");
    CHECK(busy > 0);
    CHECK(count_status(responses, 401) + busy == 200);
    CHECK(checks > 0);
    CHECK(failed_checks == 0);
#if !GATEHOUSE_SANITIZED                           // whose allocator keeps what was freed
    CHECK(peak - before < 2 * 16384 + 24 * 1024);  // two hashes, and the connections' and the allocator's share
#endif
}

TEST_CASE("an address has its quota of sign-ins: 429 past it, RateLimit headers on each, a success costs nothing") {
    Deployment deployment({Stores::embedded, {}, {{"LOGIN_RATE_LIMIT", "3/1h"}, {"TRUSTED_PROXIES", "127.0.0.1"}}});
    deployment.create_user("jane@example.org");
    const auto from = [&](const std::string& address, std::string_view password) {
        static int number = 0;
        const auto email = password == Deployment::kPassword ? std::string("jane@example.org")
                                                             : "n" + std::to_string(++number) + "@example.org";
        return deployment.login(email, password, {{"X-Forwarded-For", address}});
    };
    for (int i = 0; i < 5; ++i) CHECK(from("203.0.113.1", Deployment::kPassword).status == 200);
    for (int i = 0; i < 3; ++i) CHECK(from("203.0.113.1", "a wrong guess").status == 401);
    const auto refused = from("203.0.113.1", "a wrong guess");
    CHECK(refused.status == 429);
    CHECK(std::stoi(refused.header("Retry-After")) >= 1);
    CHECK(refused.header("RateLimit-Policy") == "\"login\";q=3;w=3600");
    CHECK(refused.header("RateLimit").starts_with("\"login\";r=0;t="));
    CHECK(from("203.0.113.2", "a wrong guess").status == 401);
    // IPv6 counts by /64; a spoofed hop on the left changes nothing.
    for (int i = 0; i < 3; ++i) CHECK(from("2001:db8::" + std::to_string(i + 1), "a wrong guess").status == 401);
    CHECK(from("2001:db8::ffff", "a wrong guess").status == 429);
    CHECK(from("198.51.100.7, 203.0.113.1", "a wrong guess").status == 429);
    // The check is never limited.
    for (int i = 0; i < 20; ++i)
        CHECK(http(deployment.gateway(), "GET", "/auth/check", {{"X-Forwarded-For", "203.0.113.1"}}).status == 401);
}

TEST_CASE("what nobody verified costs an address nothing; what may have been verified counts") {
    Deployment deployment({Stores::embedded, {}, {{"LOGIN_RATE_LIMIT", "2/1h"}, {"LOGIN_TIMEOUT", "3s"}}});
    for (int i = 0; i < 3; ++i) CHECK(http(deployment.gateway(), "POST", "/auth/login", {}, "{}").status == 400);
    deployment.session_process().kill();
    for (int i = 0; i < 3; ++i) CHECK(deployment.login("a@example.org", "a wrong guess").status == 503);
    deployment.start_session();
    deployment.await_ready();
    CHECK(deployment.login("b@example.org", "a wrong guess").status == 401);
    deployment.session_process().freeze();
    CHECK(deployment.login("c@example.org", "a wrong guess").status == 503);  // the time ran out
    deployment.session_process().thaw();
    CHECK(deployment.login("d@example.org", "a wrong guess").status == 429);
}

TEST_CASE("slow and broken clients do not keep others waiting") {
    Deployment deployment({Stores::embedded, {}, {{"HEADER_TIMEOUT", "300ms"}, {"BODY_TIMEOUT", "300ms"}}});
    deployment.create_user("jane@example.org");
    const auto who = deployment.sign_in("jane@example.org");
    std::vector<std::unique_ptr<HttpConnection>> slow;
    for (int i = 0; i < 200; ++i) {
        slow.push_back(std::make_unique<HttpConnection>(deployment.gateway()));
        slow.back()->send(i % 2 ? "GET /auth/check HT"
                                : "POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: "
                                  "application/json\r\nContent-Length: 50\r\n\r\n{");
    }
    CHECK(deployment.check(who).status == 200);
    for (auto& connection : slow) {
        CHECK(connection->receive(5s).status == 408);
        CHECK(connection->closes_within(3s));
    }
    CHECK(deployment.check(who).status == 200);
}
