// The internal API from a request to its answer, without a socket.
#include "session/routes.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>

#include "session/worker.hpp"
#include "sign_in_world.hpp"
#include "support/captured_log.hpp"

using namespace gatehouse;
using namespace gatehouse::session;
using namespace gatehouse::test;

namespace {

// A session store that cannot tell.
class Away final : public SessionStore {
public:
    Task<std::vector<Lookup>> find(std::span<const SessionKey> keys, Deadline) override {
        std::vector<Lookup> answers;
        for (std::size_t i = 0; i < keys.size(); ++i) answers.emplace_back(Unavailable{why()});
        co_return std::move(answers);
    }
    Task<Creation> create(NewSession, std::vector<SessionKey>, Deadline) override { co_return Unavailable{why()}; }
    Task<Result<bool>> touch(SessionKey, std::optional<UserFacts>, Deadline) override { co_return failed(); }
    Task<Result<void>> revoke(SessionKey, Deadline) override { co_return failed(); }
    Task<Result<bool>> revoke(UserId, std::string, Deadline) override { co_return failed(); }
    Task<Result<unsigned>> revoke_all(UserId, Epoch, Deadline) override { co_return failed(); }
    Task<Result<std::vector<Session>>> list(UserId, Deadline) override { co_return failed(); }
    Task<Result<void>> ping(Deadline) override { co_return failed(); }
    [[nodiscard]] std::string run_id() const override { return {}; }

private:
    static std::unexpected<Error> failed() { return fail(Errc::unavailable, "the store of this test is away"); }
    static Error why() { return failed().error(); }
};

// A loop's worth of the service over the stores of a World.
struct Api : World {
    Api() : stores(config.sessions, clock), worker(shared(), loop) { static_cast<void>(add()); }

    Worker::Shared shared() {
        config.credentials = {entry(gateway, "gateway", {"login", "introspect", "revoke"}),
                              entry(admin, "admin", {"admin"})};
        return {config, clock, readiness, metrics, logid, decoys, *accounts, database, hashing, stores};
    }
    static crypto::CredentialEntry entry(Secret& credential, std::string_view name, std::vector<std::string> scopes) {
        auto made = crypto::new_service_credential(name, scopes).value();
        credential = std::move(made.credential);
        return std::move(made.entry);
    }

    struct Answer {
        web::Response response;
        boost::json::object body;
        [[nodiscard]] std::string_view header(std::string_view name) const {
            for (const auto& [key, value] : response.headers) {
                if (key == name) return value;
            }
            return {};
        }
        [[nodiscard]] std::string text(std::string_view name) const {
            return std::string(body.at(boost::json::string_view(name.data(), name.size())).as_string());
        }
    };
    using Headers = std::vector<std::pair<std::string, std::string>>;

    Answer ask(web::Method method, std::string path, std::string body, std::string_view credential, Headers more = {}) {
        const std::string bearer = "Bearer " + std::string(credential);
        web::Request request;
        request.method = method;
        request.path = request.target = path;
        request.body = body;
        request.request_id = "of-the-server";
        request.deadline = Deadline::after(std::chrono::seconds(20));
        request.loop = &loop;
        if (!credential.empty()) request.headers.push_back({"authorization", bearer});
        for (const auto& [name, value] : more) request.headers.push_back({name, value});
        Answer answer{run_task(loop, serve(request, worker.services())), {}};
        if (!answer.response.body.empty()) answer.body = boost::json::parse(answer.response.body).as_object();
        seen_id = request.request_id;
        seen_deadline = request.deadline;
        return answer;
    }
    Answer post(std::string path, std::string body, Headers more = {}) {
        return ask(web::Method::post, std::move(path), std::move(body), gateway.view(), std::move(more));
    }
    // What a request that the session store cannot answer is answered.
    web::Response post_without_sessions(std::string path, std::string body) {
        const std::string bearer = "Bearer " + std::string(gateway.view());
        web::Request request;
        request.method = web::Method::post;
        request.path = path;
        request.body = body;
        request.request_id = "of-the-server";
        request.headers.push_back({"Authorization", bearer});
        request.deadline = Deadline::after(std::chrono::seconds(20));
        const Services& real = worker.services();
        Services services{real.config,   real.callers, real.readiness, real.metrics, real.accounts,
                          real.database, real.hashing, away,           real.login,   real.touch};
        return run_task(loop, serve(request, services));
    }
    std::string login() {
        const Answer answer = post("/v1/login", to_json(request()));
        REQUIRE(answer.response.status == 200);
        return answer.text("token");
    }

