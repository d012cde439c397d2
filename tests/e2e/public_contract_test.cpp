// The public contract, over both store pairs: every listed path and code, as a client sees them.
#include "support/catch.hpp"
#include "support/deployment.hpp"
#include "support/golden.hpp"

using namespace gatehouse::test;

namespace {

// One deployment per pair for the whole file: the cases use addresses of their own.
Deployment& shared(Stores stores) {
    static Deployment embedded({Stores::embedded, {}, {{"ALLOWED_ORIGINS", "https://app.example.org"}}});
    if (stores == Stores::embedded) return embedded;
    static Deployment servers({Stores::servers, {}, {{"ALLOWED_ORIGINS", "https://app.example.org"}}});
    return servers;
}

Deployment& each_pair() {
    const auto stores = GENERATE(Stores::embedded, Stores::servers);
    UNSCOPED_INFO(name_of(stores));
    return shared(stores);
}

std::string new_user(Deployment& deployment) {
    static int number = 0;
    auto email = "user" + std::to_string(++number) + "@example.org";
    deployment.create_user(email);
    return email;
}

// Of whom nobody has heard, and whose address is not throttled yet.
std::string stranger() {
    static int number = 0;
    return "stranger" + std::to_string(++number) + "@example.org";
}

void check_failure(const HttpResponse& response, int status, std::string_view code) {
    INFO(response.body);
    CHECK(response.status == status);
    CHECK(response.json("success") == "false");
    CHECK(response.json("error_code") == code);
    CHECK(response.json("message") != "(absent)");
    CHECK(response.json("request_id") == response.header("X-Request-Id"));
}

}  // namespace

TEST_CASE("a sign-in answers the user, a CSRF token and one host-only HttpOnly cookie") {
    auto& deployment = each_pair();
    const auto email = new_user(deployment);
    const auto response = deployment.login(email);
    REQUIRE(response.status == 200);
    CHECK(response.json("success") == "true");
    CHECK(response.json("message") == "Login successful");
    CHECK(response.json("user.full_name") == "Jane Doe");
    CHECK(response.json("user.email") == email);
    CHECK(response.json("user.role") == "student");
    CHECK(std::stoll(response.json("user.user_id")) > 0);
    CHECK(response.json("csrf_token").size() == 22);
    CHECK(response.count("Set-Cookie") == 1);
    const auto cookie = response.header("Set-Cookie");
    CHECK(cookie.starts_with("session=1"));
    for (const auto* attribute : {"; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age=86400"}) {
        INFO(cookie);
        CHECK(cookie.find(attribute) != std::string::npos);
    }
    CHECK(cookie.find("Domain") == std::string::npos);
}

TEST_CASE("a check answers who it is, and after sign-out nobody") {
    auto& deployment = each_pair();
    const auto email = new_user(deployment);
    const auto who = deployment.sign_in(email);
    const auto before = deployment.check(who);
    REQUIRE(before.status == 200);
    CHECK(before.json("success") == "true");
    CHECK(before.json("authenticated") == "true");
    CHECK(before.json("user.email") == email);
    CHECK(before.json("csrf_token") == who.csrf_token);
    CHECK(before.count("Set-Cookie") == 0);

    const auto out = deployment.logout(who);
    CHECK(out.status == 200);
    CHECK(out.json("message") == "Logout successful");
    CHECK(out.header("Set-Cookie").find("Max-Age=0") != std::string::npos);

    const auto after = deployment.check(who);
    check_failure(after, 401, "NOT_AUTHENTICATED");
    CHECK(after.json("authenticated") == "false");
    CHECK(after.header("WWW-Authenticate") == "Session realm=\"gatehouse\"");
    CHECK(after.count("Set-Cookie") == 0);
}

TEST_CASE("unknown, disabled and wrong password are answered alike") {
    auto& deployment = each_pair();
    const auto email = new_user(deployment);
    const auto disabled = new_user(deployment);
    deployment.ctl({"users", "disable", disabled});
    const auto wrong = deployment.login(email, "not the password");
    const auto unknown = deployment.login("nobody@example.org", "not the password");
    const auto off = deployment.login(disabled);
    for (const auto* response : {&wrong, &unknown, &off}) {
        check_failure(*response, 401, "INVALID_CREDENTIALS");
        CHECK(response->json("message") == wrong.json("message"));
        CHECK(response->headers.size() == wrong.headers.size());
        CHECK(response->body.size() == wrong.body.size());
    }
}

