#include "session_client/servers.hpp"

#include <algorithm>
#include <optional>
#include <ranges>
#include <tuple>
#include <utility>

#include "base/log.hpp"
#include "base/once_per.hpp"

namespace gatehouse::session_client {
namespace {

using proto::ErrorCode;

constexpr std::chrono::seconds kAvoid{1};  // a server that could not be reached
constexpr std::chrono::seconds kRetryAfter{1};

void tell_credential_refused() {
    static OncePer limit;
    if (!limit.pass()) return;
    log::write(log::Level::error, "session_client.credential_refused",
               {{"detail",
                 "the session service does not accept SESSION_CREDENTIAL for this call: compare it with "
                 "SERVICE_CREDENTIALS there"}});
}

// Of the server that says so, and not of the question.
bool is_outage(ErrorCode code) noexcept {
    return code == ErrorCode::sessions_unavailable || code == ErrorCode::database_unavailable ||
           code == ErrorCode::service_unavailable;
}

proto::Failure away(const Error& why) {
    return {ErrorCode::service_unavailable, "", kRetryAfter, describe(why), why.where};
}

// The service's own refusals concern the person; those of our credential or our request do not, and are our fault.
proto::Failure refusal_of(const web::ClientResponse& response) {
    auto failure = proto::failure_from_json(response.body);
    if (!failure) {
        return {ErrorCode::service_unavailable, "", kRetryAfter, describe(failure.error()), failure.error().where};
    }
    switch (failure->code) {
        case ErrorCode::not_authenticated:
        case ErrorCode::forbidden:
            tell_credential_refused();
            [[fallthrough]];
        case ErrorCode::not_found:
        case ErrorCode::method_not_allowed:
        case ErrorCode::unsupported_media_type:
        case ErrorCode::headers_too_large:
        case ErrorCode::payload_too_large:
        case ErrorCode::request_timeout:
        case ErrorCode::csrf_rejected:
        case ErrorCode::conflict:
        case ErrorCode::invalid_request:  // also of a port that speaks TLS, to whom does not
            failure->detail = std::string("the session service answered ") + std::string(info(failure->code).name);
            if (!failure->message.empty()) failure->detail += ": " + failure->message;
            failure->answered = std::exchange(failure->code, ErrorCode::service_unavailable);
            failure->message.clear();
            failure->retry_after = kRetryAfter;
            break;
        case ErrorCode::missing_email:
        case ErrorCode::missing_password:
        case ErrorCode::invalid_email:
        case ErrorCode::invalid_password:
        case ErrorCode::invalid_credentials:
        case ErrorCode::rate_limit_exceeded:
        case ErrorCode::internal_error:
        case ErrorCode::hashing_busy:
        case ErrorCode::sessions_unavailable:
        case ErrorCode::database_unavailable:
        case ErrorCode::service_unavailable:
            break;
    }
    return std::move(*failure);
}

}  // namespace

SessionClient::Servers::Servers(Loop& loop, const Options& options, web::Client::Options connections) {
    connections.tls = options.tls;
    for (const Endpoint& server : options.servers) {
        auto& added = servers_.emplace_back();
        added.client = std::make_unique<web::Client>(loop, server, connections);
    }
    use_credential(options.credential);
}

void SessionClient::Servers::use_credential(const Secret& credential) {
    constexpr std::string_view scheme = "Bearer ";
    std::string value;
    value.reserve(scheme.size() + credential.view().size());  // growing would leave a copy behind
    value.append(scheme).append(credential.view());
    authorization_ = std::make_shared<const Secret>(std::move(value));
}

SessionClient::Servers::Choice SessionClient::Servers::choose(const Tried& tried) const {
    if (servers_.size() == 1) return {0, 1};
    const auto now = std::chrono::steady_clock::now();
    const auto was_tried = [&](std::size_t server) { return std::ranges::find(tried, server) != tried.end(); };
    const auto avoided = [&](std::size_t server) { return now < servers_[server].avoid_until; };
    const auto all = std::views::iota(std::size_t{0}, servers_.size());
    // One that should be avoided is chosen only if all others are, or have been tried.
    const auto best = std::ranges::min(all, {}, [&](std::size_t server) {
        return std::tuple(was_tried(server), avoided(server), servers_[server].client->outstanding());
    });
    const auto good = static_cast<std::ptrdiff_t>(
        std::ranges::count_if(all, [&](std::size_t server) { return !was_tried(server) && !avoided(server); }));
    return {best, good > 0 ? good : std::ssize(servers_) - std::ssize(tried)};
}

bool SessionClient::Servers::avoid(std::size_t server) noexcept {
    const auto now = std::chrono::steady_clock::now();
    const bool has_better = std::ranges::any_of(
        servers_, [&](const Server& other) { return &other != &servers_[server] && now >= other.avoid_until; });
    if (has_better) servers_[server].avoid_until = now + kAvoid;
    return has_better;
}

void SessionClient::Servers::distrust_connections() noexcept {
    for (auto& server : servers_) server.client->close_idle();
}

Task<proto::Outcome<SessionClient::Servers::Answer>> SessionClient::Servers::call(web::Method method,
                                                                                  std::string_view target, Secret body,
                                                                                  Caller caller, web::Retry retry,
                                                                                  Deadline by) {
    web::ClientRequest request{method, std::string(target), std::move(body)};
    const auto authorization = authorization_;  // another may be used meanwhile
    request.headers.emplace_back("Authorization", authorization->view());
    if (!caller.request_id.empty()) request.headers.emplace_back("X-Request-Id", caller.request_id);
    if (!caller.traceparent.empty()) request.headers.emplace_back("traceparent", caller.traceparent);
    std::optional<proto::Failure> last;
    Tried tried;
    while (tried.size() < servers_.size() && !by.passed()) {
        const auto [server, left] = choose(tried);
        tried.push_back(server);
        // What only reads can be asked elsewhere: one server that hangs must not use up the whole wait.
        const Deadline part = retry == web::Retry::once ? by.within(by.remaining() / left) : by;
        auto answer = co_await servers_[server].client->send(request, retry, part);
        if (answer && answer->status == 200) co_return Answer{std::move(answer->body), server};
        bool unknown_there = false;
        if (answer) {
            last = refusal_of(*answer);
            if (!is_outage(last->code)) break;
            avoid(server);
        } else {
            const Errc code = answer.error().code;
            unknown_there = code == Errc::unavailable || code == Errc::overloaded;
            if (code != Errc::overloaded) servers_[server].avoid_until = std::chrono::steady_clock::now() + kAvoid;
            last = away(answer.error());
        }
        if (!unknown_there && retry != web::Retry::once) break;
    }
    if (!last) last = away({Errc::timeout, "no time was left to ask", std::source_location::current()});
    co_return std::unexpected(*std::move(last));
}

}  // namespace gatehouse::session_client
