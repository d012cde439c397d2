#include <atomic>

#include "../web/deaf_listener.hpp"
#include "fake_session.hpp"
#include "proto/health.hpp"
#include "proto/revoke.hpp"
#include "support/catch.hpp"

namespace gatehouse::session_client {
namespace {

using namespace std::chrono_literals;
using proto::ErrorCode;
using test::FakeSession;
using test::new_token;
using test::Received;

using LoggedIn = proto::Outcome<proto::LoginAnswer>;

proto::LoginRequest somebody() {
    proto::LoginRequest request;
    request.email = "jane@example.org";
    request.password = Secret(std::string_view("correct horse 1"));
    request.client = {"203.0.113.5", "curl/8"};
    return request;
}
LoggedIn login(test::Client& client, std::chrono::milliseconds wait = 5s) {
    return gatehouse::test::run_task(client.loop(),
                                     client->login(somebody(), {"request-1", ""}, Deadline::after(wait)));
}

proto::LoginAnswer welcome() {
    return {{7, "Jane Doe", "jane@example.org", "student"}, Secret(std::string_view(new_token())), 1, 2};
}
std::string welcome_answer(const Received&) { return FakeSession::ok(to_json(welcome())); }

std::string refusal(const std::string& line, ErrorCode code, std::optional<std::chrono::seconds> retry_after = {}) {
    return FakeSession::status(line, to_json(proto::Failure{code, "", retry_after, "", {}}, "r"));
}

}  // namespace

TEST_CASE("a sign-in asks as the contract says and returns the session") {
    FakeSession server(welcome_answer);
    test::Client client({server.endpoint()});
    const auto answer = login(client);
    REQUIRE(answer);
    CHECK(answer->user.email == "jane@example.org");
    CHECK(crypto::is_token(answer->token.view()));
    const auto request = server.received().front();
    CHECK(request.text.starts_with("POST /v1/login HTTP/1.1\r\n"));
    CHECK(request.header("Authorization") == std::string("Bearer ") + test::kCredential);
    CHECK(request.header("X-Request-Id") == "request-1");
    CHECK(request.header("traceparent") == "(absent)");
    const auto asked = proto::login_request_from_json(request.body());
    REQUIRE(asked);
    CHECK(asked->password.view() == "correct horse 1");
    CHECK(asked->client.ip == "203.0.113.5");
}

TEST_CASE("another credential is shown from the next call on; one that is under way ends with its own") {
    const std::string fresh = "ghs_test_" + std::string(43, 'B');
    test::Gate gate;
    FakeSession server([&](const Received& request) {
        if (request.number == 0) gate.wait();
        return FakeSession::answer_truly(request);
    });
    test::Client client({server.endpoint()});
    const auto before = client.ask(new_token());
    REQUIRE(client.turn_until(client.loop(), [&] { return server.received().size() == 1; }));
    client->use_credential(Secret(std::string_view(fresh)));
    gate.open();
    CHECK(test::says(client.get(before)) != "unavailable");
    CHECK(test::says(client.check(new_token())) != "unavailable");
    CHECK(server.received()[0].header("Authorization") == std::string("Bearer ") + test::kCredential);
    CHECK(server.received()[1].header("Authorization") == "Bearer " + fresh);
}

TEST_CASE("a call that goes on to the next server after the credential was replaced still has its own") {
    std::optional<test::Client> client;
    const FakeSession cuts([](const Received&) { return std::string(); });
    FakeSession other;
    client.emplace(std::vector{cuts.endpoint(), other.endpoint()});
    for (int i = 0; i < 8; ++i) {
        const auto asked = client->ask(new_token());
        (*client)->use_credential(Secret("ghs_test_" + std::string(43, static_cast<char>('a' + i))));
        CHECK(test::says(client->get(asked)) != "unavailable");
    }
}

TEST_CASE("a port that speaks TLS refuses plain HTTP: that is our fault, not the person's") {
    FakeSession server([](const Received&) {
        return FakeSession::status(
            "400 Bad Request",
            R"({"success":false,"message":"This port speaks HTTPS only","error_code":"INVALID_REQUEST"})");
    });
    test::Client client({server.endpoint()});
    const auto answer = login(client);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::service_unavailable);
    CHECK(answer.error().message.empty());
    CHECK(answer.error().detail.find("This port speaks HTTPS only") != std::string::npos);
    CHECK(test::says(client.check(new_token())) == "unavailable");
}

