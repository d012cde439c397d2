// Forward auth through nginx, Caddy and HAProxy, each with its files of deploy/: one contract for all three.
#include <algorithm>
#include <cctype>
#include <deque>
#include <set>

#include "support/catch.hpp"
#include "support/deployment.hpp"
#include "support/echo_upstream.hpp"
#include "support/reverse_proxy.hpp"
#include "tls_stream.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

constexpr ProxyKind kForwardAuthProxies[] = {ProxyKind::nginx, ProxyKind::caddy, ProxyKind::haproxy};

const HttpHeaders kNavigation{{"Sec-Fetch-Mode", "navigate"}, {"Accept", "text/html,*/*;q=0.8"}};
const HttpHeaders kScript{{"Sec-Fetch-Mode", "cors"}, {"Accept", "*/*"}};

// Both binaries on MariaDB and Redis, an application, and the three proxies in front of them.
struct ProtectedApp {
    ProtectedApp() : deployment(options()) {
        deployment.create_user("jane@example.org", Deployment::kPassword, "Jan\xc3\xa9 Doe");
        deployment.create_user("libby@example.org", Deployment::kPassword, "Libby", "librarian");
        student = deployment.sign_in("jane@example.org");
        librarian = deployment.sign_in("libby@example.org");
        for (std::size_t i = 0; i < ports.size(); ++i) {
            proxies.emplace_back(
                ReverseProxyOptions{kForwardAuthProxies[i], deployment.gateway(), app.listen(), ports[i]});
        }
    }
    DeploymentOptions options() {
        std::string return_to;
        for (const auto port : ports) return_to += ",https://app.example.org:" + std::to_string(port);
        return {Stores::servers,
                {},
                {{"TRUSTED_PROXIES", "127.0.0.1"},
                 {"PUBLIC_ORIGIN", "https://login.example.org"},
                 {"RETURN_TO_ORIGINS", return_to.substr(1)},
                 {"SESSION_COOKIE_NAME", "__Host-session"},
                 {"SESSION_COOKIE_SECURE", "on"}}};
    }

    std::array<std::uint16_t, 3> ports{free_port(), free_port(), free_port()};
    Deployment deployment;
    EchoUpstream app;
    SignedIn student;
    SignedIn librarian;
    std::deque<ReverseProxy> proxies;
};

ProtectedApp& world() {
    static ProtectedApp made;
    return made;
}

// Each of the three in turn; nothing has reached the application yet.
ReverseProxy& each_proxy() {
    const std::size_t index = GENERATE(0U, 1U, 2U);
    auto& proxy = world().proxies.at(index);
    UNSCOPED_INFO(name_of(proxy.kind()));
    world().app.take_seen();
    return proxy;
}

HttpHeaders as(const SignedIn& who, HttpHeaders more = {}) {
    more.emplace_back("Cookie", who.cookie);
    return more;
}

// As frameworks see a name: '-', '_' and '.' are one, and so are capitals and small letters.
std::string like_a_variable(std::string_view name) {
    std::string made;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        made += std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
    }
    return made;
}

// All that an application could take for somebody's identity, in whatever spelling, as "NAME=value".
std::multiset<std::string> identity_in(const EchoUpstream::Seen& seen) {
    std::multiset<std::string> found;
    for (const auto& [name, value] : seen.message.headers) {
        const auto variable = like_a_variable(name);
        if (variable.starts_with("REMOTE_") || variable.starts_with("X_AUTH_REQUEST_"))
            found.insert(variable + "=" + value);
    }
    return found;
}

std::multiset<std::string> identity_of(const SignedIn& who) {
    const auto& told = who.response;
    const auto name = told.json("user.full_name") == "Libby" ? "Libby" : "Jan%C3%A9 Doe";
    return {"REMOTE_USER=" + told.json("user.user_id"), "REMOTE_GROUPS=" + told.json("user.role"),
            "REMOTE_EMAIL=" + told.json("user.email"), std::string("REMOTE_NAME=") + name};
}

