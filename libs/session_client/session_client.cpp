#include "session_client/session_client.hpp"

#include "crypto/init.hpp"
#include "crypto/token.hpp"
#include "proto/revoke.hpp"
#include "session_client/check_batcher.hpp"
#include "session_client/servers.hpp"

namespace gatehouse::session_client {
namespace {

constexpr std::size_t kMostPresented = 4;     // tokens of one request
constexpr std::size_t kCheckConnections = 3;  // two batches under way, and one more while a slow one times out

proto::Failure nonsense(const Error& error) {
    return {proto::ErrorCode::service_unavailable, "", std::chrono::seconds(1), describe(error), error.where};
}

}  // namespace

Options Options::copy() const {
    return {servers, credential.copy(), credential_file, tls, login_connections, waiting_checks};
}

SessionClient::SessionClient(Loop& loop, Options options) {
    crypto::init();  // tokens are hashed
    web::Client::Options logins;
    logins.connections = options.login_connections;
    logins.waiting = options.login_connections;
    web::Client::Options checks;
    checks.connections = kCheckConnections;
    checks.connect = std::chrono::milliseconds(300);  // a check has a second in all: leave time for another server
    web::Client::Options probes;  // whoever asks for health must delay no check, and not wait for a sign-in
    probes.connections = 1;
    logins_ = std::make_unique<Servers>(loop, options, logins);
    probes_ = std::make_unique<Servers>(loop, options, probes);
    checks_ = std::make_unique<Servers>(loop, options, checks);
    batcher_ = std::make_unique<CheckBatcher>(loop, *checks_, options.waiting_checks);
}

SessionClient::~SessionClient() = default;

void SessionClient::use_credential(const Secret& credential) {
    for (Servers* servers : {logins_.get(), checks_.get(), probes_.get()}) servers->use_credential(credential);
}

Task<Check> SessionClient::introspect(std::string_view text, Caller caller, Deadline by, proto::Touch touch) {
    const auto token = crypto::token_of_cookie(text);
    if (!token) co_return proto::Inactive{};
    co_return co_await batcher_->ask(*token, caller, touch, by);
}

Task<AnyCheck> SessionClient::introspect_any(web::CookieValues tokens, Caller caller, Deadline by, proto::Touch touch) {
    AnyCheck found{proto::Inactive{}, {}};
    found.unclear = tokens.size() > kMostPresented;
    if (found.unclear) co_return found;
    for (const std::string_view text : tokens) {
        const auto token = crypto::token_of_cookie(text);
        if (!token) continue;
        auto check = co_await batcher_->ask(*token, caller, touch, by);
        if (std::holds_alternative<proto::Inactive>(check)) continue;
        const bool lives = std::holds_alternative<Active>(check);
        if (lives && !found.token.empty()) co_return AnyCheck{proto::Inactive{}, {}, true};
        found.check = std::move(check);
        found.token = lives ? text : std::string_view();
        if (!lives) break;  // it cannot be told: of the others nothing follows
    }
    co_return found;
}

Task<proto::Outcome<proto::LoginAnswer>> SessionClient::login(proto::LoginRequest request, Caller caller, Deadline by) {
    auto said = co_await logins_->call(web::Method::post, "/v1/login", Secret(to_json(request)), caller,
                                       web::Retry::if_unsent, by);
    if (!said) co_return std::unexpected(std::move(said).error());
    auto answer = proto::login_answer_from_json(said->body);
    wipe(said->body);
    if (!answer || !crypto::is_token(answer->token.view())) {
        const Error no_token{Errc::protocol, "no token in the answer", std::source_location::current()};
        co_return std::unexpected(nonsense(answer ? no_token : answer.error()));
    }
    co_return std::move(*answer);
}

Task<proto::Outcome<void>> SessionClient::revoke(std::vector<Secret> tokens, Caller caller, Deadline by) {
    const proto::RevokeRequest request{std::move(tokens)};
    auto said = co_await logins_->call(web::Method::post, "/v1/sessions/revoke", Secret(to_json(request)), caller,
                                       web::Retry::if_unsent, by);
    if (!said) co_return std::unexpected(std::move(said).error());
    const auto answer = proto::revoke_answer_from_json(said->body);
    if (!answer) co_return std::unexpected(nonsense(answer.error()));
    co_return proto::Outcome<void>{};
}

Task<proto::Outcome<proto::Health>> SessionClient::health(Caller caller, Deadline by) {
    proto::Outcome<proto::Health> found;
    for (std::size_t round = 0; round < probes_->size(); ++round) {
        auto said = co_await probes_->call(web::Method::get, "/v1/health", Secret(), caller, web::Retry::once, by);
        if (!said && round > 0) break;  // how the one before is, is known
        if (!said) co_return std::unexpected(std::move(said).error());
        const auto health = proto::health_from_json(said->body);
        if (!health) co_return std::unexpected(nonsense(health.error()));
        found = *health;
        if (health->healthy() || !probes_->avoid(said->server)) break;
    }
    co_return std::move(found);
}

}  // namespace gatehouse::session_client
