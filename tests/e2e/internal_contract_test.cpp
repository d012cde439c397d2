// The internal contract as callers meet it: what every operation answers whom. That the answers are those of
// proto/session.v1.yaml is tests/openapi's to say.
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/redis_server.hpp"
#include "support/session_service.hpp"

using namespace gatehouse::test;

namespace {

constexpr std::string_view kHeron = "heron-on-a-post";

struct Call {
    std::string_view method;
    std::string_view path;
    std::string body;  // well-formed
};

// Each operation that needs the scope `admin`.
const std::vector<Call>& administration() {
    static const std::vector<Call> calls{
        {"GET", "/v1/users", ""},
        {"POST", "/v1/users", golden("new_account")},
        {"POST", "/v1/users/lookup", golden("account_lookup")},
        {"POST", "/v1/users/import", golden("account_import")},
        {"GET", "/v1/users/1", ""},
        {"PATCH", "/v1/users/1", golden("account_change")},
        {"POST", "/v1/users/1/password", golden("new_password")},
        {"POST", "/v1/users/1/disable", ""},
        {"POST", "/v1/users/1/enable", ""},
        {"GET", "/v1/users/1/sessions", ""},
        {"POST", "/v1/users/1/sessions/revoke", golden("revoke_sessions_all")},
        {"GET", "/v1/lockouts", ""},
        {"POST", "/v1/lockouts/clear", golden("clear_lockout")},
        {"GET", "/v1/schema", ""},
        {"POST", "/v1/schema/apply", ""},
        {"DELETE", "/v1/users/1", ""},  // the last, for those who go through them in this order
    };
    return calls;
}

const std::vector<Call>& a_gateways() {
    static const std::vector<Call> calls{
        {"POST", "/v1/login", golden("login_request")},
        {"POST", "/v1/sessions/introspect", golden("introspect_request")},
        {"POST", "/v1/sessions/revoke", golden("revoke_tokens_request")},
    };
    return calls;
}

// A member that this version does not know, before all that are.
std::string of_a_later_version(std::string body) {
    if (body.size() > 1) body.insert(1, R"("of_a_later_version":{"a":[1,null]},)");
    return body;
}

struct InternalApi : SessionService {
    explicit InternalApi(const Variables& more = {}, std::string_view probe = "/readyz") : SessionService(more) {
        start();
        const bool there = eventually([&] { return admin_status(probe) == 200; }, std::chrono::seconds(30));
        INFO(process().output());
        REQUIRE(there);
    }

    HttpResponse ask(const Call& call, const std::string& credential, HttpHeaders more = {}) const {
        if (!credential.empty()) more.emplace_back("Authorization", "Bearer " + credential);
        return http(listen(), call.method, call.path, more, call.body);
    }
    HttpResponse admin(std::string_view method, std::string_view path, std::string body = "") const {
        return ask({method, path, std::move(body)}, admin_credential());
    }
    std::string create(const std::string& email) const {
        const auto made = admin("POST", "/v1/users",
                                R"({"email":")" + email + R"(","full_name":"Ada","role":"student","password":")" +
                                    std::string(kHeron) + "\"}");
        REQUIRE(made.status == 201);
        return "/v1/users/" + made.json("user_id");
    }
    HttpResponse login(std::string_view email, std::string_view password = kHeron) const {
        return post("/v1/login",
                    R"({"email":")" + std::string(email) + R"(","password":")" + std::string(password) + "\"}");
    }
    HttpResponse introspect(const std::string& token) const {
        return post("/v1/sessions/introspect", R"({"token":")" + token + "\"}");
    }
};

void check_refused(const HttpResponse& response, int status, std::string_view code) {
    INFO(response.body);
    CHECK(response.status == status);
    CHECK(response.json("error_code") == code);
}

}  // namespace