TEST_CASE("what is wrong with a sign-in's body is named by the code that clients know") {
    struct Row {
        std::string body;
        int status;
        std::string code;
    };
    const auto row = GENERATE(
        Row{"", 400, "INVALID_REQUEST"}, Row{"{", 400, "INVALID_REQUEST"}, Row{"[]", 400, "INVALID_REQUEST"},
        Row{R"({"email":"a@b.c","email":"a@b.c","password":"12345678"})", 400, "INVALID_REQUEST"},
        Row{"{}", 400, "MISSING_EMAIL"}, Row{R"({"email":null,"password":"12345678"})", 400, "MISSING_EMAIL"},
        Row{R"({"email":"","password":"12345678"})", 400, "MISSING_EMAIL"},
        Row{R"({"email":7,"password":"12345678"})", 400, "INVALID_EMAIL"},
        Row{R"({"email":"no-at-sign","password":"12345678"})", 400, "INVALID_EMAIL"},
        Row{R"({"email":"a b@example.org","password":"12345678"})", 400, "INVALID_EMAIL"},
        Row{R"({"email":"a@b.c"})", 400, "MISSING_PASSWORD"},
        Row{R"({"email":"a@b.c","password":""})", 400, "MISSING_PASSWORD"},
        Row{R"({"email":"a@b.c","password":["x"]})", 400, "INVALID_PASSWORD"},
        Row{R"({"email":"a@b.c","password":"1234567"})", 400, "INVALID_PASSWORD"},
        Row{R"({"email":"a@b.c","password":")" + std::string(1025, 'x') + R"("})", 400, "INVALID_PASSWORD"},
        Row{R"({"email":"a@b.c","password":")" + std::string(17 * 1024, 'x') + R"("})", 413, "PAYLOAD_TOO_LARGE"});
    auto& deployment = shared(Stores::embedded);
    auto headers = HttpHeaders{{"Content-Type", "application/json"}};
    if (row.body.empty()) headers.emplace_back("Content-Length", "0");
    const auto response = http(deployment.gateway(), "POST", "/auth/login", headers, row.body);
    INFO(row.body.substr(0, 80) << " -> " << response.body);
    CHECK(response.status == row.status);
    CHECK(response.json("error_code") == row.code);
}

TEST_CASE("a client of a later version is understood: members that are not known are ignored") {
    auto& deployment = shared(Stores::embedded);
    const auto email = new_user(deployment);
    const auto later = R"({"later":{"a":[1,null]},"email":")" + email + R"(","password":")" +
                       std::string(Deployment::kPassword) + R"(","remember_me":true})";
    const auto in = http(deployment.gateway(), "POST", "/auth/login", {}, later);
    REQUIRE(in.status == 200);
    const auto cookie = in.header("Set-Cookie");
    const auto out =
        http(deployment.gateway(), "POST", "/auth/logout", {{"Cookie", cookie.substr(0, cookie.find(';'))}},
             R"({"later":[{}],"csrf_token":")" + in.json("csrf_token") + "\"}");
    CHECK(out.status == 200);
}

TEST_CASE("a sign-in that is not declared as JSON is 415") {
    auto& deployment = shared(Stores::embedded);
    const auto type = GENERATE("text/plain", "application/x-www-form-urlencoded", "application/jsonp", "");
    const auto response =
        http(deployment.gateway(), "POST", "/auth/login", {{"Content-Type", type}}, login_body("a@b.c", "12345678"));
    check_failure(response, 415, "UNSUPPORTED_MEDIA_TYPE");
    const auto parameters =
        http(deployment.gateway(), "POST", "/auth/login", {{"Content-Type", "Application/JSON ; charset=utf-8"}},
             login_body(stranger(), "12345678"));
    check_failure(parameters, 401, "INVALID_CREDENTIALS");
}

