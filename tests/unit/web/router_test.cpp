#include "web/router.hpp"

#include "support/catch.hpp"

namespace gatehouse::web {
namespace {

using Handle = int;
constexpr Route<Handle> routes[] = {
    {{Method::get, "/"}, 0},
    {{Method::post, "/auth/login"}, 1},
    {{Method::get, "/auth/sessions"}, 2},
    {{Method::delete_, "/auth/sessions/{}"}, 3},
    {{Method::get, "/users/{}/roles/{}"}, 4},
    {{Method::put, "/users/{}/roles/{}"}, 5},
    {{Method::get, "/auth/login"}, 6},
    {{Method::any, "/ask"}, 7},
    {{Method::any, "/ask/{*}"}, 8},
    {{Method::any, "/ask;role={}/{*}"}, 9},
};
constexpr auto keys = keys_of(routes);

Routing route(Method method, std::string_view path) {
    std::vector<std::string_view> ignored;
    return find_route(keys, method, path, ignored);
}
bool is_not_found(Method method, std::string_view path) {
    return std::holds_alternative<NotFound>(route(method, path));
}

}  // namespace

TEST_CASE("a route is found by method and path") {
    CHECK(std::get<std::size_t>(route(Method::get, "/")) == 0);
    CHECK(std::get<std::size_t>(route(Method::post, "/auth/login")) == 1);
    CHECK(std::get<std::size_t>(route(Method::get, "/auth/login")) == 6);
}

TEST_CASE("what stands for a segment is handed over, of the route that matched only") {
    std::vector<std::string_view> parameters;
    CHECK(std::get<std::size_t>(find_route(keys, Method::put, "/users/a%2Fb/roles/c", parameters)) == 5);
    CHECK(parameters == std::vector<std::string_view>{"a%2Fb", "c"});
    parameters.clear();
    CHECK(std::get<std::size_t>(find_route(keys, Method::delete_, "/auth/sessions/0", parameters)) == 3);
    CHECK(parameters == std::vector<std::string_view>{"0"});
    parameters.clear();
    CHECK(std::holds_alternative<WrongMethod>(find_route(keys, Method::post, "/users/a/roles/b", parameters)));
    CHECK(parameters.empty());
}

TEST_CASE("a path is matched byte by byte") {
    for (const auto* path :
         {"", "/auth", "/auth/login/", "/auth//login", "//", "/AUTH/login", "/auth/login%20", "/auth/sessions/",
          "/auth/sessions/a/b", "/users//roles/a", "/users/a/roles/", "/users/a"}) {
        INFO(path);
        CHECK(is_not_found(Method::get, path));
        CHECK(is_not_found(Method::options, path));
    }
}

TEST_CASE("HEAD is answered by GET's route") {
    CHECK(std::get<std::size_t>(route(Method::head, "/auth/sessions")) == 2);
    CHECK(is_not_found(Method::head, "/nothing"));
    CHECK(std::get<WrongMethod>(route(Method::head, "/auth/sessions/a")).allow == "DELETE, OPTIONS");
}

TEST_CASE("a known path with another method is 405 with what it allows") {
    CHECK(std::get<WrongMethod>(route(Method::put, "/auth/login")).allow == "GET, HEAD, POST, OPTIONS");
    CHECK(std::get<WrongMethod>(route(Method::other, "/")).allow == "GET, HEAD, OPTIONS");
    CHECK(std::get<WrongMethod>(route(Method::get, "/auth/sessions/a")).allow == "DELETE, OPTIONS");
}

TEST_CASE("OPTIONS is answered from the table, for the whole server too") {
    CHECK(std::get<Options>(route(Method::options, "/auth/login")).allow == "GET, HEAD, POST, OPTIONS");
    CHECK(std::get<Options>(route(Method::options, "/users/a/roles/b")).allow == "GET, HEAD, PUT, OPTIONS");
    CHECK(std::get<Options>(route(Method::options, "*")).allow == "OPTIONS");
}

TEST_CASE("a route of any method takes every one, so that none is answered from the table") {
    for (const auto method : {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::delete_,
                              Method::options, Method::other}) {
        INFO(to_string(method));
        CHECK(std::get<std::size_t>(route(method, "/ask")) == 7);
        CHECK(std::get<std::size_t>(route(method, "/ask/a/b")) == 8);
    }
}

TEST_CASE("what follows a prefix is handed over whole, and may be nothing") {
    std::vector<std::string_view> parameters;
    for (const std::string_view rest : {"", "a", "a/b/", "/a", "%2F;x"}) {
        const std::string path = "/ask/" + std::string(rest);
        INFO(path);
        CHECK(std::get<std::size_t>(find_route(keys, Method::get, path, parameters)) == 8);
        CHECK(parameters == std::vector<std::string_view>{rest});
    }
    CHECK(std::get<std::size_t>(find_route(keys, Method::get, "/ask;role=a,b/c/d", parameters)) == 9);
    CHECK(parameters == std::vector<std::string_view>{"a,b", "c/d"});
    for (const auto* path : {"/asks", "/ask;", "/ask;role=a", "/ask;role=/a", "/as"}) {
        INFO(path);
        CHECK(is_not_found(Method::get, path));
    }
}

TEST_CASE("a pattern that does not match leaves the parameters as they were") {
    std::vector<std::string_view> parameters{"before"};
    CHECK_FALSE(match_path("/a/{}/b", "/a/x/c", parameters));
    CHECK(parameters == std::vector<std::string_view>{"before"});
    CHECK(match_path("/a/{}/b", "/a/x/b", parameters));
    CHECK(parameters == std::vector<std::string_view>{"before", "x"});
}

}  // namespace gatehouse::web