TEST_CASE("who has no credential is 401 everywhere, whose is disabled 403, and who lacks the scope too") {
    const InternalApi api;
    for (const Call& call : administration()) {
        INFO(call.method << ' ' << call.path);
        check_refused(api.ask(call, ""), 401, "NOT_AUTHENTICATED");
        check_refused(api.ask(call, api.gateway_credential()), 403, "FORBIDDEN");
    }
    for (const Call& call : a_gateways()) {
        INFO(call.path);
        check_refused(api.ask(call, ""), 401, "NOT_AUTHENTICATED");
        check_refused(api.ask(call, api.admin_credential()), 403, "FORBIDDEN");
    }
    const Call health{"GET", "/v1/health", ""};
    check_refused(api.ask(health, ""), 401, "NOT_AUTHENTICATED");
    check_refused(api.ask({"GET", "/v1/nothing", ""}, ""), 401, "NOT_AUTHENTICATED");
    check_refused(api.ask({"GET", "/v1/login", ""}, ""), 401, "NOT_AUTHENTICATED");
    check_refused(api.ask({"OPTIONS", "/v1/login", ""}, ""), 401, "NOT_AUTHENTICATED");
    for (const Call& call : std::vector<Call>{
             health, {"GET", "/v1/nothing", ""}, {"GET", "/v1/login", ""}, {"OPTIONS", "/v1/login", ""}}) {
        check_refused(api.ask(call, api.disabled_credential()), 403, "FORBIDDEN");
    }
    CHECK(api.ask(health, api.gateway_credential()).json("status") == "healthy");
    CHECK(api.ask(health, api.admin_credential()).json("status") == "healthy");
}

TEST_CASE("paths and methods of the internal API: 404, 405 with Allow, HEAD, OPTIONS") {
    const InternalApi api;
    check_refused(api.admin("GET", "/v1/nothing"), 404, "NOT_FOUND");
    const auto wrong = api.admin("GET", "/v1/login");
    check_refused(wrong, 405, "METHOD_NOT_ALLOWED");
    CHECK(wrong.header("Allow") == "POST, OPTIONS");
    CHECK(api.admin("PUT", "/v1/users/1").header("Allow") == "GET, HEAD, PATCH, DELETE, OPTIONS");
    const auto options = api.admin("OPTIONS", "/v1/users");
    CHECK(options.status == 204);
    CHECK(options.header("Allow") == "GET, HEAD, POST, OPTIONS");
    CHECK(api.admin("HEAD", "/v1/health").status == 200);
}

TEST_CASE("a deadline that is no number is 400 everywhere") {
    const InternalApi api;
    const HttpHeaders no_number{{"X-Request-Timeout-Ms", "soon"}};
    for (const Call& call : administration()) {
        INFO(call.method << ' ' << call.path);
        check_refused(api.ask(call, api.admin_credential(), no_number), 400, "INVALID_REQUEST");
    }
    for (const Call& call : a_gateways()) {
        check_refused(api.ask(call, api.gateway_credential(), no_number), 400, "INVALID_REQUEST");
    }
    check_refused(api.ask({"GET", "/v1/health", ""}, api.admin_credential(), no_number), 400, "INVALID_REQUEST");
}

TEST_CASE("as long as the database has not come, what asks it is 503, and a check is answered") {
    const InternalApi api({{"USER_STORE", "mysql"}, {"DB_HOST", "localhost"}, {"DB_SOCKET", "/nowhere/mysqld.sock"}},
                          "/livez");
    for (const Call& call : administration()) {
        INFO(call.method << ' ' << call.path);
        const auto late = api.ask(call, api.admin_credential());
        check_refused(late, 503, "DATABASE_UNAVAILABLE");
        CHECK(late.header("Retry-After") == late.json("retry_after"));
    }
    check_refused(api.ask(a_gateways().front(), api.gateway_credential()), 503, "DATABASE_UNAVAILABLE");
    CHECK(api.ask(a_gateways().at(1), api.gateway_credential()).json("active") == "false");
    CHECK(api.ask({"GET", "/v1/health", ""}, api.admin_credential()).json("database") == "unavailable");
}

