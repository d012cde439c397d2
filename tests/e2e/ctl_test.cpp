// Every command of gatehousectl against a real gatehouse-session: that it does what it says, and its likeliest mistake.
// The commands that change accounts and sessions run on both pairs of stores.
#include <algorithm>
#include <fstream>

#include "crypto/password.hpp"
#include "ctl_world.hpp"

using namespace gatehouse;
using namespace gatehouse::test;

namespace {

constexpr const char* kPassword = "heron on a post";
// crypt(3) of "old-flask-password", cost 4; the same words under another cost are not needed.
constexpr const char* kBcrypt = "$2b$04$n8N6uVYjdDeNY98F4HGlduDzgd5iNbyYXE/lqkMlcQSIZLOp5jFqq";

Stores each_pair_of_stores() { return GENERATE(Stores::embedded, Stores::servers); }

}  // namespace

TEST_CASE("users are created, shown, listed and changed") {
    CtlWorld world(each_pair_of_stores());
    world.start_and_get_ready();
    CHECK(has(world.done({"users", "create", " Ada@Example.org ", "--name", "Ada Lovelace", "--role", "student",
                          "--password-stdin"},
                         "heron on a post\n"),
              "Created user 1 (Ada@Example.org)"));
    CHECK(world.login(kAda, kPassword).status == 200);

    CHECK(has(world.done({"users", "show", "ada@EXAMPLE.org"}), "Ada Lovelace"));
    CHECK(has(world.done({"--json", "users", "show", "1"}),
              R"("email":"Ada@Example.org","role":"student","status":"active")"));
    CHECK(has(world.done({"users", "update", "1", "--role", "staff", "--email", "king@example.org"}),
              "king@example.org"));
    CHECK(world.login("king@example.org", kPassword).json("user.role") == "staff");
    CHECK(world.login(kAda, kPassword).status == 401);

    world.create("b@example.org", kPassword);
    world.create("c@example.org", kPassword);
    const auto first = world.ctl({"users", "list", "--limit", "2"});
    CHECK(first.status == 0);
    CHECK(has(first.out, "b@example.org"));
    CHECK_FALSE(has(first.out, "c@example.org"));
    CHECK(has(first.err, "--after 2"));
    CHECK(has(world.done({"users", "list", "--after", "2"}), "c@example.org"));
    const auto all = world.done({"users", "list", "--all"});
    CHECK(std::ranges::count(all, '\n') == 4);
}

TEST_CASE("what cannot be created or found is refused with the reason and exit code 1") {
    CtlWorld world(each_pair_of_stores());
    world.start_and_get_ready();
    world.create(kAda, kPassword);
    const auto refused = [&](std::vector<std::string> arguments, const std::string& input, std::string_view why) {
        const auto ran = world.ctl(std::move(arguments), input);
        INFO(ran.err);
        CHECK(ran.status == 1);
        CHECK(ran.out.empty());
        CHECK(has(ran.err, why));
    };
    refused({"users", "create", "ADA@example.org", "--name", "A", "--password-stdin"}, kPassword,
            "belongs to another account");
    refused({"users", "create", "b@example.org", "--name", "B", "--password-stdin"}, "password", "most common");
    refused({"users", "create", "b@example.org", "--name", "B", "--password-stdin"}, "short", "at least 8");
    refused({"users", "create", "herons-b@example.org", "--name", "B", "--password-stdin"}, "herons-b", "before its @");
    refused({"users", "create", "not-an-address", "--name", "B", "--password-stdin"}, kPassword, "mail");
    refused({"users", "create", "b@example.org", "--name", "B", "--role", "", "--password-stdin"}, kPassword, "role");
    refused({"users", "show", "77"}, "", "no such user");
    refused({"users", "show", "nobody@example.org"}, "", "no such user");
    refused({"users", "disable", "77"}, "", "no such user");
    refused({"users", "delete", "77", "--yes"}, "", "no such user");
    refused({"sessions", "revoke", kAda, "0123456789abcdef"}, "", "no such session");
    refused({"sessions", "revoke", kAda, "?"}, "", "16 digits");
    CHECK(world.ctl({"users", "show", "Ada"}).status == 2);
    CHECK(world.ctl({"users", "create", "b@example.org", "--name", "B", "--password-stdin"}, "").status == 2);
    const auto json = world.ctl({"--json", "users", "show", "77"});
    CHECK(has(json.err, R"("error_code":"NOT_FOUND","exit_code":1)"));
}

TEST_CASE("a new password ends every session and replaces the old one") {
    CtlWorld world(each_pair_of_stores());
    world.start_and_get_ready();
    world.create(kAda, kPassword);
    const auto token = world.token(kAda, kPassword);
    REQUIRE(world.alive(token));
    CHECK(has(world.done({"users", "set-password", kAda, "--password-stdin"}, "two herons on a post"),
              "1 session ended"));
    CHECK_FALSE(world.alive(token));
    CHECK(world.login(kAda, kPassword).status == 401);
    CHECK(world.login(kAda, "two herons on a post").status == 200);
    CHECK(world.ctl({"users", "set-password", kAda, "--password-stdin"}, kAda).status == 1);
    CHECK_FALSE(has(world.log(), "heron"));
}