EchoUpstream::Seen only_one_seen() {
    const auto seen = world().app.take_seen();
    REQUIRE(seen.size() == 1);
    return seen.front();
}

// What the gateway says, also where the proxy has to say it.
std::string_view message_of(std::string_view code) {
    if (code == "NOT_AUTHENTICATED") return "Not authenticated";
    if (code == "FORBIDDEN") return "Not allowed";
    return code == "SESSIONS_UNAVAILABLE" ? "Sessions are temporarily unavailable" : "Temporarily unavailable";
}

void check_refusal(const HttpResponse& response, int status, std::string_view code) {
    INFO(response.body);
    CHECK(response.status == status);
    CHECK(response.header("Content-Type") == "application/json");
    CHECK(response.header("Cache-Control") == "no-store");
    CHECK(response.json("success") == "false");
    CHECK(response.json("error_code") == code);
    CHECK(response.json("message") == message_of(code));
    CHECK(response.json("authenticated") == (status == 401 ? "false" : "(absent)"));
    CHECK(response.json("request_id").size() >= 16);
    CHECK(response.count("Location") == 0);
    CHECK(response.count("Set-Cookie") == 0);
    CHECK(response.header("WWW-Authenticate") == (status == 401 ? "Session realm=\"gatehouse\"" : ""));
    CHECK(world().app.take_seen().empty());
}

// An outage, to a script and to a browser alike.
void check_unknown(const ReverseProxy& proxy) {
    for (const auto& headers : {kScript, kNavigation}) {
        const auto response = proxy.ask("app", "/books", {"GET", as(world().student, headers)});
        const auto code = response.json("error_code");
        CHECK((code == "SESSIONS_UNAVAILABLE" || code == "SERVICE_UNAVAILABLE"));
        check_refusal(response, 503, code);
        CHECK(std::stoi(response.header("Retry-After")) >= 1);
    }
}

bool lets_in_again(const ReverseProxy& proxy) {
    return eventually([&] { return proxy.ask("app", "/books", {"GET", as(world().student)}).status == 200; });
}

}  // namespace

TEST_CASE("who is signed in reaches the application, which is told who it is") {
    const auto& proxy = each_proxy();
    const auto response = proxy.ask("app", "/books?page=2&x=%20y", {"GET", as(world().student)});
    INFO(response.body);
    CHECK(response.status == 200);
    CHECK(response.header("Content-Type") == "text/plain");
    const auto seen = only_one_seen();
    CHECK(seen.line == "GET /books?page=2&x=%20y HTTP/1.1");
    CHECK(identity_in(seen) == identity_of(world().student));
    CHECK(seen.message.header("X-Forwarded-For") == "127.0.0.1");
    CHECK(seen.message.header("X-Forwarded-Proto") == "https");
    CHECK(seen.message.header("X-Forwarded-Host") == proxy.origin("app").substr(8));
    CHECK(seen.message.header("Host") == proxy.origin("app").substr(8));
    CHECK(seen.message.header("X-Request-Id").size() >= 16);
}

TEST_CASE("who is not signed in is told so, and reaches nothing") {
    const auto& proxy = each_proxy();
    const std::string forged = "__Host-session=1" + std::string(55, 'A') + "." + std::string(22, 'A');
    for (const auto& headers : {HttpHeaders{}, kScript, HttpHeaders{{"Cookie", forged}},
                                HttpHeaders{{"X-Requested-With", "XMLHttpRequest"}, {"Accept", "text/html"}}}) {
        check_refusal(proxy.ask("app", "/books", {"GET", headers}), 401, "NOT_AUTHENTICATED");
    }
    for (const auto* method : {"POST", "OPTIONS", "DELETE"}) {
        INFO(method);
        check_refusal(proxy.ask("app", "/books", {method, kNavigation}), 401, "NOT_AUTHENTICATED");
    }
}