TEST_CASE("an account from its creation to its end, and its sessions with it") {
    const InternalApi api;
    const auto path = api.create("ada@example.org");
    CHECK(api.admin("GET", path).json("email") == "ada@example.org");
    CHECK(api.admin("POST", "/v1/users/lookup", golden("account_lookup")).json("active") == "true");
    CHECK(api.admin("PATCH", path, golden("account_change")).json("full_name") == "Ada King");
    api.create("bob@example.org");
    CHECK(api.admin("GET", "/v1/users?limit=1").json("next") == "1");
    CHECK(api.admin("GET", "/v1/users?after=1").json("next") == "(absent)");

    const auto answer = api.login("ada@example.org");
    REQUIRE(answer.status == 200);
    const auto active = api.introspect(answer.json("token"));
    CHECK(active.json("active") == "true");
    CHECK(api.admin("GET", path + "/sessions").body.find(active.json("sid")) != std::string::npos);
    const auto one = R"({"sid":")" + active.json("sid") + "\"}";
    CHECK(api.admin("POST", path + "/sessions/revoke", one).json("sessions_ended") == "1");
    check_refused(api.admin("POST", path + "/sessions/revoke", one), 404, "NOT_FOUND");
    CHECK(api.introspect(answer.json("token")).json("active") == "false");
    CHECK(api.login("ada@example.org").status == 200);
    CHECK(api.admin("POST", path + "/sessions/revoke", golden("revoke_sessions_all")).json("sessions_ended") == "1");
    CHECK(api.admin("POST", path + "/password", golden("new_password")).json("user_id") == "1");
    CHECK(api.admin("POST", path + "/disable").status == 200);
    check_refused(api.login("ada@example.org"), 401, "INVALID_CREDENTIALS");
    CHECK(api.admin("POST", path + "/enable").json("active") == "true");
    CHECK(api.admin("DELETE", path).status == 200);
    check_refused(api.admin("GET", path), 404, "NOT_FOUND");
}

TEST_CASE("a user that does not exist is 404 for whatever is wanted of it, and so is one whose id is no number") {
    const InternalApi api;
    for (const Call& call : administration()) {
        if (!call.path.starts_with("/v1/users/1")) continue;
        INFO(call.method << ' ' << call.path);
        check_refused(api.ask(call, api.admin_credential()), 404, "NOT_FOUND");
        const Call no_number{call.method, "/v1/users/one", call.body};
        if (call.path == "/v1/users/1") check_refused(api.ask(no_number, api.admin_credential()), 404, "NOT_FOUND");
    }
    check_refused(api.admin("POST", "/v1/users/lookup", golden("account_lookup")), 404, "NOT_FOUND");
}

TEST_CASE("what is wrong with an account is named, and an address belongs to one account") {
    const InternalApi api;
    const auto path = api.create("ada@example.org");
    api.create("bob@example.org");
    const auto draft = [](std::string_view email, std::string_view password) {
        return R"({"email":")" + std::string(email) + R"(","full_name":"A","role":"r","password":")" +
               std::string(password) + "\"}";
    };
    check_refused(api.admin("POST", "/v1/users", draft("nobody", kHeron)), 400, "INVALID_EMAIL");
    check_refused(api.admin("POST", "/v1/users", draft("c@example.org", "short")), 400, "INVALID_PASSWORD");
    check_refused(api.admin("POST", "/v1/users", draft("ADA@example.org", kHeron)), 409, "CONFLICT");
    check_refused(api.admin("PATCH", path, R"({"email":"bob@example.org"})"), 409, "CONFLICT");
    check_refused(api.admin("PATCH", path, R"({"email":"nobody"})"), 400, "INVALID_EMAIL");
    check_refused(api.admin("POST", path + "/password", R"({"password":"short"})"), 400, "INVALID_PASSWORD");
    check_refused(api.admin("POST", "/v1/users/lookup", R"({"email":"nobody"})"), 400, "INVALID_EMAIL");
    check_refused(api.admin("POST", "/v1/lockouts/clear", R"({"email":"nobody"})"), 400, "INVALID_EMAIL");
    check_refused(api.admin("POST", path + "/sessions/revoke", R"({"sid":"x"})"), 400, "INVALID_REQUEST");
    check_refused(api.admin("GET", "/v1/users?limit=0"), 400, "INVALID_REQUEST");
    const auto report = api.admin("POST", "/v1/users/import", golden("account_import"));
    CHECK(report.status == 200);
    CHECK(report.body.find("CONFLICT") != std::string::npos);  // ada is there, grace was not
    CHECK(report.body.find("user_id") != std::string::npos);
    CHECK(api.admin("GET", "/v1/schema").status == 200);
    CHECK(api.admin("POST", "/v1/schema/apply").status == 200);
}