    Config config;
    Secret gateway;
    Secret admin;
    SessionStores stores;
    Worker worker;
    Away away;
    Deadline seen_deadline{SteadyTime{}};
    std::string seen_id;
};

std::string token_body(const std::string& token) { return R"({"token":")" + token + R"("})"; }

}  // namespace

TEST_CASE("sign in, ask, sign out, ask") {
    Api api;
    const std::string token = api.login();
    const auto alive = api.post("/v1/sessions/introspect", token_body(token));
    CHECK(alive.response.status == 200);
    CHECK(alive.body.at("active").as_bool());
    CHECK(alive.text("sub") == "1");
    CHECK(alive.text("email") == kAddress);
    CHECK(alive.text("ref") == alive.text("sid"));

    // A cookie's value is taken as it is; what follows the dot is not looked at here.
    CHECK(api.post("/v1/sessions/introspect", token_body(token + ".AAAAAAAAAAAAAAAAAAAAAA")).text("ref") ==
          alive.text("ref"));
    CHECK(api.post("/v1/sessions/revoke", token_body(token)).body.at("revoked").as_int64() == 1);
    const auto dead = api.post("/v1/sessions/introspect", token_body(token));
    CHECK(dead.response.status == 200);
    CHECK_FALSE(dead.body.at("active").as_bool());
    CHECK(dead.text("ref") == alive.text("ref"));
    CHECK(api.post("/v1/sessions/revoke", token_body(token)).response.status == 200);
}

TEST_CASE("a batch keeps its order, and what is no token is inactive") {
    Api api;
    const std::string token = api.login();
    const auto answer =
        api.post("/v1/sessions/introspect", R"({"items":[{"token":"no"},{"token":")" + token +
                                                R"("},{"token":"1AAAAAAAAAAAA)" + std::string(43, 'A') + R"("}]})");
    const auto& items = answer.body.at("items").as_array();
    REQUIRE(items.size() == 3);
    CHECK_FALSE(items[0].as_object().at("active").as_bool());
    CHECK(items[1].as_object().at("active").as_bool());
    CHECK_FALSE(items[2].as_object().at("active").as_bool());
    for (const auto& item : items) CHECK(item.as_object().at("ref").as_string().size() == 16);
}

TEST_CASE("what the session store cannot tell is logged, for one token and for a batch") {
    Api api;
    const std::string token = api.login();
    const auto said = [](const std::vector<std::string>& lines) {
        return std::ranges::count_if(lines, [](const std::string& line) {
            return line.find("the store of this test is away") != std::string::npos &&
                   line.find("SESSIONS_UNAVAILABLE") != std::string::npos;
        });
    };
    const auto batch = R"({"items":[)" + token_body(token) + "," + token_body(token) + "]}";
    web::Response answer;
    // At most once a second, however the outage is met.
    const auto is_said = [&](std::string body) {
        return eventually([&] {
            const auto ask = [&] { answer = api.post_without_sessions("/v1/sessions/introspect", body); };
            return said(logged(log::Level::info, ask)) == 1;
        });
    };
    CHECK(is_said(batch));
    CHECK(answer.status == 200);
    CHECK(answer.body.find(R"("error_code":"SESSIONS_UNAVAILABLE")") != std::string::npos);
    CHECK(is_said(token_body(token)));
    CHECK(answer.status == 503);
}

TEST_CASE("every item of a batch is logged under the id and the trace of its own request") {
    Api api;
    const std::string token = api.login();
    const std::string trace = "0af7651916cd43dd8448eb211c80319c";
    const std::string items = R"({"items":[{"token":")" + token + R"(","request_id":"of-ada","traceparent":"00-)" +
                              trace + R"(-b7ad6b7169203331-01"},{"token":"no","request_id":"a b","traceparent":"?"}]})";
    const auto introspected = [&](log::Level least) {
        auto lines = logged(least, [&] { CHECK(api.post("/v1/sessions/introspect", items).response.status == 200); });
        std::erase_if(lines, [](const std::string& line) { return line.find("introspected") == std::string::npos; });
        return lines;
    };
    CHECK(introspected(log::Level::info).empty());
    const auto lines = introspected(log::Level::debug);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].find(R"("request_id":"of-ada","trace_id":")" + trace + "\"") != std::string::npos);
    CHECK(lines[0].find(R"("outcome":"active")") != std::string::npos);
    CHECK(lines[1].find(R"("request_id":"of-the-server")") != std::string::npos);
    CHECK(lines[1].find("trace_id") == std::string::npos);
    CHECK(lines[1].find(R"("outcome":"inactive")") != std::string::npos);
    for (const auto& line : lines) CHECK(line.find(token) == std::string::npos);
}