TEST_CASE("a browser that goes to a page is led to the sign-in page, and from there back") {
    const auto& proxy = each_proxy();
    const auto back =
        "https%3A%2F%2Fapp.example.org%3A" + std::to_string(proxy.port()) + "%2Fbooks%3Fpage%3D2%26q%3Da%2520b";
    for (const auto* method : {"GET", "HEAD"}) {
        const auto response = proxy.ask("app", "/books?page=2&q=a%20b", {method, kNavigation});
        INFO(response.body);
        CHECK(response.status == 302);
        CHECK(response.header("Location") == "https://login.example.org/login?return_to=" + back);
        CHECK(response.count("Location") == 1);
        CHECK(response.header("Cache-Control") == "no-store");
        CHECK(response.count("Set-Cookie") == 0);
    }
    CHECK(world().app.take_seen().empty());
}

TEST_CASE("where a role is asked for, another is refused, by whatever spelling of the path") {
    const auto& proxy = each_proxy();
    check_refusal(proxy.ask("app", "/admin", {"GET", as(world().student)}), 403, "FORBIDDEN");
    check_refusal(proxy.ask("app", "/admin/x", {"GET", as(world().student, kNavigation)}), 403, "FORBIDDEN");
    for (const auto* path : {"/%61dmin", "/admi%6e/x", "//admin", "/x/../admin", "/./admin", "/x/%2e%2e/admin",
                             "/admin?role=student", "/admin/../admin", "/%2fadmin"}) {
        INFO(path);
        const auto response = proxy.ask("app", path, {"GET", as(world().student)});
        CHECK((response.status == 403 || response.status == 400));
        CHECK(world().app.take_seen().empty());
    }
    CHECK(proxy.ask("app", "/books?role=admin", {"GET", as(world().student)}).status == 200);
    world().app.take_seen();

    CHECK(proxy.ask("app", "/admin/x?y", {"GET", as(world().librarian)}).status == 200);
    const auto seen = only_one_seen();
    CHECK(seen.line == "GET /admin/x?y HTTP/1.1");
    CHECK(identity_in(seen) == identity_of(world().librarian));
}

TEST_CASE("an identity that a client makes up never reaches the application") {
    const auto& proxy = each_proxy();
    HttpHeaders forged;
    for (const auto* name : {"Remote-User", "REMOTE-USER", "remote-user", "Remote_User", "REMOTE_USER", "Remote-Groups",
                             "remote_groups", "Remote-Email", "Remote_Email", "Remote-Name", "remote_name",
                             "X-Auth-Request_User", "X_Auth_Request_User", "X-Auth-Request-User",
                             "X-Auth-Request-Groups", "X-Auth-Request-Email", "X-Auth-Request-Preferred-Username"}) {
        forged.emplace_back(name, "admin");
    }
    forged.emplace_back("X-Forwarded-For", "203.0.113.9");
    forged.emplace_back("X-Forwarded-Proto", "http");
    forged.emplace_back("X-Forwarded-Host", "evil.example.com");

    SECTION("beside a session of its own") {
        CHECK(proxy.ask("app", "/books", {"GET", as(world().student, forged), "", true}).status == 200);
        const auto seen = only_one_seen();
        CHECK(identity_in(seen) == identity_of(world().student));
        CHECK(seen.message.header("X-Forwarded-For") == "127.0.0.1");
        CHECK(seen.message.header("X-Forwarded-Proto") == "https");
        CHECK(seen.message.header("X-Forwarded-Host") == proxy.origin("app").substr(8));
        for (const auto* name : {"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"}) {
            CHECK(seen.message.count(name) == 1);
        }
    }
    SECTION("beside a session of its own, over HTTP/2") {
        CHECK(proxy.ask("app", "/books", {"GET", as(world().student, forged)}).status == 200);
        CHECK(identity_in(only_one_seen()) == identity_of(world().student));
    }
    SECTION("nor does it take out the true one") {
        const HttpHeaders hop{{"Connection", "Remote-User, Remote-Groups, X-Forwarded-For"}};
        CHECK(proxy.ask("app", "/books", {"GET", as(world().student, hop), "", true}).status == 200);
        const auto seen = only_one_seen();
        CHECK(identity_in(seen) == identity_of(world().student));
        CHECK(seen.message.header("X-Forwarded-For") == "127.0.0.1");
    }
    SECTION("without a session") {
        check_refusal(proxy.ask("app", "/books", {"GET", forged, "", true}), 401, "NOT_AUTHENTICATED");
        check_refusal(proxy.ask("app", "/admin", {"GET", forged, "", true}), 401, "NOT_AUTHENTICATED");
    }
}

