#include "fake_session.hpp"
#include "support/catch.hpp"

namespace gatehouse::session_client {
namespace {

using namespace std::chrono_literals;
using test::FakeSession;
using test::Gate;
using test::new_token;
using test::Received;
using test::ref_of;
using test::says;
using Answers = std::vector<test::Client::Answer>;

Answers ask_many(test::Client& client, const std::vector<std::string>& tokens) {
    Answers answers;
    for (const auto& token : tokens) answers.push_back(client.ask(token));
    return answers;
}
std::vector<std::string> new_tokens(std::size_t count) {
    std::vector<std::string> tokens(count);
    for (auto& token : tokens) token = new_token();
    return tokens;
}

// A server whose answers wait for the gate.
FakeSession::Script behind(Gate& gate) {
    return [&gate](const Received& request) {
        gate.wait();
        return FakeSession::answer_truly(request);
    };
}

}  // namespace

TEST_CASE("the checks of one turn of the loop are one request, and each gets its own answer") {
    FakeSession server;
    test::Client client({server.endpoint()});
    const auto tokens = new_tokens(20);
    const auto answers = ask_many(client, tokens);
    for (std::size_t i = 0; i < tokens.size(); ++i) CHECK(says(client.get(answers[i])) == ref_of(tokens[i]));
    REQUIRE(server.received().size() == 1);
    const auto asked = server.received().front().checks();
    CHECK(asked.shape == proto::Shape::batch);
    REQUIRE(asked.items.size() == tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        CHECK(asked.items[i].token.view() == tokens[i]);
        CHECK(asked.items[i].ref == ref_of(tokens[i]));
    }
}

TEST_CASE("an answer can be read as long as it is kept, whatever became of the others and of the client") {
    const auto tokens = new_tokens(3);
    const bool in_its_own_memory = GENERATE(false, true);  // of texts that are escaped, which cannot be borrowed
    const auto escaped = [](const Received& request) {
        auto body = to_json(test::truth(request.checks()));
        body.replace(body.find("Jane"), 1, "\\u004a");
        return FakeSession::ok(body);
    };
    std::optional<Check> kept;
    {
        FakeSession server(in_its_own_memory ? FakeSession::Script(escaped) : FakeSession::answer_truly);
        test::Client client({server.endpoint()});
        const auto answers = ask_many(client, tokens);
        for (const auto& answer : answers) static_cast<void>(client.get(answer));
        kept = client.get(answers[1]);
    }
    CHECK(says(*kept) == ref_of(tokens[1]));
    CHECK(std::get<Active>(*kept).user.full_name == "Jane Doe");
}

TEST_CASE("a batch has at most 64 checks, and its request stays short of the body that a service takes") {
    FakeSession server;
    test::Client client({server.endpoint()});
    const std::string longest_id(128, 'x');
    const std::string trace(55, '0');
    Answers answers;
    for (int i = 0; i < 150; ++i) {
        answers.push_back(client.ask(new_token(), 5s, proto::Touch::yes, {longest_id, trace}));
    }
    for (const auto& answer : answers) CHECK(says(client.get(answer)).size() == 16);
    const auto received = server.received();
    REQUIRE(received.size() == 3);
    std::vector<std::size_t> sizes;  // two are under way at once, on connections of their own: in any order
    for (const auto& request : received) sizes.push_back(request.checks().items.size());
    std::ranges::sort(sizes);
    CHECK(sizes == std::vector<std::size_t>{22, 64, 64});
    for (const auto& request : received) CHECK(request.body().size() < 64 * 1024);
}

TEST_CASE("a server that can tell of none is quick to say so: another one is asked, and asked first for a while") {
    FakeSession sick([](const Received& request) {
        auto answer = test::truth(request.checks());
        for (auto& item : answer.items) item.state = proto::ErrorCode::sessions_unavailable;
        return FakeSession::ok(to_json(answer));
    });
    FakeSession alive;
    test::Client client({sick.endpoint(), alive.endpoint()});
    for (int round = 0; round < 3; ++round) {
        const auto tokens = new_tokens(5);
        const auto answers = ask_many(client, tokens);
        for (std::size_t i = 0; i < tokens.size(); ++i) CHECK(says(client.get(answers[i])) == ref_of(tokens[i]));
    }
    CHECK(sick.received().size() == 1);
    CHECK(alive.received().size() == 3);
    test::Client alone({sick.endpoint()});
    CHECK(says(alone.check(new_token())) == "unavailable");
}

TEST_CASE("at most two batches are under way; what comes meanwhile travels in the next") {
    Gate gate;
    FakeSession server(behind(gate));
    test::Client client({server.endpoint()});
    Answers answers;
    for (int i = 0; i < 6; ++i) {
        answers.push_back(client.ask(new_token()));
        gatehouse::test::turn_for(client.loop(), 20ms);
    }
    CHECK(client.turn_until(client.loop(), [&] { return server.received().size() == 2; }));
    gate.open();
    for (const auto& answer : answers) CHECK(says(client.get(answer)).size() == 16);
    const auto received = server.received();
    REQUIRE(received.size() == 3);
    CHECK(received[2].checks().items.size() == 4);
    CHECK(server.connections() == 2);
}

TEST_CASE("checks that keep a session alive and checks that do not are not mixed") {
    FakeSession server;
    test::Client client({server.endpoint()});
    const auto one = client.ask(new_token(), 5s, proto::Touch::yes);
    const auto poller = client.ask(new_token(), 5s, proto::Touch::no);
    const auto two = client.ask(new_token(), 5s, proto::Touch::yes);
    for (const auto& answer : {one, poller, two}) CHECK(says(client.get(answer)).size() == 16);
    std::size_t pollers = 0;
    for (const auto& request : server.received()) {
        const auto asked = request.checks();
        if (asked.touch == proto::Touch::no) pollers += asked.items.size();
    }
    CHECK(pollers == 1);
}

TEST_CASE("what cannot be a token is inactive, and nobody is asked") {
    FakeSession server;
    test::Client client({server.endpoint()});
    for (const auto& text : {std::string(), std::string("x"), new_token() + "x", "2" + new_token().substr(1)}) {
        CHECK(says(client.check(text)) == "inactive");
    }
    const auto token = new_token();
    CHECK(says(client.check(token + ".whatever-comes-behind")) == ref_of(token));
    REQUIRE(server.received().size() == 1);
    CHECK(server.received().front().checks().items.front().token.view() == token);
}

TEST_CASE("the request shows who asks, on whose behalf, and how long there is") {
    FakeSession server;
    test::Client client({server.endpoint()});
    client.get(client.ask(new_token(), 700ms, proto::Touch::yes, {"request-1", "00-trace-1"}));
    const auto request = server.received().front();
    CHECK(request.text.starts_with("POST /v1/sessions/introspect HTTP/1.1\r\n"));
    CHECK(request.header("Authorization") == std::string("Bearer ") + test::kCredential);
    CHECK(request.header("X-Request-Id") == "request-1");
    CHECK(request.header("traceparent") == "00-trace-1");
    const auto left = std::stoi(request.header("X-Request-Timeout-Ms"));
    CHECK(left > 0);
    CHECK(left <= 700);
    CHECK(request.checks().items.front().request_id == "request-1");
    CHECK(request.checks().items.front().traceparent == "00-trace-1");
}

TEST_CASE(
    "an answer that is not the question's makes the whole batch unavailable, and its connection is not used again") {
    struct Row {
        std::string what;
        std::function<std::string(const proto::IntrospectRequest&)> body;
    };
    const auto changed = [](auto change) {
        return [change](const proto::IntrospectRequest& asked) {
            auto answer = test::truth(asked);
            change(answer.items);
            return to_json(answer);
        };
    };
    using Items = std::vector<proto::IntrospectResult>;
    const Row rows[] = {
        {"two swapped", changed([](Items& items) { std::swap(items[0], items[1]); })},
        {"two refs swapped", changed([](Items& items) { std::swap(items[0].ref, items[1].ref); })},
        {"a ref missing", changed([](Items& items) { items[1].ref.clear(); })},
        {"somebody else's ref", changed([](Items& items) { items[2].ref = "0123456789abcdef"; })},
        {"a ref in capitals", changed([](Items& items) {
             for (auto& c : items[0].ref) c = static_cast<char>(std::toupper(c));
         })},
        {"one too few", changed([](Items& items) { items.pop_back(); })},
        {"the first one missing", changed([](Items& items) { items.erase(items.begin()); })},
        {"one too many", changed([](Items& items) { items.push_back(items.front()); })},
        {"none", [](const auto&) { return std::string(R"({"items":[]})"); }},
        {"no list", [](const auto&) { return std::string("{}"); }},
        {"a single answer",
         [](const auto& asked) {
             auto answer = test::truth(asked);
             answer.shape = proto::Shape::single;
             return to_json(answer);
         }},
        {"no JSON", [](const auto&) { return std::string("<html>"); }},
        {"nothing", [](const auto&) { return std::string(); }},
        {"cut short",
         [](const auto& asked) {
             auto body = to_json(test::truth(asked));
             body.resize(body.size() - 2);
             return body;
         }},
        {"active without a user",
         [](const auto& asked) { return R"({"items":[{"active":true,"ref":")" + asked.items[0].ref + R"("}]})"; }},
    };
    for (const Row& row : rows) {
        INFO(row.what);
        FakeSession server([&](const Received& request) {
            if (request.number == 1) return FakeSession::ok(row.body(request.checks()));
            return FakeSession::answer_truly(request);
        });
        test::Client client({server.endpoint()});
        CHECK(says(client.check(new_token())).size() == 16);  // there is a connection in the pool
        const auto answers = ask_many(client, new_tokens(3));
        for (const auto& answer : answers) CHECK(says(client.get(answer)) == "unavailable");
        const auto token = new_token();
        CHECK(says(client.check(token)) == ref_of(token));
        const auto received = server.received();
        REQUIRE(received.size() == 3);
        CHECK(received[1].connection == 0);
        CHECK(received[2].connection == 1);
    }
}

TEST_CASE("one item that the service cannot tell is unavailable alone, and is no reason for distrust") {
    FakeSession server([](const Received& request) {
        auto answer = test::truth(request.checks());
        if (request.number == 0) {
            answer.items[1].state = proto::ErrorCode::sessions_unavailable;
            answer.items[2].state = proto::Inactive{};
        }
        return FakeSession::ok(to_json(answer));
    });
    test::Client client({server.endpoint()});
    const auto tokens = new_tokens(3);
    const auto answers = ask_many(client, tokens);
    CHECK(says(client.get(answers[0])) == ref_of(tokens[0]));
    const auto unavailable = client.get(answers[1]);
    REQUIRE(std::holds_alternative<Unavailable>(unavailable));
    CHECK(std::get<Unavailable>(unavailable).why.code == proto::ErrorCode::sessions_unavailable);
    CHECK(std::get<Unavailable>(unavailable).why.retry_after == 1s);
    CHECK(says(client.get(answers[2])) == "inactive");
    CHECK(says(client.check(tokens[0])) == ref_of(tokens[0]));
    CHECK(server.connections() == 1);
}

TEST_CASE("a batch that is refused as a whole is unavailable, never the fault of who asks") {
    for (const auto& [line, code] : {std::pair<std::string, std::string>{"400 Bad Request", "INVALID_REQUEST"},
                                     {"429 Too Many Requests", "RATE_LIMIT_EXCEEDED"},
                                     {"401 Unauthorized", "NOT_AUTHENTICATED"}}) {
        CAPTURE(code);
        FakeSession server([&](const Received&) {
            return FakeSession::status(line, R"({"success":false,"message":"m","error_code":")" + code + "\"}");
        });
        test::Client client({server.endpoint()});
        const auto check = client.get(client.ask(new_token()));
        const auto* unavailable = std::get_if<Unavailable>(&check);
        REQUIRE(unavailable);
        CHECK(unavailable->why.code == proto::ErrorCode::service_unavailable);
        CHECK(unavailable->why.message.empty());
    }
}

