// What happens between two writes, two requests or two processes, through the real ones.
#include <atomic>
#include <csignal>
#include <future>
#include <random>
#include <thread>

#include "crypto/password.hpp"
#include "database.hpp"
#include "support/catch.hpp"
#include "support/session_service.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kRacer = "jane@example.org";
constexpr std::string_view kAnother = "another horse 2";

// Sign-ins here fail on purpose, over and over.
const Variables kPatient{{"LOGIN_ATTEMPT_LIMIT", "1000"}};

std::string id_of(Deployment& deployment, const std::string& email) {
    return deployment.internal("POST", "/v1/users/lookup", R"({"email":")" + email + "\"}").json("user_id");
}
std::string cookie_of(const HttpResponse& response) {
    const auto cookie = response.header("Set-Cookie");
    return cookie.substr(0, cookie.find(';'));
}
int check(Deployment& deployment, const std::string& cookie, std::size_t gateway = 0) {
    return http(deployment.gateway(gateway), "GET", "/auth/check", {{"Cookie", cookie}}).status;
}

HttpResponse revoke_all(Deployment& deployment, const std::string& id) {
    return deployment.internal("POST", "/v1/users/" + id + "/sessions/revoke", R"({"all":true})");
}

// The one key of that form.
std::string only_key(RedisServer& redis, const std::string& form) {
    auto keys = redis.command({"KEYS", form});
    if (keys.ends_with('\n')) keys.pop_back();
    REQUIRE(keys.starts_with("gh:"));
    REQUIRE(keys.find('\n') == std::string::npos);
    return keys;
}

// Both at once, the second a little after the first, which is what makes the rounds differ.
template <class First, class Second>
auto race(First first, std::chrono::microseconds head_start, Second second) {
    auto running = std::async(std::launch::async, std::move(first));
    std::this_thread::sleep_for(head_start);
    second();
    return running.get();
}

std::chrono::microseconds up_to(std::chrono::microseconds most) {
    static std::mt19937 numbers(7);
    return std::chrono::microseconds(std::uniform_int_distribution<long>(0, most.count())(numbers));
}

// The session service ends without a word, the gateways stay.
void kill_session_service(Deployment& deployment) { deployment.session_process().kill(); }

}  // namespace

TEST_CASE("a sign-in that races a disable leaves no session once the disable is acknowledged") {
    const auto stores = GENERATE(Stores::embedded, Stores::servers);
    INFO(name_of(stores));
    Deployment deployment({stores, kPatient, {}, 2});
    deployment.create_user(kRacer);
    const auto path = "/v1/users/" + id_of(deployment, kRacer);
    int signed_in = 0;
    int refused = 0;
    for (int round = 0; round < 60; ++round) {
        // Until it is acknowledged: a busy machine may answer 503 first.
        const auto disable = [&] {
            CHECK(eventually([&] { return deployment.internal("POST", path + "/disable").status == 200; }));
        };
        // Every second disable begins with the sign-in: on a quick machine it would else always come second.
        const auto head_start = round % 2 == 0 ? up_to(6ms) : 0us;
        const auto response = race([&] { return deployment.login(kRacer); }, head_start, disable);
        if (response.status == 200) {
            ++signed_in;
            CHECK(check(deployment, cookie_of(response), 0) == 401);
            CHECK(check(deployment, cookie_of(response), 1) == 401);
        } else {
            ++refused;
            CHECK(response.status == 401);
        }
        CHECK(deployment.internal("POST", path + "/enable").status == 200);
    }
    INFO(signed_in << " signed in and were ended, " << refused << " refused");
    CHECK(signed_in > 0);                                                // else nothing was raced
    CHECK(check(deployment, deployment.sign_in(kRacer).cookie) == 200);  // enabled again
}