TEST_CASE("disable ends sessions at once and forbids sign-in until enable") {
    CtlWorld world(each_pair_of_stores());
    world.start_and_get_ready();
    world.create(kAda, kPassword);
    const auto token = world.token(kAda, kPassword);
    CHECK(has(world.done({"users", "disable", kAda}), "1 session ended"));
    CHECK_FALSE(world.alive(token));
    CHECK(world.login(kAda, kPassword).status == 401);
    CHECK(has(world.done({"users", "show", kAda}), "disabled"));
    world.done({"users", "enable", kAda});
    CHECK_FALSE(world.alive(token));
    CHECK(world.login(kAda, kPassword).status == 200);
}

TEST_CASE("delete asks first, ends the sessions, and may be repeated") {
    CtlWorld world(each_pair_of_stores());
    world.start_and_get_ready();
    world.create(kAda, kPassword);
    const auto token = world.token(kAda, kPassword);
    const auto unconfirmed = world.ctl({"users", "delete", kAda});
    CHECK(unconfirmed.status == 2);
    CHECK(has(unconfirmed.err, "--yes"));
    CHECK(world.alive(token));
    CHECK(has(world.done({"users", "delete", kAda, "--yes"}), "1 session ended"));
    CHECK_FALSE(world.alive(token));
    CHECK(world.login(kAda, kPassword).status == 401);
    CHECK(has(world.done({"users", "delete", "1", "--yes"}), "0 sessions ended"));
    world.create(kAda, kPassword);  // the address is free again
}

TEST_CASE("sessions are listed and ended, one or all") {
    CtlWorld world(each_pair_of_stores());
    world.start_and_get_ready();
    world.create(kAda, kPassword);
    CHECK(has(world.done({"sessions", "list", kAda}), "No session"));
    const auto first = world.token(kAda, kPassword);
    const auto second = world.token(kAda, kPassword);
    const auto third = world.token(kAda, kPassword);
    const auto list = world.done({"--json", "sessions", "list", kAda});
    CHECK_FALSE(has(list, first));
    const auto sid = list.substr(list.find(R"("sid":")") + 7, 16);  // the newest
    CHECK(has(world.done({"sessions", "list", kAda}), sid));
    CHECK(has(world.done({"sessions", "revoke", kAda, sid}), "Ended 1 session of"));
    CHECK(world.alive(first) + world.alive(second) + world.alive(third) == 2);
    CHECK(has(world.done({"sessions", "revoke", kAda, "--all"}), "Ended 2 sessions of"));
    CHECK(world.alive(first) + world.alive(second) + world.alive(third) == 0);
    CHECK(world.login(kAda, kPassword).status == 200);
}

TEST_CASE("lockouts are listed and cleared, of unknown addresses too") {
    CtlWorld world(each_pair_of_stores());
    world.start_and_get_ready();
    world.create(kAda, kPassword);
    CHECK(has(world.done({"lockouts", "list"}), "No lockouts"));
    for (int n = 0; n < 5; ++n) {
        CHECK(world.login(kAda, "not the password").status == 401);
        CHECK(world.login("nobody@example.org", "not the password").status == 401);
    }
    CHECK(world.login(kAda, kPassword).status == 429);
    const auto list = world.done({"lockouts", "list"});
    CHECK(has(list, kAda));
    CHECK(has(list, "unknown address"));
    CHECK_FALSE(has(list, "nobody@example.org"));
    CHECK(has(world.done({"lockouts", "clear", kAda}), "Forgot 5"));
    CHECK(world.login(kAda, kPassword).status == 200);
    CHECK(has(world.done({"lockouts", "clear", "nobody@example.org"}), "Forgot 5"));
    CHECK(has(world.done({"lockouts", "clear", "nobody@example.org"}), "had no failed"));
    CHECK(world.ctl({"lockouts", "clear", "no-address"}).status == 1);
}

TEST_CASE("imported users sign in with the password they had, and refused lines are named") {
    CtlWorld world(each_pair_of_stores());
    world.start_and_get_ready();
    world.create(kAda, kPassword);
    const auto argon2 = crypto::hash_password("new-service-password", {8 * 1024, 1}).value();
    std::ofstream(world.directory() / "users.jsonl")
        << R"({"email":"flask@example.org","full_name":"F","role":"student","password_hash":")" << kBcrypt << "\"}\n"
        << "\n"
        << R"({"email":"argon@example.org","full_name":"A","role":"staff","password_hash":")" << argon2 << "\"}\r\n"
        << R"({"email":"plain@example.org","full_name":"P","role":"staff","password":"three herons","status":"disabled"})"
           "\n"
        << R"({"email":"md5@example.org","full_name":"M","role":"r","password_hash":"$1$abcdefgh$abcdefghijklmnopqrstuv"})"
           "\n"
        << R"({"email":"slow@example.org","full_name":"S","role":"r","password_hash":"$2b$13$)" << std::string(53, 'a')
        << "\"}\n"
        << R"({"email":"ADA@example.org","full_name":"A","role":"r","password":"three herons"})"
           "\n"
        << R"({"email":"weak@example.org","full_name":"W","role":"r","password":"password"})"
           "\n"
        << "not JSON\n"
        << std::string(9000, ' ') << "\n"
        << R"({"email":"last@example.org","full_name":"L","role":"r","password":"three herons"})";
    const auto ran = world.ctl({"users", "import", world.directory() / "users.jsonl"});
    INFO(ran.err);
    CHECK(ran.status == 1);
    CHECK(has(ran.out, "4 created, 0 there already, 6 refused"));
    CHECK(has(ran.err, "line 5: The hash is neither argon2id"));
    CHECK(has(ran.err, "line 6: The bcrypt hash has cost 13, above BCRYPT_MAX_COST=12"));
    CHECK(has(ran.err, "line 7: The e-mail address belongs to another account"));
    CHECK(has(ran.err, "line 8: The password is one of the most common ones"));
    CHECK(has(ran.err, "line 9: "));
    CHECK(has(ran.err, "line 10: the line is longer than 8192 bytes"));
    CHECK(world.login("last@example.org", "three herons").status == 200);
    CHECK(world.login("flask@example.org", "old-flask-password").status == 200);
    CHECK(world.login("flask@example.org", "another-password").status == 401);
    CHECK(world.login("argon@example.org", "new-service-password").status == 200);
    CHECK(world.login("plain@example.org", "three herons").status == 401);
    world.done({"users", "enable", "plain@example.org"});
    CHECK(world.login("plain@example.org", "three herons").status == 200);
}