TEST_CASE("who cannot show a credential learns nothing, not even which paths exist") {
    Api api;
    std::string changed(api.gateway.view());
    changed[20] = changed[20] == 'A' ? 'B' : 'A';
    for (std::string_view credential :
         {std::string_view(""), std::string_view("ghs_gateway_x"), std::string_view(changed)}) {
        for (const char* path : {"/v1/login", "/v1/health", "/no/such/path"}) {
            const auto answer = api.ask(web::Method::post, path, "{}", credential, {{"X-Request-Id", "forged"}});
            CHECK(answer.response.status == 401);
            CHECK(answer.text("error_code") == "NOT_AUTHENTICATED");
            CHECK(answer.text("message") == (credential.empty()
                                                 ? "Authorization: Bearer with a service credential is needed"
                                                 : "The service credential is not known here"));
            CHECK(answer.header("WWW-Authenticate") == "Bearer realm=\"gatehouse\"");
            CHECK(api.seen_id == "of-the-server");
        }
    }
}

TEST_CASE("a disabled credential is 403 wherever it is shown, and does nothing") {
    Api api;
    auto callers = api.config.credentials;
    for (auto& caller : callers) caller.scopes.emplace_back("disabled");
    const std::string token = api.login();
    api.worker.use_callers(callers);
    for (const char* path : {"/v1/sessions/introspect", "/v1/sessions/revoke", "/v1/health", "/no/such/path"}) {
        INFO(path);
        const auto answer = api.post(path, token_body(token), {{"X-Request-Id", "not-believed"}});
        CHECK(answer.response.status == 403);
        CHECK(answer.text("error_code") == "FORBIDDEN");
        CHECK(answer.text("message") == "The credential is disabled");
        CHECK(answer.text("request_id") == "of-the-server");
        CHECK(answer.header("WWW-Authenticate").empty());
    }
    api.worker.use_callers(api.config.credentials);
    CHECK(api.post("/v1/sessions/introspect", token_body(token)).body.at("active").as_bool());
}

TEST_CASE("who may ask can change: the old credential, both, the new one") {
    Api api;
    Secret fresh;
    const auto old_entry = api.config.credentials.front();
    const auto new_entry = Api::entry(fresh, "gateway", {"login", "introspect", "revoke"});
    const auto status = [&](const Secret& credential) {
        return api.ask(web::Method::get, "/v1/health", "", credential.view()).response.status;
    };
    CHECK(status(fresh) == 401);
    api.worker.use_callers({old_entry, new_entry});
    CHECK(status(api.gateway) == 200);
    CHECK(status(fresh) == 200);
    api.worker.use_callers({new_entry});
    CHECK(status(api.gateway) == 401);
    CHECK(status(fresh) == 200);
}

TEST_CASE("two Authorization headers are no credential") {
    Api api;
    const std::string bearer = "Bearer " + std::string(api.gateway.view());
    CHECK(
        api.ask(web::Method::get, "/v1/health", "", api.gateway.view(), {{"Authorization", bearer}}).response.status ==
        401);
}

TEST_CASE("a credential does what its scopes say, and no more") {
    Api api;
    const auto status = [&](std::string_view credential, web::Method method, std::string path,
                            std::string body = "{}") {
        return api.ask(method, std::move(path), std::move(body), credential).response.status;
    };
    CHECK(status(api.gateway.view(), web::Method::get, "/v1/users") == 403);
    CHECK(status(api.admin.view(), web::Method::get, "/v1/users") == 200);
    CHECK(status(api.admin.view(), web::Method::post, "/v1/login") == 403);
    CHECK(status(api.admin.view(), web::Method::post, "/v1/sessions/introspect") == 403);
    CHECK(status(api.admin.view(), web::Method::post, "/v1/sessions/revoke") == 403);
    CHECK(status(api.gateway.view(), web::Method::get, "/v1/health", "") == 200);
    CHECK(status(api.admin.view(), web::Method::get, "/v1/health", "") == 200);
    // Somebody else's sessions are administration's, whatever the path.
    CHECK(status(api.gateway.view(), web::Method::post, "/v1/users/1/sessions/revoke", R"({"all":true})") == 403);
    CHECK(status(api.gateway.view(), web::Method::post, "/v1/sessions/revoke", R"({"user_id":1,"all":true})") == 400);
}

