// The example's requests: who asks, and what they get. One per I/O loop, used on its thread only.
#pragma once

#include <optional>
#include <string>

#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "example_catalog/books.hpp"
#include "proto/error_code.hpp"
#include "session_client/session_client.hpp"
#include "web/http_types.hpp"

namespace gatehouse::example_catalog {

// By which the service knows its users. Empty: a proxy in front has asked already and says so in Remote-User.
struct Introspection {
    session_client::Options session_service;
    std::string cookie_name;
};

class Catalog {
public:
    // `books` and `database` are all loops', and must outlive it.
    Catalog(Loop& loop, const std::optional<Introspection>& introspection, Books& books, BlockingPool& database);

    Task<web::Response> handle(web::Request& request);

private:
    using UserId = std::int64_t;
    Task<proto::Outcome<UserId>> user_of(const web::Request& request);
    Task<proto::Outcome<web::Response>> get_books(const web::Request& request);

    std::string cookie_name_;
    std::optional<session_client::SessionClient> sessions_;
    Books& books_;
    BlockingPool& database_;
};

}  // namespace gatehouse::example_catalog
