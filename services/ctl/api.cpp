#include "ctl/api.hpp"

#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "async/io_threads.hpp"
#include "proto/error_code.hpp"

namespace gatehouse::ctl {

namespace {

using Sent = Result<web::ClientResponse>;

// Runs the loop on this thread until the request has been answered or its deadline has passed.
Sent send(Loop& loop, web::Client& client, const web::ClientRequest& request, web::Retry retry,
          std::chrono::milliseconds timeout) {
    std::optional<Sent> sent;
    const auto by = Deadline::after(timeout);
    auto run = [](web::Client& to, const web::ClientRequest& what, web::Retry how, Deadline until,
                  std::optional<Sent>& into) -> Task<> { into.emplace(co_await to.send(what, how, until)); };
    std::exception_ptr thrown;
    auto ended = [&loop, &thrown](const std::exception_ptr& failure) {
        thrown = failure;
        loop.context.stop();
    };
    spawn(loop.context.get_executor(), run(client, request, retry, by, sent), std::move(ended));
    loop.context.restart();
    loop.context.run();
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*sent);
}

Problem not_reached(const Service& server, const Error& error, std::chrono::milliseconds timeout) {
    const auto where = to_string(server.at);
    if (error.code == Errc::timeout) {
        return {ExitCode::unavailable,
                fmt::format("{} did not answer within {} s; a change may have been made all the same", where,
                            std::chrono::duration_cast<std::chrono::seconds>(timeout).count()),
                "look at the service's log, and at the state before you repeat the command",
                {}};
    }
    if (error.code == Errc::protocol) {
        return {ExitCode::unavailable,
                fmt::format("what answers at {} does not speak this API: {}", where, error.detail),
                "SESSION_URL must be the session service's address (SESSION_LISTEN), not the gateway's",
                {}};
    }
    return {ExitCode::unavailable,
            fmt::format("cannot reach the session service at {}: {}", where, error.detail),
            server.tls
                ? "is it running? With https, SESSION_CA_FILE says whom to believe, SESSION_CLIENT_CERT_FILE and "
                  "SESSION_CLIENT_KEY_FILE what to show"
                : "is it running? Start it, or name another one with --url, --data or SESSION_URL",
            {}};
}

}  // namespace

struct Api::Connection {
    explicit Connection(Service to) : server(std::move(to)), client(loop, server.at, options(server)) {}
    static web::Client::Options options(const Service& server) {
        web::Client::Options wanted;
        wanted.tls = server.tls;
        wanted.connections = 1;
        wanted.connect = std::chrono::seconds(5);
        wanted.response_bytes = 16u * 1024 * 1024;
        return wanted;
    }
    const Service server;
    Loop loop{0};
    web::Client client;
};

Api::Api(Target target, std::chrono::seconds timeout, std::chrono::seconds wait)
    : credential_(std::move(target.credential)),
      timeout_(timeout),
      wait_(wait),
      connection_(std::make_unique<Connection>(std::move(target.service))) {}
Api::~Api() = default;

Answer<std::string> Api::get(std::string path) { return call(web::Method::get, std::move(path), {}, web::Retry::once); }
Answer<std::string> Api::post(std::string path, std::string body) {
    return call(web::Method::post, std::move(path), std::move(body), web::Retry::if_unsent);
}
Answer<std::string> Api::patch(std::string path, std::string body) {
    return call(web::Method::patch, std::move(path), std::move(body), web::Retry::if_unsent);
}
Answer<std::string> Api::remove(std::string path) {
    return call(web::Method::delete_, std::move(path), {}, web::Retry::if_unsent);
}

Answer<std::string> Api::call(web::Method method, std::string path, std::string body, web::Retry retry) {
    web::ClientRequest request;
    request.method = method;
    request.target = std::move(path);
    request.body = Secret(std::move(body));
    const Secret authorization("Bearer " + std::string(credential_.view()));
    request.headers.emplace_back("Authorization", authorization.view());
    const auto until = Deadline::after(wait_);
    auto sent = send(connection_->loop, connection_->client, request, retry, timeout_);
    while (!sent && sent.error().code == Errc::unavailable && !until.passed()) {
        std::this_thread::sleep_for(kAskAgain);
        sent = send(connection_->loop, connection_->client, request, retry, timeout_);
    }
    if (!sent) return std::unexpected(not_reached(connection_->server, sent.error(), timeout_));
    if (sent->status >= 200 && sent->status < 300) return std::move(sent->body);
    return std::unexpected(problem_of(sent->status, sent->body));
}

Problem not_understood(const Error& error) {
    return {ExitCode::unavailable,
            "the service's answer cannot be read: " + error.detail,
            "are gatehousectl and the service of the same version?",
            {}};
}

Problem problem_of(int status, std::string_view body) {
    const auto failure = proto::failure_from_json(body);
    if (!failure) {
        return {ExitCode::unavailable,
                fmt::format("what answers (status {}) is not the session service", status),
                "SESSION_URL must be the session service's address (SESSION_LISTEN), not the gateway's",
                {}};
    }
    const auto& info = proto::info(failure->code);
    Problem made{ExitCode::refused,
                 failure->message.empty() ? std::string(info.message) : failure->message,
                 {},
                 std::string(info.name)};
    if (status == 401) {
        made.exit_code = ExitCode::denied;
        made.message = "the service does not know the credential";
        made.fix =
            "its entry must stand in the SERVICE_CREDENTIALS that the service was started with: see `gatehousectl "
            "credentials new --help`";
    } else if (status == 403) {
        const bool told = !failure->message.empty();  // it is disabled
        made.exit_code = ExitCode::denied;
        if (!told) made.message = "the credential does not have the scope `admin`";
        made.fix = told ? "drop `disabled` from its entry in SERVICE_CREDENTIALS, or use another one"
                        : "make one with `gatehousectl credentials new ops --scopes admin`";
    } else if (status == 429 || status >= 500) {
        made.exit_code = ExitCode::unavailable;
    }
    return made;
}

Answer<int> probe(const Service& server, std::string path, std::chrono::milliseconds timeout) {
    Loop loop{0};
    web::Client::Options options;
    options.tls = server.tls;
    web::Client client(loop, server.at, std::move(options));
    web::ClientRequest request;
    request.method = web::Method::get;
    request.target = std::move(path);
    auto sent = send(loop, client, request, web::Retry::once, timeout);
    if (!sent) return problem(ExitCode::unavailable, "no answer: " + sent.error().detail);
    return sent->status;
}

}  // namespace gatehouse::ctl
