#include "session/accounts/account_admin.hpp"

#include "sign_in_world.hpp"

using namespace gatehouse;
using namespace gatehouse::session;
using namespace gatehouse::test;
using proto::ErrorCode;

namespace {

using namespace std::chrono_literals;

// Memory whose revocations can be made to fail: the moment between the two writes.
class Faulty final : public SessionStore {
public:
    explicit Faulty(SessionStore& real) : real_(real) {}
    bool away = false;
    std::chrono::milliseconds time_to_revoke{};

    Task<std::vector<Lookup>> find(std::span<const SessionKey> keys, Deadline by) override {
        return real_.find(keys, by);
    }
    Task<Creation> create(NewSession session, std::vector<SessionKey> replaced, Deadline by) override {
        return real_.create(std::move(session), std::move(replaced), by);
    }
    Task<Result<bool>> touch(SessionKey key, std::optional<UserFacts> facts, Deadline by) override {
        return real_.touch(key, std::move(facts), by);
    }
    Task<Result<void>> revoke(SessionKey key, Deadline by) override { return real_.revoke(key, by); }
    Task<Result<bool>> revoke(UserId user, std::string sid, Deadline by) override {
        return real_.revoke(user, std::move(sid), by);
    }
    Task<Result<unsigned>> revoke_all(UserId user, Epoch epoch, Deadline by) override {
        time_to_revoke = by.remaining();
        if (away) co_return fail(Errc::unavailable, "away");
        auto ended = co_await real_.revoke_all(user, epoch, by);
        co_return ended;
    }
    Task<Result<std::vector<Session>>> list(UserId user, Deadline by) override { return real_.list(user, by); }
    Task<Result<void>> ping(Deadline by) override { return real_.ping(by); }
    std::string run_id() const override { return real_.run_id(); }

private:
    SessionStore& real_;
};

struct AdminWorld : World {
    Faulty faulty{*sessions};
    AccountAdmin admin{{*accounts, faulty, database, hashing}, {12, rules.throttle}};

    static Deadline soon() { return Deadline::after(10s); }
    static AccountDraft draft(std::string email, std::string_view password, std::string_view hash = "") {
        AccountDraft made;
        made.email = std::move(email);
        made.full_name = "Ada Lovelace";
        made.role = "student";
        made.password = Secret(password);
        made.password_hash = Secret(hash);
        return made;
    }
    proto::Outcome<Account> create(std::string email, std::string_view password, std::string_view hash = "") {
        return run_task(loop, admin.create(draft(std::move(email), password, hash), soon()));
    }
    Secret token() {
        auto answer = sign_in(request());
        REQUIRE(answer.has_value());
        return std::move(answer->token);
    }
};

void check_halfway(const proto::Outcome<unsigned>& ended, std::string_view done) {
    REQUIRE_FALSE(ended.has_value());
    CHECK(ended.error().code == ErrorCode::sessions_unavailable);
    CHECK(ended.error().retry_after.has_value());
    CHECK(ended.error().message.starts_with(done));
}

}  // namespace

TEST_CASE("an account that was created signs in, and its address is kept as given but for the blanks") {
    AdminWorld world;
    const auto account = world.create("  Ada@Example.org ", kPassword);
    REQUIRE(account.has_value());
    CHECK(account->email == "Ada@Example.org");
    CHECK(world.sign_in(World::request()).has_value());
    const auto again = world.create(kAddress, kPassword);
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().code == ErrorCode::conflict);
}

TEST_CASE("a password that breaks the policy is refused before it is hashed or stored") {
    AdminWorld world;
    for (const char* password : {"", "seven77", "password", kAddress}) {
        const auto account = world.create(kAddress, password);
        REQUIRE_FALSE(account.has_value());
        CHECK(account.error().code == ErrorCode::invalid_password);
    }
    CHECK(world.number("SELECT count(*) FROM users") == 0);
}

TEST_CASE("hashes made elsewhere are taken if they are of a known kind and not too costly") {
    AdminWorld world;
    const std::string tail = "$" + std::string(22, 'A') + "$" + std::string(43, 'A');
    const std::string bcrypt_tail(53, 'a');
    CHECK(world.create("a@example.org", "", "$2a$12$" + bcrypt_tail).has_value());
    CHECK(world.create("b@example.org", "", "$2y$04$" + bcrypt_tail).has_value());
    CHECK(world.create("c@example.org", "", "$argon2id$v=19$m=65536,t=3,p=1" + tail).has_value());
    for (const auto& hash : {"$2b$13$" + bcrypt_tail, "$2x$12$" + bcrypt_tail, "$argon2id$v=19$m=131073,t=1,p=1" + tail,
                             "$argon2id$v=19$m=65536,t=17,p=1" + tail, "$argon2i$v=19$m=65536,t=3,p=1" + tail,
                             std::string("plain text"), std::string("5f4dcc3b5aa765d61d8327deb882cf99")}) {
        INFO(hash);
        const auto account = world.create("d@example.org", "", hash);
        REQUIRE_FALSE(account.has_value());
        CHECK(account.error().code == ErrorCode::invalid_password);
    }
}