TEST_CASE("a credential for introspection can do that and nothing else, on any route; health is for every credential") {
    Api api;
    Secret introspects;
    const auto entry = Api::entry(introspects, "app", {"introspect"});
    api.worker.use_callers({entry});
    std::size_t refused = 0;
    for (const InternalRoute& route : internal_routes()) {
        const web::RouteKey& key = route.key;
        std::string path(key.path);
        if (const auto at = path.find("{}"); at != path.npos) path.replace(at, 2, "1");
        INFO(web::to_string(key.method) << " " << path);
        const auto answer = api.ask(key.method, path, "{}", introspects.view());
        const bool allowed = path == "/v1/sessions/introspect" || path == "/v1/health";
        if (allowed) {
            CHECK(answer.response.status != 403);
            continue;
        }
        CHECK(answer.response.status == 403);
        CHECK(answer.text("error_code") == "FORBIDDEN");
        ++refused;
    }
    CHECK(refused == internal_routes().size() - 2);
    CHECK(refused > 10);
}

TEST_CASE("paths and methods that do not exist are told apart") {
    Api api;
    const auto unknown = api.ask(web::Method::get, "/v1/nothing", "", api.gateway.view());
    CHECK(unknown.response.status == 404);
    CHECK(unknown.text("error_code") == "NOT_FOUND");
    const auto wrong = api.ask(web::Method::get, "/v1/login", "", api.gateway.view());
    CHECK(wrong.response.status == 405);
    CHECK(wrong.header("Allow").find("POST") != std::string_view::npos);
}

TEST_CASE("the caller's request id and trace are taken over, if they are well-formed") {
    Api api;
    const auto id_after = [&](std::string given) {
        static_cast<void>(
            api.ask(web::Method::get, "/v1/nothing", "", api.gateway.view(), {{"X-Request-Id", std::move(given)}}));
        return api.seen_id;
    };
    CHECK(id_after("abc-123") == "abc-123");
    CHECK(id_after("a b") == "of-the-server");
    CHECK(id_after(std::string(65, 'a')) == "of-the-server");
    CHECK(id_after("") == "of-the-server");
    const auto answer = api.ask(web::Method::get, "/v1/nothing", "", api.gateway.view(), {{"X-Request-Id", "abc-123"}});
    CHECK(answer.text("request_id") == "abc-123");
}

TEST_CASE("a body that is not the message is 400 and names the member, never what was sent") {
    Api api;
    const auto answer = api.post("/v1/login", R"({"email":"ada@example.org","password":["top secret"]})");
    CHECK(answer.response.status == 400);
    CHECK(answer.text("error_code") == "INVALID_REQUEST");
    CHECK(answer.text("message").find("password") != std::string::npos);
    CHECK(answer.response.body.find("top secret") == std::string::npos);
    CHECK(api.post("/v1/sessions/introspect", "").response.status == 400);
    CHECK(api.post("/v1/sessions/revoke", "{}").response.status == 400);
}

TEST_CASE("a caller that has no time left gets a quick 503") {
    Api api;
    const auto late = api.post("/v1/login", to_json(World::request()), {{"X-Request-Timeout-Ms", "0"}});
    CHECK(late.response.status == 503);
    CHECK(late.header("Retry-After") == "1");
    CHECK(late.body.at("retry_after").as_int64() == 1);
    CHECK(api.post("/v1/login", to_json(World::request()), {{"X-Request-Timeout-Ms", "soon"}}).response.status == 400);
    CHECK(eventually([&] { return api.database.running() == 0; }));
    CHECK(api.attempts("pending") == 0);
}

TEST_CASE("altering the schema may take longer than a sign-in, unless the caller says otherwise") {
    Api api;
    const auto time_for = [&](web::Method method, std::string path, Api::Headers more = {}) {
        static_cast<void>(api.ask(method, std::move(path), "", api.admin.view(), std::move(more)));
        return api.seen_deadline.remaining();
    };
    CHECK(time_for(web::Method::get, "/v1/users") <= api.config.server.login_timeout);
    CHECK(time_for(web::Method::post, "/v1/schema/apply") > std::chrono::minutes(9));
    CHECK(time_for(web::Method::post, "/v1/schema/apply", {{"X-Request-Timeout-Ms", "60000"}}) <=
          std::chrono::minutes(1));
}