TEST_CASE("a sign-in whose fate is unknown is never sent twice, neither there nor elsewhere") {
    FakeSession cuts([](const Received&) { return std::string(); });
    FakeSession other(welcome_answer);
    test::Client client({cuts.endpoint(), other.endpoint()});
    const auto answer = login(client);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::service_unavailable);
    CHECK(answer.error().retry_after == 1s);
    CHECK(cuts.received().size() == 1);
    CHECK(other.received().empty());
}

TEST_CASE("a pooled connection that dies under a sign-in does not send it again") {
    FakeSession server([](const Received& request) { return request.number == 0 ? welcome_answer(request) : ""; });
    test::Client client({server.endpoint()});
    CHECK(login(client));
    CHECK_FALSE(login(client));
    CHECK(server.received().size() == 2);
    CHECK(server.connections() == 1);
}

TEST_CASE("a sign-in past its deadline ends then, and is not tried elsewhere") {
    test::Gate gate;
    FakeSession hangs([&](const Received& request) {
        gate.wait();
        return welcome_answer(request);
    });
    FakeSession other(welcome_answer);
    test::Client client({hangs.endpoint(), other.endpoint()});
    const auto start = std::chrono::steady_clock::now();
    const auto answer = login(client, 100ms);
    CHECK(std::chrono::steady_clock::now() - start < 2s);
    gate.open();
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::service_unavailable);
    CHECK(hangs.received().size() == 1);
    CHECK(other.received().empty());
}

TEST_CASE("a server that cannot be reached knows nothing of the sign-in: another one is asked") {
    FakeSession alive(welcome_answer);
    const Endpoint dead{"127.0.0.1", 1, ""};
    test::Client client({dead, alive.endpoint()});
    for (int i = 0; i < 5; ++i) CHECK(login(client));
    CHECK(alive.received().size() == 5);
    test::Client alone({dead});
    const auto answer = login(alone);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::service_unavailable);
}

TEST_CASE("a server whose connects hang knows nothing of the sign-in either") {
    const web::test::DeafListener deaf;
    FakeSession alive(welcome_answer);
    test::Client client({deaf.endpoint(), alive.endpoint()});
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; ++i) CHECK(login(client));
    CHECK(std::chrono::steady_clock::now() - start < 2500ms);  // one connect of a second, then it is avoided
    CHECK(alive.received().size() == 3);
}

TEST_CASE("a server that says at once that it cannot serve does not get all the requests") {
    const auto code =
        GENERATE(ErrorCode::sessions_unavailable, ErrorCode::database_unavailable, ErrorCode::service_unavailable);
    FakeSession sick([&](const Received&) { return refusal("503 Service Unavailable", code, 1s); });
    FakeSession alive(welcome_answer);
    test::Client client({sick.endpoint(), alive.endpoint()});
    CHECK(login(client).error().code == code);  // what it did with it is not known: not asked again
    for (int i = 0; i < 3; ++i) CHECK(login(client));
    CHECK(sick.received().size() == 1);

    FakeSession tells;
    test::Client checks({sick.endpoint(), tells.endpoint()});
    for (int i = 0; i < 3; ++i) CHECK(test::says(checks.check(new_token())) != "unavailable");
    CHECK(sick.received().size() == 2);
    test::Client alone({sick.endpoint()});
    CHECK(test::says(alone.check(new_token())) == "unavailable");
}

TEST_CASE("health is that of a server which can serve, if there is one") {
    using proto::Dependency;
    const auto says = [](proto::Health health) {
        return [health](const Received&) { return FakeSession::ok(to_json(health)); };
    };
    const proto::Health poor{Dependency::connected, Dependency::unavailable};
    FakeSession sick(says(poor));
    FakeSession alive(says({Dependency::connected, Dependency::connected}));
    const auto health = [&](std::vector<Endpoint> servers) {
        test::Client client(std::move(servers));
        return gatehouse::test::run_task(client.loop(), client->health({}, Deadline::after(5s))).value();
    };
    CHECK(health({sick.endpoint(), alive.endpoint()}).healthy());
    CHECK(health({sick.endpoint()}) == poor);
    CHECK(health({sick.endpoint(), sick.endpoint()}) == poor);
}