TEST_CASE("what is wrong with a sign-in is named, and too many failures are 429 and a lockout") {
    const InternalApi api;
    api.create("ada@example.org");
    check_refused(api.login("", kHeron), 400, "MISSING_EMAIL");
    check_refused(api.login("ada@example.org", ""), 400, "MISSING_PASSWORD");
    check_refused(api.login("nobody", kHeron), 400, "INVALID_EMAIL");
    check_refused(api.login("ada@example.org", "short"), 400, "INVALID_PASSWORD");
    check_refused(api.post("/v1/login", "{}"), 400, "INVALID_REQUEST");
    for (const auto* email : {"ada@example.org", "stranger@example.org"}) {
        for (int i = 0; i < 5; ++i) check_refused(api.login(email, "not the password"), 401, "INVALID_CREDENTIALS");
        check_refused(api.login(email), 429, "RATE_LIMIT_EXCEEDED");
    }
    const auto lockouts = api.admin("GET", "/v1/lockouts");
    CHECK(lockouts.body.find("ada@example.org") != std::string::npos);
    CHECK(lockouts.body.find("stranger") == std::string::npos);
    CHECK(api.admin("POST", "/v1/lockouts/clear", golden("clear_lockout")).json("attempts") == "5");
    CHECK(api.login("ada@example.org").status == 200);
}

TEST_CASE("a sign-in that finds no place to hash is a quick 503") {
    const InternalApi api(
        {{"HASHING_SLOTS", "1"}, {"HASHING_QUEUE", "0"}, {"ARGON2_MEMORY_KIB", "65536"}, {"ARGON2_PASSES", "6"}});
    const auto request = http_request("POST", "/v1/login", api.headers(), golden("login_request"));
    HttpConnection first(api.listen());
    HttpConnection second(api.listen());
    first.send(request);
    second.send(request);
    auto verified = first.receive();
    auto busy = second.receive();
    if (verified.status == 503) std::swap(verified, busy);
    check_refused(verified, 401, "INVALID_CREDENTIALS");
    check_refused(busy, 503, "HASHING_BUSY");
    CHECK(busy.header("Retry-After") == "1");
}

TEST_CASE("with Redis away a question is 503, in a batch an item, and nothing is a logout") {
    RedisServer redis;
    const InternalApi api({{"REDIS_URL", redis.unix_url()}});
    const auto path = api.create("ada@example.org");
    const auto token = api.login("ada@example.org").json("token");
    REQUIRE(api.introspect(token).json("active") == "true");
    redis.kill();
    check_refused(api.introspect(token), 503, "SESSIONS_UNAVAILABLE");
    const auto batch = api.post("/v1/sessions/introspect", R"({"items":[{"token":"no"},{"token":")" + token + "\"}]}");
    CHECK(batch.status == 200);
    CHECK(batch.body.find(R"({"active":false,"ref":)") != std::string::npos);  // what is no token is not looked up
    CHECK(batch.body.find(R"({"error_code":"SESSIONS_UNAVAILABLE","ref":)") != std::string::npos);
    check_refused(api.post("/v1/sessions/revoke", R"({"token":")" + token + "\"}"), 503, "SESSIONS_UNAVAILABLE");
    check_refused(api.admin("GET", path + "/sessions"), 503, "SESSIONS_UNAVAILABLE");
    const auto disabled = api.admin("POST", path + "/disable");
    check_refused(disabled, 503, "SESSIONS_UNAVAILABLE");
    CHECK(disabled.json("message").starts_with("The account is disabled, but"));
    CHECK(api.ask({"GET", "/v1/health", ""}, api.admin_credential()).json("sessions") == "unavailable");
}

TEST_CASE("a caller of a later version is understood: members that are not known are ignored in every request") {
    const InternalApi api;
    const auto ask = [&](const Call& call, const std::string& credential) {
        INFO(call.method << ' ' << call.path);
        const auto response = api.ask({call.method, call.path, of_a_later_version(call.body)}, credential);
        INFO(response.body);
        CHECK(response.status / 100 == 2);
        return response;
    };
    static_cast<void>(ask(administration().at(1), api.admin_credential()));  // creates user 1
    const auto login =
        ask({"POST", "/v1/login", R"({"email":"ada@example.org","password":"heron-on-a-post","client":{"later":1}})"},
            api.gateway_credential());
    const auto token = R"({"later":"x","token":")" + login.json("token") + "\"}";
    CHECK(ask({"POST", "/v1/sessions/introspect", token}, api.gateway_credential()).json("active") == "true");
    const auto batch =
        ask({"POST", "/v1/sessions/introspect", R"({"items":[)" + token + "]}"}, api.gateway_credential());
    CHECK(batch.body.find(R"("active":true)") != std::string::npos);
    CHECK(ask({"POST", "/v1/sessions/revoke", token}, api.gateway_credential()).json("revoked") == "1");
    for (const Call& call : administration()) {
        const bool made = call.method == "POST" && call.path == "/v1/users";
        if (!made) static_cast<void>(ask(call, api.admin_credential()));
    }
}