TEST_CASE("a body reaches the application, whole, and a HEAD gets none") {
    const auto& proxy = each_proxy();
    std::string body(200'000, 'x');
    body += "end";
    for (const auto& headers : {HttpHeaders{}, HttpHeaders{{"Transfer-Encoding", "chunked"}}}) {
        CHECK(proxy.ask("app", "/books", {"POST", as(world().student, headers), body, true}).status == 200);
        const auto seen = only_one_seen();
        CHECK(seen.line == "POST /books HTTP/1.1");
        CHECK(seen.message.body == body);
        CHECK(identity_in(seen) == identity_of(world().student));
    }
    const auto head = proxy.ask("app", "/books", {"HEAD", as(world().student)});
    CHECK(head.status == 200);
    CHECK(head.body.empty());
    CHECK(only_one_seen().line == "HEAD /books HTTP/1.1");
}

TEST_CASE("a WebSocket is passed on to who is signed in, and to nobody else") {
    const auto& proxy = each_proxy();
    const auto request = [&](const std::string& more) {
        return "GET /socket HTTP/1.1\r\nHost: " + proxy.origin("app").substr(8) + "\r\n" +
               std::string(EchoUpstream::kHandshake) + more + "\r\n";
    };
    TlsStream stream(proxy, "app.example.org");
    stream.send(request("Cookie: " + world().student.cookie + "\r\nRemote_User: admin\r\n"));
    const auto answer = parse_message(stream.receive("\r\n\r\n"));
    CHECK(answer.status == 101);
    CHECK(answer.header("Sec-WebSocket-Accept") == EchoUpstream::kAccepted);
    stream.send(EchoUpstream::kHelloMasked);
    CHECK(stream.receive(EchoUpstream::kHello) == EchoUpstream::kHello);
    CHECK(identity_in(only_one_seen()) == identity_of(world().student));

    TlsStream nobody(proxy, "app.example.org");
    nobody.send(request(""));
    CHECK(parse_message(nobody.receive("\r\n\r\n")).status == 401);
    CHECK(world().app.take_seen().empty());
}

TEST_CASE("an outage is 503 to everybody, never 401 and never the way to the sign-in page, and it passes") {
    const auto& proxy = each_proxy();
    auto& deployment = world().deployment;
    SECTION("of Redis") {
        deployment.redis().kill();
        check_unknown(proxy);
        deployment.redis().start();
    }
    SECTION("of the session service") {
        deployment.session_process().freeze();
        check_unknown(proxy);
        deployment.session_process().thaw();
    }
    SECTION("of the gateway") {
        deployment.gateway_process().kill();
        check_unknown(proxy);
        deployment.start_gateway();
        deployment.await_ready();
    }
    CHECK(lets_in_again(proxy));
}

TEST_CASE("more cookies than the gateway reads are the request's fault, not an outage") {
    const auto& proxy = each_proxy();
    const HttpHeaders headers{{"Cookie", world().student.cookie + "; x=" + std::string(7900, 'x')}};
    const auto response = proxy.ask("app", "/books", {"GET", headers});
    INFO(response.body);
    CHECK((response.status == 400 || response.status == 431));
    CHECK(response.count("Retry-After") == 0);
    CHECK(world().app.take_seen().empty());
}
