#include "example_catalog/catalog.hpp"

#include "base/log.hpp"
#include "base/once_per.hpp"
#include "base/text.hpp"
#include "proto/json.hpp"
#include "session_client/cookie.hpp"
#include "web/error_response.hpp"

namespace gatehouse::example_catalog {
namespace {

using namespace std::chrono_literals;
using proto::ErrorCode;
using proto::Outcome;

// The three outcomes of a check. A service that forgets one does not compile.
struct ToUser {
    Outcome<std::int64_t> operator()(const session_client::Active& session) const { return session.user.user_id; }
    Outcome<std::int64_t> operator()(const proto::Inactive&) const {
        return proto::refuse(ErrorCode::not_authenticated);
    }
    Outcome<std::int64_t> operator()(const session_client::Unavailable& unknown) const {
        return std::unexpected(unknown.why);  // 503: the session may well be alive
    }
};

// What a forward-auth proxy says. From anybody else it is what a client made up.
Outcome<std::int64_t> user_by_proxy(const web::Request& request) {
    const auto user = parse_number<std::int64_t>(request.header("Remote-User").value_or(""));
    if (!request.origin.trusted_peer || request.count("Remote-User") != 1 || !user) {
        return proto::refuse(ErrorCode::not_authenticated);
    }
    return *user;
}

web::Response to_response(std::int64_t user_id, const std::vector<Book>& books) {
    proto::JsonWriter out;
    out.begin_object();
    out.flag("success", true);
    out.number("user_id", user_id);
    out.begin_array("books");
    for (const Book& book : books) {
        out.begin_object();
        out.number("book_id", book.id);
        out.text("title", book.title);
        out.text("author", book.author);
        out.number("available_copies", book.available_copies);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    web::Response response;
    response.body = std::move(out).take();
    return response;
}

web::Response refusal(const proto::Failure& failure, const web::Request& request) {
    static OncePer outage;  // which meets every request
    const auto& row = proto::info(failure.code);
    if (const auto held_back = row.status >= 500 ? outage.pass() : std::nullopt) {
        const Error error{Errc::unavailable, failure.detail, failure.where};
        log::failure("request.failed", error,
                     {{"request_id", request.request_id}, {"outcome", row.name}, {"held_back", *held_back}});
    }
    auto response = web::error_response(row.status, row.name, row.message, request.request_id, failure.retry_after);
    if (row.status == 401) response.with("WWW-Authenticate", R"(Session realm="gatehouse")");
    return response;
}

}  // namespace

Catalog::Catalog(Loop& loop, const std::optional<Introspection>& introspection, Books& books, BlockingPool& database)
    : books_(books), database_(database) {
    if (!introspection) return;
    cookie_name_ = introspection->cookie_name;
    sessions_.emplace(loop, introspection->session_service.copy());
}

Task<Outcome<Catalog::UserId>> Catalog::user_of(const web::Request& request) {
    if (!sessions_) co_return user_by_proxy(request);
    auto tokens = session_client::presented_tokens(request, cookie_name_);
    session_client::Caller caller{request.request_id, request.traceparent};
    const auto by = request.deadline.within(1s);
    const auto any = co_await sessions_->introspect_any(std::move(tokens), caller, by);
    co_return std::visit(ToUser{}, any.check);
}

Task<Outcome<web::Response>> Catalog::get_books(const web::Request& request) {
    const auto user = co_await user_of(request);
    if (!user) co_return std::unexpected(user.error());
    auto job = [&books = books_, id = *user] { return books.show_to(id); };
    const auto books = co_await database_.run(std::move(job), request.deadline);
    if (!books) co_return proto::refuse(ErrorCode::database_unavailable, describe(books.error()));
    co_return to_response(*user, *books);
}

Task<web::Response> Catalog::handle(web::Request& request) {
    if (request.path == "/livez") co_return web::Response{};
    if (request.path != "/books") co_return refusal(proto::refuse(ErrorCode::not_found).error(), request);
    if (request.method != web::Method::get && request.method != web::Method::head) {
        auto refused = refusal(proto::refuse(ErrorCode::method_not_allowed).error(), request);
        co_return refused.with("Allow", "GET, HEAD");
    }
    auto books = co_await get_books(request);
    if (!books) co_return refusal(books.error(), request);
    co_return *std::move(books);
}

}  // namespace gatehouse::example_catalog
