#include "session/login/login_service.hpp"

#include <set>

#include "redis/client.hpp"
#include "session/sessions/redis_session_store.hpp"
#include "sign_in_world.hpp"

using namespace gatehouse;
using namespace gatehouse::session;
using namespace gatehouse::test;
using proto::ErrorCode;

TEST_CASE("the right password opens a session of its user") {
    World world;
    const Account ada = world.add();
    auto answer = world.sign_in(World::request("  ADA@example.org\t"));
    REQUIRE(answer.has_value());
    CHECK(answer->user == proto::User{1, "Ada Lovelace", "ada@example.org", "student"});
    CHECK(answer->iat == unix_seconds(world.clock.now()));
    CHECK(answer->exp == answer->iat + 24 * 3600);

    const Lookup found = world.find(answer->token);
    REQUIRE(std::holds_alternative<Session>(found));
    CHECK(std::get<Session>(found).user.id == ada.id);
    CHECK(std::get<Session>(found).client == "Firefox on Linux");
    CHECK(world.attempts("success") == 1);
    CHECK(world.attempts() == 1);
}

TEST_CASE("two sign-ins have two tokens") {
    World world;
    world.add();
    const auto one = world.sign_in(World::request());
    const auto two = world.sign_in(World::request());
    REQUIRE(one.has_value());
    REQUIRE(two.has_value());
    CHECK(one->token.view() != two->token.view());
    CHECK(world.alive(one->token));
}

TEST_CASE("what cannot be a sign-in is refused by name and never counted") {
    World world;
    world.add();
    const std::string long_password(1025, 'p');
    const struct {
        const char* email;
        std::string_view password;
        ErrorCode code;
    } rows[] = {
        {"", "", ErrorCode::missing_email},
        {"", kPassword, ErrorCode::missing_email},
        {kAddress, "", ErrorCode::missing_password},
        {"no-at-sign", "", ErrorCode::missing_password},
        {"no-at-sign", kPassword, ErrorCode::invalid_email},
        {"a b@example.org", kPassword, ErrorCode::invalid_email},
        {kAddress, "seven77", ErrorCode::invalid_password},
        {kAddress, long_password, ErrorCode::invalid_password},
    };
    for (const auto& row : rows) {
        INFO(row.email << " / " << row.password.size());
        CHECK(code_of(world.sign_in(World::request(row.email, row.password))) == row.code);
    }
    CHECK(world.attempts() == 0);
}

TEST_CASE("an unknown address, a disabled account and a wrong password answer the same, and all count") {
    World world;
    world.add();
    const Account off = world.add("off@example.org");
    REQUIRE(world.accounts->disable(off.id).has_value());

    std::set<std::string> answers;
    for (auto [email, password] :
         {std::pair{"nobody@example.org", kPassword}, std::pair{"off@example.org", kPassword},
          std::pair{"off@example.org", "wrong password"}, std::pair{kAddress, "wrong password"}}) {
        const auto answer = world.sign_in(World::request(email, password));
        CHECK(code_of(answer) == ErrorCode::invalid_credentials);
        answers.insert(to_json(answer.error(), "r-1"));
    }
    CHECK(answers.size() == 1);
    CHECK(world.attempts("failed") == 4);
    CHECK(world.attempts() == 4);
}

TEST_CASE("past the limit even the right password is refused, with the time to wait, and nothing is stored") {
    World world;
    world.add();
    for (int i = 0; i < 5; ++i) {
        CHECK(code_of(world.sign_in(World::request(kAddress, "wrong password"))) == ErrorCode::invalid_credentials);
    }
    const auto refused = world.sign_in(World::request());
    CHECK(code_of(refused) == ErrorCode::rate_limit_exceeded);
    CHECK(refused.error().retry_after == std::chrono::minutes(15));
    CHECK(world.attempts() == 5);

    world.clock.advance(std::chrono::minutes(15) + std::chrono::seconds(1));
    CHECK(world.sign_in(World::request()).has_value());
}

TEST_CASE("an address that nobody has is throttled like one that somebody has") {
    World world;
    for (int i = 0; i < 5; ++i) {
        CHECK(code_of(world.sign_in(World::request("nobody@example.org"))) == ErrorCode::invalid_credentials);
    }
    CHECK(code_of(world.sign_in(World::request("NOBODY@example.org"))) == ErrorCode::rate_limit_exceeded);
}

TEST_CASE("of 200 simultaneous guesses exactly the limit is verified") {
    World world({.slots = 2, .queue = 256});
    world.add();
    int verified = 0;
    int throttled = 0;
    int ended = 0;
    auto guess = [&](int) -> Task<> {
        Caller caller{"r-1", ""};
        auto answer = co_await world.login.login(World::request(kAddress, "wrong password"), std::move(caller),
                                                 Deadline::after(std::chrono::seconds(60)));
        ++ended;
        if (answer) co_return;
        verified += answer.error().code == ErrorCode::invalid_credentials;
        throttled += answer.error().code == ErrorCode::rate_limit_exceeded;
    };
    for (int i = 0; i < 200; ++i) world.loop.tasks.spawn("guess", guess(i));
    REQUIRE(turn_until(world.loop, [&] { return ended == 200; }, std::chrono::seconds(60)));
    CHECK(verified == 5);
    CHECK(throttled == 195);
    CHECK(world.attempts() == 5);
}

TEST_CASE("without a place in the hashing queue the answer is HASHING_BUSY, and nothing is counted") {
    World world({.slots = 1, .queue = 0});
    world.add();
    {
        const auto held = world.hashing.admit();
        REQUIRE(held.has_value());
        const auto refused = world.sign_in(World::request());
        CHECK(code_of(refused) == ErrorCode::hashing_busy);
        CHECK(refused.error().retry_after.has_value());
    }
    CHECK(world.attempts() == 0);
    CHECK(world.sign_in(World::request()).has_value());
}

