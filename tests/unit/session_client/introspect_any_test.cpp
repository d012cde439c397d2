#include <set>

#include "fake_session.hpp"
#include "support/catch.hpp"

namespace gatehouse::session_client {
namespace {

using namespace std::chrono_literals;
using test::FakeSession;
using test::new_token;
using test::Received;
using test::ref_of;
using test::says;

// A session service that knows these sessions; of `untold` it cannot tell.
FakeSession::Script knowing(std::set<std::string> alive, std::string untold = "") {
    return [alive = std::move(alive), untold = std::move(untold)](const Received& request) {
        const auto asked = request.checks();
        auto answer = test::truth(asked);
        for (std::size_t i = 0; i < asked.items.size(); ++i) {
            const std::string token(asked.items[i].token.view());
            if (token == untold) answer.items[i].state = proto::ErrorCode::sessions_unavailable;
            if (token != untold && !alive.contains(token)) answer.items[i].state = proto::Inactive{};
        }
        return FakeSession::ok(to_json(answer));
    };
}

std::string whose(test::Client& client, const std::vector<std::string>& tokens) {
    web::CookieValues presented(tokens.begin(), tokens.end());
    const auto any = gatehouse::test::run_task(
        client.loop(), client->introspect_any(std::move(presented), {"request-1", ""}, Deadline::after(5s)));
    const auto said = says(any.check);
    CHECK(said == (any.token.empty() ? said : ref_of(std::string(any.token))));
    CHECK(any.token.empty() == !std::holds_alternative<Active>(any.check));
    return any.unclear ? said + ", unclear" : said;
}

}  // namespace

TEST_CASE("of several tokens the one whose session lives counts, wherever it stands") {
    const auto alive = new_token();
    FakeSession server(knowing({alive}));
    test::Client client({server.endpoint()});
    CHECK(whose(client, {alive}) == ref_of(alive));
    CHECK(whose(client, {new_token(), alive, new_token()}) == ref_of(alive));
    CHECK(whose(client, {alive, new_token()}) == ref_of(alive));
    CHECK(whose(client, {new_token(), new_token()}) == "inactive");
    CHECK(server.received().front().header("X-Request-Id") == "request-1");
}

TEST_CASE("two sessions that live are nobody's, and neither is asked for without a token or with a heap of them") {
    const auto one = new_token();
    const auto two = new_token();
    FakeSession server(knowing({one, two}));
    test::Client client({server.endpoint()});
    CHECK(whose(client, {one, two}) == "inactive, unclear");
    const auto asked = server.received().size();
    CHECK(whose(client, {}) == "inactive");
    CHECK(whose(client, {one, new_token(), new_token(), new_token(), new_token()}) == "inactive, unclear");
    CHECK(server.received().size() == asked);
}

TEST_CASE("of a token that cannot be told about nothing is known, whatever the others are") {
    const auto alive = new_token();
    const auto untold = new_token();
    FakeSession server(knowing({alive}, untold));
    test::Client client({server.endpoint()});
    CHECK(whose(client, {alive, untold}) == "unavailable");
    CHECK(whose(client, {untold, alive}) == "unavailable");
}

}  // namespace gatehouse::session_client