TEST_CASE("a password that is set while somebody signs in with the old one ends that session") {
    const auto stores = GENERATE(Stores::embedded, Stores::servers);
    INFO(name_of(stores));
    Deployment deployment({stores, kPatient, {}});
    deployment.create_user(kRacer);
    std::string now(Deployment::kPassword);
    std::string next(kAnother);
    int signed_in = 0;
    for (int round = 0; round < 5; ++round) {
        std::atomic<bool> set{false};
        // Signs in with the old password as long as it is taken, so that one sign-in is always in flight.
        auto old_ones = std::async(std::launch::async, [&] {
            std::vector<std::string> cookies;
            while (!set) {
                const auto response = deployment.login(kRacer, now);
                if (response.status != 200) break;
                cookies.push_back(cookie_of(response));
            }
            return cookies;
        });
        deployment.ctl({"users", "set-password", kRacer, "--password-stdin"}, next + "\n");
        set = true;
        const auto cookies = old_ones.get();
        signed_in += static_cast<int>(cookies.size());
        for (const auto& cookie : cookies) CHECK(check(deployment, cookie) == 401);
        CHECK(deployment.login(kRacer, now).status == 401);
        CHECK(deployment.login(kRacer, next).status == 200);
        std::swap(now, next);
    }
    CHECK(signed_in > 0);  // else nothing was raced
}

TEST_CASE("a service killed between the database's write and Redis': the old session is dead after the repair") {
    const auto change = GENERATE(as<std::string>{}, "disable", "revoke-all", "password");
    INFO(change);
    Deployment deployment({Stores::servers, kPatient, {}});
    deployment.create_user(kRacer);
    const auto id = id_of(deployment, kRacer);
    const auto who = deployment.sign_in(kRacer);
    const auto record = only_key(deployment.redis(), "gh:*:s:*");
    Database database(deployment.session_variables());
    const auto epoch = [&] { return database.text("SELECT session_epoch FROM users WHERE user_id = " + id); };
    const auto before = epoch();

    deployment.redis().freeze();
    auto unanswered = std::async(std::launch::async, [&] {
        try {
            if (change == "disable") return deployment.internal("POST", "/v1/users/" + id + "/disable").status;
            if (change == "password")
                return deployment
                    .internal("POST", "/v1/users/" + id + "/password",
                              R"({"password":")" + std::string(kAnother) + "\"}")
                    .status;
            return revoke_all(deployment, id).status;
        } catch (const std::exception&) {
            return 0;  // the connection went with the process
        }
    });
    const bool committed = eventually([&] { return epoch() != before; });
    kill_session_service(deployment);
    // What the service had sent lies in the frozen Redis' socket: it must never be read.
    deployment.redis().kill();
    deployment.redis().start();
    CHECK(committed);
    CHECK(unanswered.get() != 200);
    CHECK(deployment.redis().command({"EXISTS", record}) == "1");  // nobody has told Redis

    deployment.start_session();
    CHECK(eventually([&] { return check(deployment, who.cookie) == 401; }, 6s));
    const auto password = change == "password" ? kAnother : Deployment::kPassword;
    CHECK(deployment.login(kRacer, password).status == (change == "disable" ? 401 : 200));
    CHECK(check(deployment, who.cookie) == 401);  // and stays dead
}

TEST_CASE("Redis frozen while a user is disabled: no success is claimed, and the session ends when Redis goes on") {
    Deployment deployment({Stores::servers, kPatient, {}});
    deployment.create_user(kRacer);
    const auto who = deployment.sign_in(kRacer);
    const auto path = "/v1/users/" + id_of(deployment, kRacer) + "/disable";
    deployment.redis().freeze();
    const auto response = deployment.internal("POST", path);
    CHECK(response.status == 503);
    CHECK(response.json("error_code") == "SESSIONS_UNAVAILABLE");
    deployment.redis().thaw();
    CHECK(eventually([&] { return check(deployment, who.cookie) == 401; }, 6s));
    CHECK(deployment.login(kRacer).status == 401);
}

