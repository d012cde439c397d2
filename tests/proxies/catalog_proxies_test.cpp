// The example service called in three ways: behind nginx, behind Caddy (and HAProxy), and by asking the session
// service.
#include "../e2e/catalog_world.hpp"
#include "support/catch.hpp"
#include "support/reverse_proxy.hpp"

using namespace gatehouse::test;

namespace {

DeploymentOptions with_proxies() {
    DeploymentOptions options;
    options.gateway = {{"TRUSTED_PROXIES", "127.0.0.1"}};
    return options;
}

void check_listed(const HttpResponse& books, const SignedIn& who) {
    INFO(books.body);
    CHECK(books.status == 200);
    CHECK(books.json("user_id") == who.response.json("user.user_id"));
    CHECK(books.body.contains(R"("title":"Emma","author":"Jane Austen")"));
}

void check_refused(const HttpResponse& books) {
    INFO(books.body);
    CHECK(books.status == 401);
    CHECK(books.json("error_code") == "NOT_AUTHENTICATED");
}

}  // namespace

TEST_CASE("the catalogue knows its user behind a forward-auth proxy") {
    const auto kind = GENERATE(ProxyKind::nginx, ProxyKind::caddy, ProxyKind::haproxy);
    INFO(name_of(kind));
    CatalogWorld world(Stores::embedded, with_proxies());
    world.start_behind("127.0.0.1");
    const ReverseProxy proxy({kind, world.deployment().gateway(), world.listen()});
    const auto jane = world.deployment().sign_in("jane@example.org");

    check_listed(proxy.ask("app", "/books", {"GET", {{"Cookie", jane.cookie}}}), jane);
    CHECK(world.views_of(jane.response.json("user.user_id")) == "2");
    check_refused(proxy.ask("app", "/books"));
    check_refused(proxy.ask("app", "/books", {"GET", {{"Remote-User", "1"}}, "", true}));
    const HttpHeaders as_another{{"Cookie", jane.cookie}, {"Remote-User", "2"}, {"Remote_User", "2"}};
    check_listed(proxy.ask("app", "/books", {"GET", as_another, "", true}), jane);
    CHECK(world.views_of("2") == "0");

    REQUIRE(world.deployment().logout(jane).status == 200);
    check_refused(proxy.ask("app", "/books", {"GET", {{"Cookie", jane.cookie}}}));
}

TEST_CASE("the catalogue knows its user by asking the session service, and believes no header") {
    CatalogWorld world(Stores::embedded, with_proxies());
    world.start_introspecting();
    const auto jane = world.deployment().sign_in("jane@example.org");
    check_listed(world.books({{"Cookie", jane.cookie}}), jane);
    check_refused(world.books({{"Remote-User", "1"}}));
    check_listed(world.books({{"Cookie", jane.cookie}, {"Remote-User", "2"}}), jane);
}