TEST_CASE("a throttled sign-in says for how long, in the header and the body") {
    Api api;
    for (int i = 0; i < 5; ++i) {
        CHECK(api.post("/v1/login", to_json(World::request(kAddress, "wrong password"))).response.status == 401);
    }
    const auto refused = api.post("/v1/login", to_json(World::request()));
    CHECK(refused.response.status == 429);
    CHECK(refused.text("error_code") == "RATE_LIMIT_EXCEEDED");
    CHECK(refused.header("Retry-After") == "900");
    CHECK(refused.body.at("retry_after").as_int64() == 900);
}

TEST_CASE("before the schema is in place a sign-in is 503 and a check works") {
    Api api;
    const std::string token = api.login();
    Readiness fresh;
    Worker::Shared shared = api.shared();
    Worker young({shared.config, shared.clock, fresh, shared.metrics, shared.logid, shared.decoys, shared.accounts,
                  shared.database, shared.hashing, shared.stores},
                 api.loop);
    const auto ask = [&](std::string path, std::string body) {
        web::Request request;
        const std::string bearer = "Bearer " + std::string(api.gateway.view());
        request.method = web::Method::post;
        request.path = path;
        request.body = body;
        request.headers.push_back({"Authorization", bearer});
        request.deadline = Deadline::after(std::chrono::seconds(20));
        return run_task(api.loop, serve(request, young.services()));
    };
    CHECK(ask("/v1/login", to_json(World::request())).status == 503);
    CHECK(ask("/v1/sessions/introspect", token_body(token)).body.find("\"active\":true") != std::string::npos);
}

TEST_CASE("health names what is away") {
    Api api;
    const auto health = [&] { return api.ask(web::Method::get, "/v1/health", "", api.gateway.view()); };
    CHECK(health().text("status") == "healthy");
    CHECK(health().text("database") == "connected");
    CHECK(health().text("sessions") == "connected");
}

TEST_CASE("administration reaches its handlers, and a disabled account's session is gone at once") {
    Api api;
    const std::string token = api.login();
    const auto answer = api.ask(web::Method::post, "/v1/users/1/disable", "", api.admin.view());
    CHECK(answer.response.status == 200);
    CHECK(answer.body.at("sessions_ended").as_int64() == 1);
    CHECK_FALSE(api.post("/v1/sessions/introspect", token_body(token)).body.at("active").as_bool());
    CHECK(api.ask(web::Method::get, "/v1/users/x", "", api.admin.view()).response.status == 404);
}

TEST_CASE("the log counts what a change did, and nothing where there is nothing to count") {
    Api api;
    static_cast<void>(api.login());
    static_cast<void>(api.login());
    // Behind the members that every change has.
    const auto logged_of = [&](web::Method method, std::string path, std::string body = "") {
        const auto lines = logged(log::Level::info, [&] {
            const auto answer = api.ask(method, std::move(path), std::move(body), api.admin.view());
            CHECK(answer.response.status / 100 == 2);
        });
        REQUIRE(lines.size() == 1);
        const auto& line = lines.front();
        const auto event = line.substr(line.find(R"("event":)"));
        const std::string by = R"("by":"admin")";
        return event.substr(9, event.find('"', 9) - 9) + event.substr(event.find(by) + by.size());
    };
    using web::Method;
    const std::string password = R"({"password":"two herons on a post"})";
    const std::string grace =
        R"({"email":"grace@example.org","full_name":"Grace","role":"student","password":"three herons"})";
    CHECK(logged_of(Method::post, "/v1/users", grace) == "user.created}");
    CHECK(logged_of(Method::post, "/v1/users/1/disable") == R"(user.disabled,"count":2})");
    CHECK(logged_of(Method::post, "/v1/users/1/disable") == R"(user.disabled,"count":0})");
    CHECK(logged_of(Method::post, "/v1/users/1/enable") == "user.enabled}");
    static_cast<void>(api.login());
    CHECK(logged_of(Method::post, "/v1/users/1/password", password) == R"(password.changed,"count":1})");
    CHECK(logged_of(Method::patch, "/v1/users/1", R"({"role":"staff"})") == "user.updated}");
    CHECK(logged_of(Method::delete_, "/v1/users/1") == R"(user.deleted,"count":0})");
    CHECK(logged_of(Method::post, "/v1/schema/apply") == R"(schema.applied,"count":0})");
}