TEST_CASE(
    "a change whose sessions could not be ended is 503 that says what is committed, and ends them when repeated") {
    AdminWorld world;
    const UserId user = world.add().id;
    const Secret token = world.token();
    world.faulty.away = true;

    SECTION("the password") {
        const std::string_view fresh = "another fine battery";
        auto set = [&] {
            return run_task(world.loop, world.admin.set_password(user, Secret(fresh), AdminWorld::soon()));
        };
        check_halfway(set(), "The password is changed, but");
        CHECK_FALSE(world.sign_in(World::request()).has_value());  // the old one is gone already
        world.faulty.away = false;
        CHECK(set().has_value());
    }
    SECTION("disable") {
        auto disable = [&] { return run_task(world.loop, world.admin.disable(user, AdminWorld::soon())); };
        check_halfway(disable(), "The account is disabled, but");
        world.faulty.away = false;
        CHECK(disable().has_value());
    }
    SECTION("delete, though the account is gone when it is repeated") {
        auto remove = [&] { return run_task(world.loop, world.admin.remove(user, AdminWorld::soon())); };
        check_halfway(remove(), "The account is deleted, but");
        CHECK(world.number("SELECT count(*) FROM users") == 0);
        world.faulty.away = false;
        CHECK(remove() == 1U);
    }
    SECTION("the end of all sessions") {
        auto revoke = [&] { return run_task(world.loop, world.admin.revoke_all(user, AdminWorld::soon())); };
        check_halfway(revoke(), "The end of all sessions is recorded, but");
        world.faulty.away = false;
        CHECK(revoke() == 1U);
    }
    CHECK_FALSE(world.alive(token));
}

TEST_CASE("a caller whose time is nearly over leaves time to end the sessions all the same") {
    AdminWorld world;
    const UserId user = world.add().id;
    CHECK(run_task(world.loop, world.admin.disable(user, Deadline::after(900ms))).has_value());
    CHECK(world.faulty.time_to_revoke > 900ms);
}

TEST_CASE("administration of nobody is not found, and ends nothing") {
    AdminWorld world;
    const auto nobody = UserId{77};
    const auto by = AdminWorld::soon();
    CHECK(run_task(world.loop, world.admin.load(nobody, by)).error().code == ErrorCode::not_found);
    CHECK(
        run_task(world.loop, world.admin.set_password(nobody, Secret(std::string_view(kPassword)), by)).error().code ==
        ErrorCode::not_found);
    CHECK(run_task(world.loop, world.admin.disable(nobody, by)).error().code == ErrorCode::not_found);
    CHECK(run_task(world.loop, world.admin.enable(nobody, by)).error().code == ErrorCode::not_found);
    CHECK(run_task(world.loop, world.admin.remove(nobody, by)).error().code == ErrorCode::not_found);
    CHECK(run_task(world.loop, world.admin.revoke_all(nobody, by)).error().code == ErrorCode::not_found);
    CHECK(run_task(world.loop, world.admin.sessions(nobody, by)).error().code == ErrorCode::not_found);
    CHECK(run_task(world.loop, world.admin.find("nobody@example.org", by)).error().code == ErrorCode::not_found);
    CHECK(run_task(world.loop, world.admin.find("no address", by)).error().code == ErrorCode::invalid_email);
}

TEST_CASE("records of an import stand for themselves, until a dependency is away") {
    AdminWorld world;
    std::vector<AccountDraft> drafts;
    drafts.push_back(AdminWorld::draft("a@example.org", kPassword));
    drafts.push_back(AdminWorld::draft("no address", kPassword));
    drafts.push_back(AdminWorld::draft("b@example.org", kPassword));
    drafts.back().active = false;
    const auto outcomes = run_task(world.loop, world.admin.import(std::move(drafts), AdminWorld::soon()));
    REQUIRE(outcomes.size() == 3);
    CHECK(outcomes[0].has_value());
    CHECK(outcomes[1].error().code == ErrorCode::invalid_email);
    REQUIRE(outcomes[2].has_value());
    CHECK_FALSE(outcomes[2]->active);

    std::vector<AccountDraft> late;
    late.push_back(AdminWorld::draft("c@example.org", kPassword));
    late.push_back(AdminWorld::draft("d@example.org", kPassword));
    const auto refused = run_task(world.loop, world.admin.import(std::move(late), Deadline::after(0ms)));
    REQUIRE(refused.size() == 2);
    for (const auto& outcome : refused) {
        REQUIRE_FALSE(outcome.has_value());
        CHECK(proto::info(outcome.error().code).status == 503);
        CHECK(outcome.error().message.starts_with("Not tried"));
    }
}