TEST_CASE("a late answer reaches nobody else") {
    Gate gate;
    FakeSession server([&](const Received& request) {
        if (request.number == 0) gate.wait();
        return FakeSession::answer_truly(request);
    });
    test::Client client({server.endpoint()});
    const auto start = std::chrono::steady_clock::now();
    CHECK(says(client.check(new_token(), 60ms)) == "unavailable");
    CHECK(std::chrono::steady_clock::now() - start < 2s);
    gate.open();  // now the answer comes, on a connection that must be closed
    const auto tokens = new_tokens(10);
    for (const auto& token : tokens) CHECK(says(client.check(token)) == ref_of(token));
    for (const auto& request : server.received()) CHECK((request.number == 0) == (request.connection == 0));
}

TEST_CASE("who stops waiting does not take the answer from those who still do") {
    Gate gate;
    FakeSession server(behind(gate));
    test::Client client({server.endpoint()});
    const auto tokens = new_tokens(3);
    const auto first = client.ask(tokens[0], 5s);
    const auto hasty = client.ask(tokens[1], 60ms);
    const auto last = client.ask(tokens[2], 5s);
    CHECK(says(client.get(hasty)) == "unavailable");
    CHECK_FALSE(first->has_value());
    gate.open();
    CHECK(says(client.get(first)) == ref_of(tokens[0]));
    CHECK(says(client.get(last)) == ref_of(tokens[2]));
    CHECK(server.received().size() == 1);
}