TEST_CASE("FLUSHALL after a revoke-all brings nothing back, and who signs in again stays") {
    // Every one of many checks is to be answered, on a busy machine too.
    const Variables unhurried{{"REDIS_TIMEOUT", "5s"}, {"CHECK_TIMEOUT", "10s"}};
    Deployment deployment({Stores::servers, unhurried, {{"CHECK_TIMEOUT", "10s"}}});
    deployment.create_user(kRacer);
    const auto id = id_of(deployment, kRacer);
    const auto old = deployment.sign_in(kRacer);
    CHECK(revoke_all(deployment, id).status == 200);
    CHECK(check(deployment, old.cookie) == 401);
    deployment.redis().command({"FLUSHALL"});
    CHECK(check(deployment, old.cookie) == 401);
    const auto fresh = deployment.sign_in(kRacer);
    const auto end = std::chrono::steady_clock::now() + 3s;  // longer than the repair's interval
    while (std::chrono::steady_clock::now() < end) {
        REQUIRE(check(deployment, fresh.cookie) == 200);
        REQUIRE(check(deployment, old.cookie) == 401);
    }
}

TEST_CASE("a Redis that comes back from before a revoke-all loses the old session again") {
    Deployment deployment({Stores::servers, kPatient, {}});
    deployment.create_user(kRacer);
    const auto id = id_of(deployment, kRacer);
    const auto old = deployment.sign_in(kRacer);
    auto& redis = deployment.redis();
    const auto record = only_key(redis, "gh:*:s:*");
    CHECK(redis.command({"COPY", record, "kept"}) == "1");
    CHECK(revoke_all(deployment, id).status == 200);
    CHECK(check(deployment, old.cookie) == 401);
    // As after a restore: the record is there again, the epoch that ended it is not.
    const auto epoch = only_key(redis, "gh:*:e");
    CHECK(redis.command({"DEL", epoch}) == "1");
    CHECK(redis.command({"RENAME", "kept", record}) == "OK");
    CHECK(eventually([&] { return check(deployment, old.cookie) == 401; }, 6s));
    CHECK(redis.command({"EXISTS", epoch}) == "1");
}

TEST_CASE("a process killed before the verdict leaves a pending attempt, which counts and ages") {
    const auto stores = GENERATE(Stores::embedded, Stores::servers);
    INFO(name_of(stores));
    Deployment deployment({stores, {{"LOGIN_ATTEMPT_LIMIT", "1"}}, {}});
    deployment.create_user(kRacer);
    Database database(deployment.session_variables());
    // A hash that takes its time: long enough to be seen and killed half way on a busy machine too.
    const auto slow = gatehouse::crypto::hash_password(Deployment::kPassword, {32 * 1024 * 1024, 16}).value();
    database.run("UPDATE users SET password_hash = '" + slow + "'");
    const auto pending = [&] { return database.text("SELECT count(*) FROM login_attempts WHERE state = 'pending'"); };

    auto unanswered = std::async(std::launch::async, [&] { return deployment.login(kRacer, "not the password"); });
    const bool counted = eventually([&] { return pending() == "1"; });
    kill_session_service(deployment);
    CHECK(counted);
    CHECK(unanswered.get().status == 503);
    deployment.start_session();
    deployment.await_ready();
    CHECK(pending() == "1");

    // Its verdict could still come: back in a second.
    auto refused = deployment.login(kRacer);
    CHECK(refused.status == 429);
    CHECK(refused.header("Retry-After") == "1");
    database.age_attempts(61s);  // now it never will: a failure
    refused = deployment.login(kRacer);
    CHECK(refused.status == 429);
    const int wait = std::stoi(refused.header("Retry-After"));
    CHECK(wait > 15 * 60 - 61 - 60);
    CHECK(wait <= 15 * 60 - 61);
    database.age_attempts(15min);
    CHECK(deployment.login(kRacer).status == 200);
}

