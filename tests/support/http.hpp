// A blocking HTTP/1.1 client for tests: says exactly what it is told, and shows exactly what came.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/settings.hpp"

namespace gatehouse::test {

struct HttpResponse {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    bool closed = false;  // the server closed the connection after it

    [[nodiscard]] std::string header(std::string_view name) const;  // the first of that name; empty without it
    [[nodiscard]] std::size_t count(std::string_view name) const;
    // The text, number or flag at "user.email" of a JSON body, as text; "(absent)" if it is not there.
    [[nodiscard]] std::string json(std::string_view path) const;
};

// A whole message as text: the first line, the headers, what follows as the body. The status is a response's.
[[nodiscard]] HttpResponse parse_message(std::string_view text);

class SentRequests;

// One connection, kept alive.
class HttpConnection {
public:
    explicit HttpConnection(const Endpoint& server);  // throws if it cannot connect
    ~HttpConnection();
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;

    void send(std::string_view bytes);
    // The next whole response; throws if none comes within `limit`. `head_only`: it answers HEAD.
    HttpResponse receive(std::chrono::milliseconds limit = std::chrono::seconds(15), bool head_only = false);
    // True once the server has closed the connection.
    [[nodiscard]] bool closes_within(std::chrono::milliseconds limit);

private:
    bool fill(std::chrono::steady_clock::time_point end);
    const Endpoint server_;
    const std::unique_ptr<SentRequests> asked_;  // for what is written down (exchanges.hpp)
    int fd_ = -1;
    std::string received_;
    bool ended_ = false;
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// One request on a connection of its own. A body is sent with Content-Length, and as JSON unless `headers` say
// otherwise.
HttpResponse http(const Endpoint& server, std::string_view method, std::string_view target,
                  const HttpHeaders& headers = {}, std::string_view body = "",
                  std::chrono::milliseconds limit = std::chrono::seconds(15));

// The same as text, for a connection of the caller's.
std::string http_request(std::string_view method, std::string_view target, const HttpHeaders& headers = {},
                         std::string_view body = "");

}  // namespace gatehouse::test
