// The example service with the real binaries: by direct introspection of the gateway's cookie, and behind a proxy.
#include <string>

#include "catalog_world.hpp"
#include "outage.hpp"
#include "support/catch.hpp"

namespace gatehouse::test {
namespace {

void check_nobody(const HttpResponse& response) {
    INFO(response.body);
    CHECK(response.status == 401);
    CHECK(response.json("error_code") == "NOT_AUTHENTICATED");
    CHECK(response.header("WWW-Authenticate") == "Session realm=\"gatehouse\"");
}

}  // namespace

TEST_CASE("the catalogue lists the books for who is signed in at the gateway, and notes the view") {
    const auto stores = GENERATE(Stores::embedded, Stores::servers);
    DYNAMIC_SECTION(name_of(stores)) {
        CatalogWorld world(stores);
        world.start_introspecting();
        const auto jane = world.deployment().sign_in("jane@example.org");

        const auto books = world.books({{"Cookie", jane.cookie}});
        INFO(books.body << world.process().output());
        REQUIRE(books.status == 200);
        CHECK(books.json("user_id") == jane.response.json("user.user_id"));
        CHECK(books.body.contains(R"("title":"Emma","author":"Jane Austen","available_copies":1)"));
        CHECK(books.body.contains(R"("title":"Ärger & Co")"));
        CHECK(books.header("Cache-Control") == "no-store");
        CHECK(world.views_of(jane.response.json("user.user_id")) == "2");

        check_nobody(world.books());
        const std::string another = "session=1" + std::string(55, 'A');
        check_nobody(world.books({{"Cookie", another}}));
        check_nobody(world.books(
            {{"Cookie", another + "; " + world.deployment().sign_in("jane@example.org").cookie + "; " + jane.cookie}}));
        check_nobody(world.books({{"Cookie", "session=nonsense"}}));
        check_nobody(world.books({{"Remote-User", "1"}}));
        CHECK(world.views_of(jane.response.json("user.user_id")) == "2");
        CHECK(world.books({{"Cookie", another + "; " + jane.cookie}}).status == 200);  // planted by another host

        REQUIRE(world.deployment().logout(jane).status == 200);
        check_nobody(world.books({{"Cookie", jane.cookie}}));
    }
}

TEST_CASE("the catalogue answers an outage with 503, never with 401, and serves again after it") {
    const auto stores = GENERATE(Stores::embedded, Stores::servers);
    DYNAMIC_SECTION(name_of(stores)) {
        CatalogWorld world(stores);
        world.start_introspecting();
        const auto jane = world.deployment().sign_in("jane@example.org");
        const HttpHeaders cookie{{"Cookie", jane.cookie}};
        REQUIRE(world.books(cookie).status == 200);

        world.deployment().session_process().freeze();
        check_unavailable(world.books(cookie), "SERVICE_UNAVAILABLE");
        world.deployment().session_process().thaw();
        CHECK(eventually([&] { return world.books(cookie).status == 200; }));

        if (stores == Stores::servers) {
            world.deployment().redis().kill();
            check_unavailable(world.books(cookie), "SESSIONS_UNAVAILABLE");
            world.deployment().redis().start();
            CHECK(eventually([&] { return world.books(cookie).status == 200; }));
            world.deployment().mariadb().kill();
            check_unavailable(world.books(cookie), "DATABASE_UNAVAILABLE");
        }
    }
}

TEST_CASE("behind a proxy the catalogue believes the proxy's Remote-User, and nobody else's") {
    CatalogWorld world(Stores::embedded);
    SECTION("the proxy's") {
        world.start_behind("127.0.0.1");
        CHECK(world.books({{"Remote-User", "1"}}).json("user_id") == "1");
        CHECK(world.views_of("1") == "2");
        check_nobody(world.books());
        check_nobody(world.books({{"Remote-User", ""}}));
        check_nobody(world.books({{"Remote-User", "1"}, {"Remote-User", "2"}}));
        check_nobody(world.books({{"Remote-User", "1, 2"}}));
        check_nobody(world.books({{"Remote-User", "jane"}}));
        check_nobody(world.books({{"Remote_User", "1"}}));
    }
    SECTION("another peer's") {
        world.start_behind("192.0.2.1");
        check_nobody(world.books({{"Remote-User", "1"}}));
        check_nobody(world.books({{"Remote-User", "1"}, {"X-Forwarded-For", "192.0.2.1"}}));
        CHECK(world.views_of("1") == "0");
    }
}

TEST_CASE("a catalogue that lacks what it needs says so at start, all of it at once") {
    const TempDir directory;
    Process process(
        {GATEHOUSE_BIN_DIR "/gatehouse-example-catalog"}, directory / "log",
        {{"CATALOG_LISTEN", "nowhere"}, {"SESSION_URL", "10.1.2.3:8081"}, {"TRUST_IDENTITY_HEADER_FROM", "::1"}});
    CHECK(process.wait() == 1);
    const auto said = process.output();
    INFO(said);
    CHECK(said.contains("CATALOG_LISTEN "));
    CHECK(said.contains("SESSION_URL would send passwords over a network"));
    CHECK(said.contains(
        "SESSION_CREDENTIAL is missing; make one with: gatehousectl credentials new catalog --scopes introspect"));
    CHECK(said.contains("did you mean TRUST_IDENTITY_HEADERS_FROM?"));
}

TEST_CASE("the catalogue says what it does not serve, and ends when it is told to") {
    CatalogWorld world(Stores::embedded);
    world.start_behind("127.0.0.1");
    CHECK(http(world.listen(), "GET", "/nothing").status == 404);
    const auto post = http(world.listen(), "POST", "/books", {{"Remote-User", "1"}}, "{}");
    CHECK(post.status == 405);
    CHECK(post.header("Allow") == "GET, HEAD");
    world.process().signal(15);
    CHECK(world.process().wait() == 0);
}

}  // namespace gatehouse::test
