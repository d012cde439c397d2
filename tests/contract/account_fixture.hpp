// A migrated database with a store, and the short words that the account contract is written in.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "contract/account_backends.hpp"
#include "proto/email.hpp"
#include "session/accounts/email_key.hpp"
#include "support/catch.hpp"

namespace gatehouse::test {

template <class T>
T value(Result<T> result) {
    if (!result) FAIL(describe(result.error()));
    return *std::move(result);
}
inline void succeed(const Result<void>& result) {
    if (!result) FAIL(describe(result.error()));
}
template <class T>
Errc code(const Result<T>& result) {
    if (result) FAIL("it succeeded");
    return result.error().code;
}

inline session::EmailKey key_of(std::string_view email) {
    auto canonical = proto::canonical_email(email);
    if (!canonical) FAIL("not an address: " << email);
    return session::email_key(*canonical);
}

inline const session::ThrottleRule kFiveIn15Minutes{5, std::chrono::minutes(15)};
inline const session::AttemptSource kSomebody{"192.0.2.1", "curl/8", "api"};

template <class Backend>
class Accounts : public Backend {
public:
    Accounts() : store_(Backend::open()) { succeed(store_->migrate()); }
    session::AccountStore* operator->() { return store_.get(); }

    session::Account create(std::string email, std::string hash = "$argon2id$x") {
        const auto key = key_of(email);
        return value(store_->create_account({.email = std::move(email),
                                             .key = key,
                                             .full_name = "Ada",
                                             .role = "student",
                                             .password_hash = std::move(hash),
                                             .active = true}));
    }

    session::Admission begin(std::string_view email, const session::ThrottleRule& rule = kFiveIn15Minutes) {
        return value(store_->begin_attempt(key_of(email), rule, kSomebody));
    }
    // Of an attempt that must be admitted.
    session::Attempt admitted(std::string_view email, const session::ThrottleRule& rule = kFiveIn15Minutes) {
        auto admission = begin(email, rule);
        if (!std::holds_alternative<session::Attempt>(admission)) FAIL("throttled");
        return std::get<session::Attempt>(std::move(admission));
    }
    // Of an attempt that must be refused, in seconds.
    long long refused(std::string_view email, const session::ThrottleRule& rule = kFiveIn15Minutes) {
        auto admission = begin(email, rule);
        if (!std::holds_alternative<session::Throttled>(admission)) FAIL("admitted");
        return std::get<session::Throttled>(admission).retry_after.count();
    }
    void finish(std::string_view email, session::Verdict verdict) {
        succeed(store_->finish_attempt(admitted(email).id, verdict));
    }

private:
    std::unique_ptr<session::AccountStore> store_;
};

// Runs job(0) … job(jobs - 1) on `threads` threads that start together, as the database pool does.
template <class Job>
void run_together(unsigned threads, unsigned jobs, Job job) {
    std::atomic<unsigned> next{0};
    std::atomic<bool> start{false};
    std::vector<std::thread> pool;
    pool.reserve(threads);
    for (unsigned i = 0; i < threads; ++i) {
        pool.emplace_back([&] {
            while (!start) std::this_thread::yield();
            for (unsigned n = next++; n < jobs; n = next++) job(n);
        });
    }
    start = true;
    for (auto& thread : pool) thread.join();
}

}  // namespace gatehouse::test