TEST_CASE("one that cannot tell and one that cuts the connection are asked once each, and what was said holds") {
    const std::string poor = to_json(proto::Health{proto::Dependency::connected, proto::Dependency::unavailable});
    FakeSession sick([&](const Received& request) {
        if (request.text.starts_with("GET /v1/health ")) return FakeSession::ok(poor);
        auto answer = test::truth(request.checks());
        for (auto& item : answer.items) item.state = ErrorCode::sessions_unavailable;
        return FakeSession::ok(to_json(answer));
    });
    FakeSession cuts([](const Received&) { return std::string(); });
    const auto first = GENERATE(true, false);
    test::Client client(first ? std::vector{sick.endpoint(), cuts.endpoint()}
                              : std::vector{cuts.endpoint(), sick.endpoint()});
    const auto check = client.check(new_token());
    REQUIRE(std::holds_alternative<Unavailable>(check));
    CHECK(std::get<Unavailable>(check).why.code == ErrorCode::sessions_unavailable);
    const auto health = gatehouse::test::run_task(client.loop(), client->health({}, Deadline::after(5s)));
    REQUIRE(health);
    CHECK(health->database == proto::Dependency::connected);
    CHECK(sick.received().size() <= 4);
    CHECK(cuts.received().size() <= 6);  // a read may be asked again on a fresh connection
}

TEST_CASE("a hiccup of the one that answers sends nobody to the one that hangs") {
    test::Gate gate;
    FakeSession hangs([&](const Received&) {
        gate.wait();
        return std::string();
    });
    std::atomic<bool> hiccup{false};
    FakeSession alive([&](const Received& request) {
        if (hiccup) return refusal("503 Service Unavailable", ErrorCode::sessions_unavailable, 1s);
        return FakeSession::answer_truly(request);
    });
    test::Client client({hangs.endpoint(), alive.endpoint()});
    CHECK(test::says(client.check(new_token(), 400ms)) != "unavailable");  // after half of its time
    hiccup = true;
    CHECK(test::says(client.check(new_token(), 400ms)) == "unavailable");
    hiccup = false;
    CHECK(test::says(client.check(new_token(), 400ms)) != "unavailable");
    gate.open();
}

TEST_CASE("the service's own refusals come back as they are") {
    struct Row {
        std::string line;
        ErrorCode code;
        std::optional<std::chrono::seconds> retry_after;
    };
    for (const Row& row : {Row{"400 Bad Request", ErrorCode::invalid_email, {}},
                           Row{"401 Unauthorized", ErrorCode::invalid_credentials, {}},
                           Row{"429 Too Many Requests", ErrorCode::rate_limit_exceeded, 899s},
                           Row{"503 Service Unavailable", ErrorCode::hashing_busy, 1s},
                           Row{"503 Service Unavailable", ErrorCode::database_unavailable, 1s},
                           Row{"503 Service Unavailable", ErrorCode::sessions_unavailable, 1s}}) {
        INFO(info(row.code).name);
        FakeSession server([&](const Received&) { return refusal(row.line, row.code, row.retry_after); });
        test::Client client({server.endpoint()});
        const auto answer = login(client);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == row.code);
        CHECK(answer.error().retry_after == row.retry_after);
        CHECK(server.received().size() == 1);
    }
}

TEST_CASE("a refusal that concerns us and not the person is service_unavailable, and tells no more") {
    for (const auto& [line, code] :
         {std::pair("401 Unauthorized", ErrorCode::not_authenticated), std::pair("403 Forbidden", ErrorCode::forbidden),
          std::pair("404 Not Found", ErrorCode::not_found),
          std::pair("405 Method Not Allowed", ErrorCode::method_not_allowed),
          std::pair("413 Payload Too Large", ErrorCode::payload_too_large),
          std::pair("408 Request Timeout", ErrorCode::request_timeout)}) {
        INFO(info(code).name);
        FakeSession server([status = line, why = code](const Received&) { return refusal(status, why); });
        test::Client client({server.endpoint()});
        const auto answer = login(client);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == ErrorCode::service_unavailable);
        CHECK(answer.error().answered == code);
        CHECK(answer.error().message.empty());
        CHECK(answer.error().retry_after == 1s);
        // A check neither: it is not a logout.
        CHECK(test::says(client.check(new_token())) == "unavailable");
    }
}