TEST_CASE("an import of several batches can be run again") {
    CtlWorld world(each_pair_of_stores());
    world.start_and_get_ready();
    std::string lines;
    for (int n = 0; n < 250; ++n) {
        lines += fmt::format(R"({{"email":"u{}@example.org","full_name":"U","role":"r","password_hash":"{}"}})"
                             "\n",
                             n, kBcrypt);
    }
    CHECK(has(world.done({"users", "import", "-"}, lines), "250 created, 0 there already, 0 refused"));
    CHECK(world.login("u249@example.org", "old-flask-password").status == 200);
    CHECK(world.done({"--json", "users", "import", "-", "--skip-existing"}, lines) ==
          "{\"created\":0,\"existing\":250,\"refused\":[]}\n");
    const auto again = world.ctl({"users", "import", "-"}, lines);
    CHECK(again.status == 1);
    CHECK(has(again.err, "line 250: "));
    const auto all = world.done({"users", "list", "--all"});
    CHECK(std::ranges::count(all, '\n') == 251);
    CHECK(world.ctl({"users", "import", "/nonexistent"}).status == 2);
}

TEST_CASE("the schema is planned and applied, and then the service is ready") {
    CtlWorld world(each_pair_of_stores(), {{"DB_MIGRATE", "off"}});
    world.start();
    const auto plan = world.done({"db", "plan", "--wait", "30"});
    CHECK(has(plan, "CREATE TABLE"));
    CHECK(has(plan, "to apply"));
    CHECK(world.ctl({"healthcheck", "session"}).status == 1);
    const auto early = world.ctl({"users", "list"});
    CHECK(early.status == 3);
    CHECK(has(early.err, "db plan"));
    CHECK(has(world.done({"db", "apply"}), "up to date"));
    CHECK(has(world.done({"db", "plan"}), "up to date"));
    CHECK(has(world.done({"healthcheck", "session", "--wait", "30"}), "session: ready"));
    world.create(kAda, kPassword);
}

TEST_CASE("with --wait the service is asked until it is there; when the time is over the answer is as without") {
    CtlWorld world;
    const auto begun = std::chrono::steady_clock::now();
    const auto unhealthy = world.ctl({"healthcheck", "session", "--wait", "1"});
    CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::seconds(1));
    CHECK(unhealthy.status == 1);
    CHECK(unhealthy.out == world.ctl({"healthcheck", "session"}).out);
    const auto unreached = world.ctl({"db", "apply", "--wait", "1"});
    CHECK(unreached.status == 3);
    CHECK(has(unreached.err, "cannot reach the session service"));

    const auto in_background = [&](std::vector<std::string> arguments, const std::string& output) {
        arguments.insert(arguments.begin(),
                         {GATEHOUSE_BIN_DIR "/gatehousectl", "--data", world.directory().path().string()});
        return Process(std::move(arguments), world.directory() / output, {{"PATH", "/usr/bin:/bin"}});
    };
    auto health = in_background({"healthcheck", "session", "--wait", "30"}, "health.log");
    auto plan = in_background({"db", "plan", "--wait", "30"}, "plan.log");
    world.start();
    CHECK(health.wait(std::chrono::seconds(40)) == 0);
    CHECK(plan.wait(std::chrono::seconds(40)) == 0);
    CHECK(has(plan.output(), "The database is up to date"));
    CHECK(health.output() == "session: ready\n");
}
