// The session service's admin API as plain blocking calls: one request after the other, on a loop of its own.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/settings.hpp"
#include "ctl/problem.hpp"
#include "ctl/target.hpp"
#include "web/client.hpp"

namespace gatehouse::ctl {

// Between two tries of --wait.
inline constexpr std::chrono::milliseconds kAskAgain{200};

// GET of `path` at `server` without a credential; the status. unavailable: no answer.
[[nodiscard]] Answer<int> probe(const Service& server, std::string path, std::chrono::milliseconds timeout);

class Api {
public:
    // For `wait` a service that cannot be reached is tried again: it knows nothing of the request.
    Api(Target target, std::chrono::seconds timeout, std::chrono::seconds wait);
    ~Api();

    // The body of a 2xx answer. What failed is told apart: refused (with the service's own words), denied, unavailable.
    [[nodiscard]] Answer<std::string> get(std::string path);
    [[nodiscard]] Answer<std::string> post(std::string path, std::string body = {});
    [[nodiscard]] Answer<std::string> patch(std::string path, std::string body);
    [[nodiscard]] Answer<std::string> remove(std::string path);

private:
    Answer<std::string> call(web::Method method, std::string path, std::string body, web::Retry retry);

    struct Connection;
    Secret credential_;
    std::chrono::seconds timeout_;
    std::chrono::seconds wait_;
    std::unique_ptr<Connection> connection_;
};

// An answer that could not be read as what it should be: another program or version at that address.
[[nodiscard]] Problem not_understood(const Error& error);

// `read` of an answer's body, or why there is none.
template <class T>
[[nodiscard]] Answer<T> understood(Answer<std::string> body, Result<T> (*read)(std::string_view)) {
    if (!body) return std::unexpected(std::move(body).error());
    auto message = read(*body);
    if (!message) return std::unexpected(not_understood(message.error()));
    return std::move(*message);
}

// The answer to a request with `status` that is not 2xx.
[[nodiscard]] Problem problem_of(int status, std::string_view body);

}  // namespace gatehouse::ctl