TEST_CASE("nonsense is service_unavailable, never a sign-in") {
    auto no_token = welcome();
    no_token.token = Secret(std::string_view("1short"));
    for (const std::string& answer :
         {FakeSession::ok("{}"), FakeSession::ok("[]"), FakeSession::ok(""), FakeSession::ok(to_json(no_token)),
          FakeSession::ok("<html>It works!</html>"), FakeSession::status("201 Created", to_json(welcome())),
          FakeSession::status("302 Found", ""), FakeSession::status("500 Oops", "<html>"),
          std::string("garbage\r\n\r\n"), std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}")}) {
        INFO(answer);
        FakeSession server([&](const Received& request) { return request.number == 0 ? answer : std::string(); });
        test::Client client({server.endpoint()});
        const auto signed_in = login(client, 500ms);
        REQUIRE_FALSE(signed_in);
        CHECK(signed_in.error().code == ErrorCode::service_unavailable);
        CHECK(server.received().size() == 1);
    }
}

TEST_CASE("the server with the fewest requests outstanding is asked") {
    test::Gate gate;
    FakeSession busy([&](const Received& request) {
        gate.wait();
        return welcome_answer(request);
    });
    FakeSession idle(welcome_answer);
    test::Client client({busy.endpoint(), idle.endpoint()});
    bool done = false;
    const auto first = [](SessionClient& c, bool& to) -> Task<> {
        session_client::Caller nobody;
        auto answer = co_await c.login(somebody(), std::move(nobody), Deadline::after(5s));
        to = answer.has_value();
    };
    client.loop().tasks.spawn("login", first(*client, done));
    CHECK(client.turn_until(client.loop(), [&] { return busy.received().size() == 1; }));
    for (int i = 0; i < 5; ++i) CHECK(login(client));
    CHECK(idle.received().size() == 5);
    gate.open();
    CHECK(client.turn_until(client.loop(), [&] { return done; }));
}

TEST_CASE("a check that one server cuts off is answered by another, and at once") {
    FakeSession cuts([](const Received&) { return std::string(); });
    FakeSession alive;
    test::Client client({cuts.endpoint(), alive.endpoint()});
    for (int i = 0; i < 5; ++i) {
        const auto token = new_token();
        CHECK(test::says(client.check(token)) == test::ref_of(token));
    }
}

TEST_CASE("a server that hangs costs no check its answer, and is left alone afterwards") {
    test::Gate gate;
    FakeSession hangs([&](const Received& request) {
        gate.wait();
        return FakeSession::answer_truly(request);
    });
    FakeSession alive;
    test::Client client({hangs.endpoint(), alive.endpoint()});
    const auto token = new_token();
    CHECK(test::says(client.check(token, 1s)) == test::ref_of(token));
    CHECK(hangs.received().size() == 1);
    for (int i = 0; i < 5; ++i) CHECK(test::says(client.check(new_token(), 1s)).size() == 16);
    CHECK(hangs.received().size() == 1);
    CHECK(alive.received().size() == 6);
    gate.open();
}

TEST_CASE("with every server away a check is unavailable before its deadline") {
    const Endpoint dead{"127.0.0.1", 1, ""};
    test::Client client({dead, dead, dead});
    const auto start = std::chrono::steady_clock::now();
    CHECK(test::says(client.check(new_token(), 5s)) == "unavailable");
    CHECK(std::chrono::steady_clock::now() - start < 3s);
}

TEST_CASE("a revocation sends the tokens in the body, once, and believes only a proper answer") {
    FakeSession server([](const Received& request) {
        if (request.number == 0) return FakeSession::ok(R"({"revoked":2})");
        return request.number == 1 ? FakeSession::ok("<html>") : std::string();
    });
    test::Client client({server.endpoint()});
    const std::vector<std::string> tokens{new_token(), new_token()};
    const auto revoke = [&] {
        std::vector<Secret> secrets;
        for (const auto& token : tokens) secrets.emplace_back(std::string_view(token));
        return gatehouse::test::run_task(client.loop(), client->revoke(std::move(secrets), {}, Deadline::after(5s)));
    };
    CHECK(revoke());
    CHECK_FALSE(revoke());  // nonsense
    CHECK_FALSE(revoke());  // cut off
    const auto received = server.received();
    REQUIRE(received.size() == 3);
    CHECK(received[0].text.starts_with("POST /v1/sessions/revoke HTTP/1.1\r\n"));
    for (const auto& token : tokens) CHECK(received[0].body().find(token) != std::string::npos);
}

}  // namespace gatehouse::session_client