TEST_CASE("who stops waiting before the batch leaves is not asked about, and shifts nobody") {
    Gate gate;
    FakeSession server(behind(gate));
    test::Client client({server.endpoint()});
    const auto held = ask_many(client, {new_token()});
    gatehouse::test::turn_for(client.loop(), 20ms);
    const auto held_too = ask_many(client, {new_token()});
    CHECK(client.turn_until(client.loop(), [&] { return server.received().size() == 2; }));
    const auto tokens = new_tokens(3);
    const auto first = client.ask(tokens[0], 5s);
    const auto hasty = client.ask(tokens[1], 60ms);
    const auto last = client.ask(tokens[2], 5s);
    CHECK(says(client.get(hasty)) == "unavailable");
    gate.open();
    CHECK(says(client.get(first)) == ref_of(tokens[0]));
    CHECK(says(client.get(last)) == ref_of(tokens[2]));
    const auto received = server.received();
    REQUIRE(received.size() == 3);
    CHECK(received[2].checks().items.size() == 2);
}

TEST_CASE("past the bound on waiting checks the answer is a quick unavailable") {
    Gate gate;
    FakeSession server(behind(gate));
    test::Client client({server.endpoint()}, 10);
    const auto answers = ask_many(client, new_tokens(25));
    const auto answered = [&] { return std::ranges::count_if(answers, [](const auto& a) { return a->has_value(); }); };
    CHECK(client.turn_until(client.loop(), [&] { return answered() == 15; }));
    for (std::size_t i = 10; i < 25; ++i) CHECK(says(client.get(answers[i])) == "unavailable");
    gate.open();
    for (std::size_t i = 0; i < 10; ++i) CHECK(says(client.get(answers[i])).size() == 16);
    CHECK(says(client.check(new_token())).size() == 16);  // and there is room again
}

TEST_CASE("a drain waits for the checks that are under way, also for those that nobody waits for any more") {
    Gate gate;
    FakeSession server(behind(gate));
    std::optional<test::Client> client(std::in_place, std::vector{server.endpoint()});
    const auto patient = client->ask(new_token(), 5s);
    const auto hasty = client->ask(new_token(), 60ms);
    CHECK(says(client->get(hasty)) == "unavailable");
    CHECK_FALSE(gatehouse::test::run_task(client->loop(), client->loop().tasks.idle(Deadline::after(50ms))));
    gate.open();
    CHECK(gatehouse::test::run_task(client->loop(), client->loop().tasks.idle(Deadline::after(5s))));
    CHECK(patient->has_value());
    client.reset();  // touches nothing that has gone: the sanitizers watch
}

}  // namespace gatehouse::session_client