TEST_CASE("a sign-in from another site is refused, from an allowed origin it is not") {
    struct Row {
        HttpHeaders headers;
        bool refused;
    };
    const auto row =
        GENERATE(Row{{{"Sec-Fetch-Site", "cross-site"}}, true}, Row{{{"Sec-Fetch-Site", "same-site"}}, true},
                 Row{{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}}, true},
                 Row{{{"Origin", "null"}}, true}, Row{{{"Origin", "https://evil.example"}}, true},
                 Row{{{"Sec-Fetch-Site", "same-origin"}}, false}, Row{{{"Sec-Fetch-Site", "none"}}, false},
                 Row{{{"Origin", "http://localhost"}}, false},
                 Row{{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://app.example.org"}}, false}, Row{{}, false});
    const auto response = shared(Stores::embedded).login(stranger(), "12345678", row.headers);
    INFO(response.body);
    if (row.refused)
        check_failure(response, 403, "CSRF_REJECTED");
    else
        check_failure(response, 401, "INVALID_CREDENTIALS");
}

TEST_CASE("signing out needs the session's own token, in any of the three places") {
    auto& deployment = each_pair();
    const auto who = deployment.sign_in(new_user(deployment));
    const auto other = deployment.sign_in(new_user(deployment));
    const auto post = [&](const HttpHeaders& more, std::string_view body = "") {
        HttpHeaders headers{{"Cookie", who.cookie}};
        headers.insert(headers.end(), more.begin(), more.end());
        return http(deployment.gateway(), "POST", "/auth/logout", headers, body);
    };
    check_failure(post({}), 403, "CSRF_REJECTED");
    check_failure(post({{"X-CSRF-Token", other.csrf_token}}), 403, "CSRF_REJECTED");
    check_failure(post({{"X-CSRF-Token", who.csrf_token}, {"Origin", "https://evil.example"}}), 403, "CSRF_REJECTED");
    CHECK(deployment.check(who).status == 200);  // nothing happened
    SECTION("X-CSRF-Token") { CHECK(post({{"X-CSRF-Token", who.csrf_token}}).status == 200); }
    SECTION("X-CSRFToken") { CHECK(post({{"X-CSRFToken", who.csrf_token}}).status == 200); }
    SECTION("a JSON member") { CHECK(post({}, R"({"csrf_token":")" + who.csrf_token + "\"}").status == 200); }
    CHECK(deployment.check(who).status == 401);
    CHECK(deployment.check(other).status == 200);
}

TEST_CASE("signing out without a session succeeds and clears the cookie") {
    auto& deployment = shared(Stores::embedded);
    for (const HttpHeaders& headers : {HttpHeaders{}, HttpHeaders{{"Cookie", "session=nonsense"}}}) {
        const auto response = http(deployment.gateway(), "POST", "/auth/logout", headers);
        CHECK(response.status == 200);
        CHECK(response.header("Set-Cookie").find("Max-Age=0") != std::string::npos);
    }
}

TEST_CASE("a forged, cut or swapped cookie is nobody") {
    auto& deployment = each_pair();
    const auto who = deployment.sign_in(new_user(deployment));
    auto flipped = who.cookie;
    flipped.back() = flipped.back() == 'A' ? 'B' : 'A';
    const auto no_mac = who.cookie.substr(0, who.cookie.find('.'));
    for (const std::string& cookie :
         {flipped, no_mac, no_mac + ".", who.cookie + "x", std::string("session="), std::string("session=.")}) {
        INFO(cookie);
        check_failure(http(deployment.gateway(), "GET", "/auth/check", {{"Cookie", cookie}}), 401, "NOT_AUTHENTICATED");
    }
    CHECK(deployment.check(who).status == 200);
}

TEST_CASE("a new sign-in ends the session that the browser had: nothing to fixate") {
    auto& deployment = each_pair();
    const auto email = new_user(deployment);
    const auto first = deployment.sign_in(email);
    const auto second = deployment.login(email, Deployment::kPassword, {{"Cookie", first.cookie}});
    REQUIRE(second.status == 200);
    CHECK(deployment.check(first).status == 401);
    CHECK(second.header("Set-Cookie").substr(0, 80) != first.response.header("Set-Cookie").substr(0, 80));
    // A session id that the client made up is not taken over.
    const auto made_up = deployment.login(email, Deployment::kPassword, {{"Cookie", "session=made-up"}});
    CHECK(made_up.header("Set-Cookie").find("made-up") == std::string::npos);
}

TEST_CASE("paths and methods: 404, 405 with Allow, HEAD, OPTIONS") {
    auto& deployment = shared(Stores::embedded);
    const auto& gateway = deployment.gateway();
    check_failure(http(gateway, "GET", "/nothing"), 404, "NOT_FOUND");
    check_failure(http(gateway, "GET", "/auth/check/"), 404, "NOT_FOUND");
    const auto wrong = http(gateway, "GET", "/auth/login");
    check_failure(wrong, 405, "METHOD_NOT_ALLOWED");
    CHECK(wrong.header("Allow") == "POST, OPTIONS");
    CHECK(http(gateway, "DELETE", "/auth/check").header("Allow") == "GET, HEAD, OPTIONS");
    const auto get = http(gateway, "GET", "/");
    CHECK(get.status == 200);
    CHECK(get.json("name") == "Gatehouse");
    HttpResponse example;
    example.body = golden("index");
    CHECK(get.json("endpoints") == example.json("endpoints"));
    const auto head = http(gateway, "HEAD", "/");
    CHECK(head.status == 200);
    CHECK(head.header("Content-Length") == get.header("Content-Length"));
    const auto options = http(gateway, "OPTIONS", "/auth/check");
    CHECK(options.status == 204);
    CHECK(options.header("Allow") == "GET, HEAD, OPTIONS");
    CHECK(http(gateway, "GET", "/auth/check?x=1").status == 401);
}

TEST_CASE("CORS answers allowed origins with credentials, and nobody else") {
    auto& deployment = shared(Stores::embedded);
    const auto ask = [&](std::string_view method, std::string_view origin) {
        return http(deployment.gateway(), method, "/auth/login",
                    {{"Origin", std::string(origin)}, {"Access-Control-Request-Method", "POST"}});
    };
    const auto allowed = ask("OPTIONS", "https://app.example.org");
    CHECK(allowed.header("Access-Control-Allow-Origin") == "https://app.example.org");
    CHECK(allowed.header("Access-Control-Allow-Credentials") == "true");
    CHECK(allowed.header("Access-Control-Allow-Methods").find("POST") != std::string::npos);
    CHECK(allowed.header("Vary") == "Origin");
    const auto other = ask("OPTIONS", "https://evil.example");
    CHECK(other.header("Access-Control-Allow-Origin").empty());
    CHECK(other.header("Access-Control-Allow-Methods").empty());
}

TEST_CASE("security headers are on every response, the parser's own refusals included") {
    auto& deployment = shared(Stores::embedded);
    std::vector<HttpResponse> responses{
        http(deployment.gateway(), "GET", "/"), http(deployment.gateway(), "GET", "/nothing"),
        http(deployment.gateway(), "OPTIONS", "/"), http(deployment.gateway(), "GET", "/health")};
    for (const std::string_view bytes : {"garbage\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
                                         "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n"}) {
        HttpConnection connection(deployment.gateway());
        connection.send(bytes);
        responses.push_back(connection.receive());
        CHECK(responses.back().status == 400);
        CHECK(connection.closes_within(std::chrono::seconds(3)));
    }
    for (const auto& response : responses) {
        CHECK(response.header("X-Content-Type-Options") == "nosniff");
        CHECK(response.header("X-Frame-Options") == "DENY");
        CHECK(response.header("X-XSS-Protection") == "1; mode=block");
        CHECK(response.header("Content-Security-Policy") == "default-src 'none'; frame-ancestors 'none'");
        CHECK(response.header("Referrer-Policy") == "no-referrer");
        CHECK_FALSE(response.header("Permissions-Policy").empty());
        CHECK(response.header("Cross-Origin-Opener-Policy") == "same-origin");
        CHECK(response.header("Cross-Origin-Resource-Policy") == "same-origin");
        CHECK(response.header("Cache-Control") == "no-store");
        CHECK(response.header("Date").ends_with(" GMT"));
        CHECK(response.header("Server") == "gatehouse");
        CHECK(response.header("Strict-Transport-Security").empty());  // plain HTTP
    }
}

TEST_CASE("health names what is connected") {
    auto& deployment = each_pair();
    const auto response = http(deployment.gateway(), "GET", "/health");
    CHECK(response.status == 200);
    CHECK(response.json("status") == "healthy");
    CHECK(response.json("database") == "connected");
    CHECK(response.json("sessions") == "connected");
}

TEST_CASE("more failures than the limit are throttled, whether the account exists or not") {
    auto& deployment = each_pair();
    const auto known = new_user(deployment);
    const std::string unknown = "stranger-" + known;
    for (const auto& email : {known, unknown}) {
        for (int i = 0; i < 5; ++i)
            check_failure(deployment.login(email, "not the password"), 401, "INVALID_CREDENTIALS");
        const auto refused = deployment.login(email, "not the password");
        check_failure(refused, 429, "RATE_LIMIT_EXCEEDED");
        CHECK(refused.header("Retry-After") == refused.json("retry_after"));
        CHECK(std::stoi(refused.header("Retry-After")) > 0);
    }
    // Even the right password is refused now, and an operator can end that.
    check_failure(deployment.login(known), 429, "RATE_LIMIT_EXCEEDED");
    deployment.ctl({"lockouts", "clear", known});
    CHECK(deployment.login(known).status == 200);
}
