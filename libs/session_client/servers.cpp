#include "session_client/servers.hpp"

#include <algorithm>
#include <tuple>

#include "base/log.hpp"
#include "base/once_per_second.hpp"

namespace gatehouse::session_client {
namespace {

using proto::ErrorCode;

constexpr std::chrono::seconds kAvoid{1};  // a server that could not be reached
constexpr std::chrono::seconds kRetryAfter{1};

void tell_credential_refused() {
    static OncePerSecond limit;
    if (!limit.pass()) return;
    log::write(log::Level::error, "session_client.credential_refused",
               {{"detail",
                 "the session service does not accept SESSION_CREDENTIAL for this call: compare it with "
                 "SERVICE_CREDENTIALS there"}});
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
            failure->code = ErrorCode::service_unavailable;
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

SessionClient::Servers::Choice SessionClient::Servers::choose(const Tried& tried) {
    if (servers_.size() == 1) return {servers_.front(), 1};
    const auto now = std::chrono::steady_clock::now();
    const auto was_tried = [&](const Server& server) { return std::ranges::find(tried, &server) != tried.end(); };
    const auto avoided = [&](const Server& server) { return now < server.avoid_until; };
    // One that should be avoided is chosen only if all others are, or have been tried.
    Server& best = *std::ranges::min_element(servers_, {}, [&](const Server& server) {
        return std::tuple(was_tried(server), avoided(server), server.client->outstanding());
    });
    const auto good =
        std::ranges::count_if(servers_, [&](const Server& server) { return !was_tried(server) && !avoided(server); });
    return {best, std::max<std::ptrdiff_t>(good, 1)};
}

void SessionClient::Servers::distrust_connections() noexcept {
    for (auto& server : servers_) server.client->close_idle();
}

Task<proto::Outcome<std::string>> SessionClient::Servers::call(web::Method method, std::string_view target, Secret body,
                                                               Caller caller, web::Retry retry, Deadline by) {
    web::ClientRequest request{method, std::string(target), std::move(body)};
    const auto authorization = authorization_;  // another may be used meanwhile
    request.headers.emplace_back("Authorization", authorization->view());
    if (!caller.request_id.empty()) request.headers.emplace_back("X-Request-Id", caller.request_id);
    if (!caller.traceparent.empty()) request.headers.emplace_back("traceparent", caller.traceparent);
    Error last{Errc::timeout, "no time was left to ask", std::source_location::current()};
    Tried tried;
    while (tried.size() < servers_.size() && !by.passed()) {
        const auto [server, good] = choose(tried);
        tried.push_back(&server);
        // What only reads can be asked elsewhere: one server that hangs must not use up the whole wait.
        const Deadline part = retry == web::Retry::once ? by.within(by.remaining() / good) : by;
        auto answer = co_await server.client->send(request, retry, part);
        if (answer) {
            if (answer->status == 200) co_return std::move(answer->body);
            co_return std::unexpected(refusal_of(*answer));
        }
        last = std::move(answer).error();
        const bool unknown_there = last.code == Errc::unavailable || last.code == Errc::overloaded;
        const bool hangs = last.code == Errc::timeout && retry == web::Retry::once;
        if (last.code == Errc::unavailable || hangs) server.avoid_until = std::chrono::steady_clock::now() + kAvoid;
        if (!unknown_there && retry != web::Retry::once) break;
    }
    co_return std::unexpected(
        proto::Failure{ErrorCode::service_unavailable, "", kRetryAfter, describe(last), last.where});
}

}  // namespace gatehouse::session_client
