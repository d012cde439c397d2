#include "support/http.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "support/exchanges.hpp"

namespace gatehouse::test {
namespace {

bool same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, {}, [](char c) { return std::tolower(static_cast<unsigned char>(c)); },
        [](char c) { return std::tolower(static_cast<unsigned char>(c)); });
}

int connect_to(const Endpoint& server) {
    sockaddr_storage storage{};
    socklen_t size = 0;
    if (server.is_unix()) {
        auto* name = reinterpret_cast<sockaddr_un*>(&storage);
        name->sun_family = AF_UNIX;
        std::strncpy(name->sun_path, server.unix_path.c_str(), sizeof name->sun_path - 1);
        size = sizeof *name;
    } else {
        auto* name = reinterpret_cast<sockaddr_in*>(&storage);
        name->sin_family = AF_INET;
        name->sin_port = htons(server.port);
        name->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        size = sizeof *name;
    }
    const int fd = ::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&storage), size) != 0) {
        const std::string why = std::strerror(errno);
        if (fd >= 0) ::close(fd);
        throw std::runtime_error("cannot connect to " + to_string(server) + ": " + why);
    }
    return fd;
}

HttpResponse parse_head(std::string_view head) {
    HttpResponse response;
    const auto status = head.substr(head.find(' ') + 1, 3);
    std::from_chars(status.data(), status.data() + status.size(), response.status);
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.starts_with("\r\n")) {
        const auto line = head.substr(0, head.find("\r\n"));
        const auto colon = line.find(": ");
        response.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
        head.remove_prefix(line.size() + 2);
    }
    return response;
}

}  // namespace

std::string HttpResponse::header(std::string_view name) const {
    const auto at = std::ranges::find_if(headers, [&](const auto& field) { return same_name(field.first, name); });
    return at == headers.end() ? "" : at->second;
}

std::size_t HttpResponse::count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(headers, [&](const auto& field) { return same_name(field.first, name); }));
}

std::string HttpResponse::json(std::string_view path) const {
    boost::json::error_code error;
    const auto document = boost::json::parse(body, error);
    if (error) return "(no JSON)";
    const auto* value = &document;
    while (!path.empty()) {
        const auto dot = std::min(path.find('.'), path.size());
        const auto name = path.substr(0, dot);
        path.remove_prefix(std::min(dot + 1, path.size()));
        const auto* object = value->if_object();
        value = object ? object->if_contains({name.data(), name.size()}) : nullptr;
        if (!value) return "(absent)";
    }
    if (const auto* text = value->if_string()) return {text->data(), text->size()};
    return boost::json::serialize(*value);
}

HttpResponse parse_message(std::string_view text) {
    const auto head_end = text.find("\r\n\r\n");
    if (head_end == std::string_view::npos) throw std::runtime_error("no message: " + std::string(text));
    auto message = parse_head(text.substr(0, head_end + 4));
    message.body = text.substr(head_end + 4);
    return message;
}

HttpConnection::HttpConnection(const Endpoint& server)
    : server_(server), asked_(std::make_unique<SentRequests>()), fd_(connect_to(server)) {}
HttpConnection::~HttpConnection() { ::close(fd_); }

void HttpConnection::send(std::string_view bytes) {
    asked_->sent(bytes);
    while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) throw std::runtime_error("the connection was closed while sending");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool HttpConnection::fill(std::chrono::steady_clock::time_point end) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd waiting{fd_, POLLIN, 0};
    if (ended_ || left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return false;
    char bytes[16384];
    const auto count = ::recv(fd_, bytes, sizeof bytes, 0);
    if (count <= 0) return ended_ = true, false;
    received_.append(bytes, static_cast<std::size_t>(count));
    return true;
}

HttpResponse HttpConnection::receive(std::chrono::milliseconds limit, bool head_only) {
    const auto end = std::chrono::steady_clock::now() + limit;
    std::size_t head_end = 0;
    while ((head_end = received_.find("\r\n\r\n")) == std::string::npos) {
        if (!fill(end)) throw std::runtime_error("no response: " + received_);
    }
    HttpResponse response = parse_head(std::string_view(received_).substr(0, head_end + 4));
    std::size_t length = 0;
    const auto text = response.header("Content-Length");
    std::from_chars(text.data(), text.data() + text.size(), length);
    if (head_only) length = 0;
    while (received_.size() < head_end + 4 + length) {
        if (!fill(end)) throw std::runtime_error("the response is cut: " + received_);
    }
    response.body = received_.substr(head_end + 4, length);
    received_.erase(0, head_end + 4 + length);
    response.closed = response.header("Connection") == "close";
    if (response.status >= 200) write_down(server_, asked_->next(), response);
    return response;
}

bool HttpConnection::closes_within(std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!ended_ && std::chrono::steady_clock::now() < end) fill(end);
    return ended_;
}

std::string http_request(std::string_view method, std::string_view target, const HttpHeaders& headers,
                         std::string_view body) {
    std::string text;
    text.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
    const auto has = [&](std::string_view name) {
        return std::ranges::any_of(headers, [&](const auto& field) { return same_name(field.first, name); });
    };
    if (!has("Host")) text.append("Host: localhost\r\n");
    for (const auto& [name, value] : headers) text.append(name).append(": ").append(value).append("\r\n");
    if (!body.empty()) {
        if (!has("Content-Type")) text.append("Content-Type: application/json\r\n");
        text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    }
    return text.append("\r\n").append(body);
}

HttpResponse http(const Endpoint& server, std::string_view method, std::string_view target, const HttpHeaders& headers,
                  std::string_view body, std::chrono::milliseconds limit) {
    HttpConnection connection(server);
    connection.send(http_request(method, target, headers, body));
    return connection.receive(limit, method == "HEAD");
}

}  // namespace gatehouse::test