TEST_CASE("a user inserted by hand, without a key, signs in at once") {
    const auto stores = GENERATE(Stores::embedded, Stores::servers);
    INFO(name_of(stores));
    Deployment deployment({stores, {}, {}});
    Database database(deployment.session_variables());
    const auto hash = gatehouse::crypto::hash_password(Deployment::kPassword, {8 * 1024, 1}).value();
    const auto insert = [&](const std::string& email, const std::string& status) {
        database.run("INSERT INTO users (full_name, email, password_hash, role, status) VALUES ('By Hand', '" + email +
                     "', '" + hash + "', 'librarian', '" + status + "')");
    };
    CHECK(deployment.login("Hand.Made@Example.org").status == 401);
    insert(" Hand.Made@Example.ORG", "active");
    insert("off@example.org", "suspended");
    const auto response = deployment.login("hand.made@example.org");
    CHECK(response.status == 200);
    CHECK(response.json("user.role") == "librarian");
    CHECK(check(deployment, cookie_of(response)) == 200);
    CHECK(deployment.login("off@example.org").status == 401);
    CHECK(database.text("SELECT count(*) FROM users WHERE email_key IS NULL") == "0");
}

TEST_CASE("50 correct sign-ins at once: who is over the limit of open verdicts is told one second, and gets in") {
    const auto stores = GENERATE(Stores::embedded, Stores::servers);
    INFO(name_of(stores));
    Deployment deployment({stores,
                           {{"ARGON2_MEMORY_KIB", "8192"},
                            {"ARGON2_PASSES", "4"},
                            {"HASHING_QUEUE", "128"},
                            {"DB_QUEUE", "128"},
                            {"HASHING_WAIT", "10s"},
                            {"DB_POOL_WAIT", "10s"}},
                           {{"LOGIN_TIMEOUT", "20s"}}});
    deployment.create_user(kRacer);
    std::atomic<int> refused{0};
    std::atomic<int> most_tries{0};
    std::atomic<int> in_first_try{0};
    const auto sign_in = [&] {
        for (int tries = 1; tries <= 30; ++tries) {
            const auto response = deployment.login(kRacer);
            if (response.status == 200) {
                if (tries == 1) ++in_first_try;
                most_tries = std::max(most_tries.load(), tries);
                return cookie_of(response);
            }
            if (response.status != 429 || response.header("Retry-After") != "1" || response.json("retry_after") != "1")
                return "refused: " + response.body;
            ++refused;
            std::this_thread::sleep_for(1s);
        }
        return std::string("refused for ever");
    };
    std::vector<std::future<std::string>> all;
    for (int i = 0; i < 50; ++i) all.push_back(std::async(std::launch::async, sign_in));
    int alive = 0;
    for (auto& one : all) {
        const auto cookie = one.get();
        INFO(cookie);
        CHECK(cookie.starts_with("session="));
        if (check(deployment, cookie) == 200) ++alive;
    }
    INFO(in_first_try.load() << " at once, " << refused.load() << " refusals, at most " << most_tries.load()
                             << " tries");
    CHECK(in_first_try >= 5);  // as many as may fail
    CHECK(alive == 50);        // and that many sessions a user may have
    // None of them is held against Jane.
    Database database(deployment.session_variables());
    CHECK(database.text("SELECT count(*) FROM login_attempts WHERE state <> 'success'") == "0");
}

TEST_CASE("three session services started at once on an empty MySQL database all get ready, with one schema") {
    const TestDatabase database;
    RedisServer redis;
    auto variables = database.variables();
    variables["REDIS_URL"] = redis.unix_url();
    variables["SCHEMA_LIBRARY"] = "on";
    std::vector<std::unique_ptr<SessionService>> services;
    for (int i = 0; i < 3; ++i) services.push_back(std::make_unique<SessionService>(variables));
    for (auto& service : services) service->start();
    for (auto& service : services) {
        CHECK(eventually([&] { return service->admin_status("/readyz") == 200; }, 30s));
        INFO(service->process().output());
        CHECK(service->process().running());
    }
    gatehouse::mysql::Connection look(database.options());
    const auto number = [&](std::string_view sql) {
        auto rows = look.query(sql);
        return rows.next() ? rows.integer(0) : -1;
    };
    CHECK(number("SELECT count(*) FROM throttle_slots") == 1024);
    CHECK(number("SELECT count(*) - count(DISTINCT version) FROM schema_migrations") == 0);
    CHECK(number("SELECT count(*) FROM schema_migrations") == 3);
    CHECK(number("SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN "
                 "('users', 'login_attempts', 'books', 'borrow_records', 'fines', 'view_log')") == 6);
}