TEST_CASE("a session store that is away refuses before anything is counted") {
    World world;
    world.add();
    redis::Options nowhere;
    nowhere.endpoint = parse_endpoint("unix:" + (world.directory / "no-redis.sock")).value();
    redis::Client client(world.loop, std::move(nowhere));
    const auto store = make_redis_session_store(client, {});
    LoginService login(world.parts(*store), world.rules);
    // Not even a wrong password is verified: that would be counted, and answered otherwise than the right one.
    const auto refused = world.sign_in(login, World::request(kAddress, "wrong password"));
    CHECK(code_of(refused) == ErrorCode::sessions_unavailable);
    CHECK(refused.error().retry_after.has_value());
    CHECK(world.attempts() == 0);
}

TEST_CASE("a session that cannot be created takes the attempt back") {
    World world({.sessions = 0});
    world.add();
    CHECK(code_of(world.sign_in(World::request())) == ErrorCode::sessions_unavailable);
    CHECK(world.attempts() == 0);
    // A wrong password counts all the same.
    CHECK(code_of(world.sign_in(World::request(kAddress, "wrong password"))) == ErrorCode::invalid_credentials);
    CHECK(world.attempts("failed") == 1);
}

TEST_CASE("a database that does not answer is 503, and the attempt is not left behind") {
    World world;
    world.add();
    {
        sqlite::Connection other(world.directory / "accounts.db", sqlite::Connection::Access::write,
                                 std::chrono::seconds(5), world.clock);
        sqlite::Transaction lock(other);
        auto asked = world.login.login(World::request(), {"r-1", ""}, Deadline::after(std::chrono::milliseconds(100)));
        const auto refused = run_task(world.loop, std::move(asked));
        CHECK(code_of(refused) == ErrorCode::database_unavailable);
    }
    // The job that waited for the lock has it now, or has given up: nobody waits for it, so it takes the attempt back.
    CHECK(eventually([&] { return world.database.running() == 0; }));
    CHECK(world.attempts() == 0);
}

TEST_CASE("a sign-in ends the sessions that its browser had, whoever's they were; a failed one ends none") {
    World world;
    world.add();
    world.add("bob@example.org");
    const auto old = world.sign_in(World::request());
    const auto others = world.sign_in(World::request("bob@example.org"));
    REQUIRE((old && others));

    const auto again = [&](std::string_view password) {
        proto::LoginRequest request = World::request(kAddress, password);
        request.previous_tokens.push_back(old->token.copy());
        request.previous_tokens.emplace_back(std::string(others->token.view()) + ".AAAAAAAAAAAAAAAAAAAAAA");
        request.previous_tokens.emplace_back(std::string_view("not a token"));
        return world.sign_in(std::move(request));
    };
    CHECK_FALSE(again("wrong password").has_value());
    CHECK(world.alive(old->token));
    CHECK(world.alive(others->token));
    const auto fresh = again(kPassword);
    REQUIRE(fresh.has_value());
    CHECK(world.alive(fresh->token));
    CHECK_FALSE(world.alive(old->token));
    CHECK_FALSE(world.alive(others->token));
}

TEST_CASE("an attempt whose process was killed before the verdict is pending, then a failure") {
    World world;
    world.add();
    const EmailKey key = email_key(proto::canonical_email(kAddress).value());
    for (int i = 0; i < 5; ++i) REQUIRE(world.accounts->begin_attempt(key, world.rules.throttle, {}).has_value());
    const auto pending = world.sign_in(World::request());
    CHECK(code_of(pending) == ErrorCode::rate_limit_exceeded);
    CHECK(pending.error().retry_after == std::chrono::seconds(1));

    world.clock.advance(std::chrono::seconds(61));
    const auto aged = world.sign_in(World::request());
    CHECK(code_of(aged) == ErrorCode::rate_limit_exceeded);
    CHECK(aged.error().retry_after == std::chrono::minutes(15) - std::chrono::seconds(61));
    world.clock.advance(std::chrono::minutes(15));
    CHECK(world.sign_in(World::request()).has_value());
}

TEST_CASE("a hash of an older kind is replaced at sign-in only where that is switched on") {
    // bcrypt, cost 4, of "correct horse battery"
    const std::string imported = "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";
    REQUIRE(crypto::verify_password(imported, kPassword, 12).value());
    for (const bool rehash : {false, true}) {
        World world({.rehash = rehash});
        const Account account = world.add_with_hash(kAddress, imported);
        CHECK(world.sign_in(World::request()).has_value());
        const std::string stored = world.accounts->load_account(account.id)->password_hash;
        CHECK((stored == imported) == !rehash);
        CHECK(world.sign_in(World::request()).has_value());
        CHECK(code_of(world.sign_in(World::request(kAddress, "wrong password"))) == ErrorCode::invalid_credentials);
    }
}

TEST_CASE("a verdict that cannot be written refuses nobody, and then no hash is made anew") {
    const std::string imported = "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";
    World world({.rehash = true});
    const Account account = world.add_with_hash(kAddress, imported);
    {
        sqlite::Connection database(world.directory / "accounts.db", sqlite::Connection::Access::write,
                                    std::chrono::seconds(5), world.clock);
        database.run("CREATE TRIGGER no_verdict BEFORE UPDATE ON login_attempts BEGIN SELECT RAISE(FAIL, 'no'); END");
    }
    CHECK(world.sign_in(World::request()).has_value());
    CHECK(world.attempts("pending") == 1);
    CHECK(world.accounts->load_account(account.id)->password_hash == imported);
}
