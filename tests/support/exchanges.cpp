#include "support/exchanges.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace gatehouse::test {
namespace {

// The file, opened by the first exchange, and whose answers are wanted.
struct Book {
    std::mutex mutex;
    std::map<std::string, std::string> apis;  // by endpoint
    std::ofstream file;
};

Book& book() {
    static Book one;
    return one;
}

const char* directory() { return std::getenv("GATEHOUSE_EXCHANGES"); }

// The first character stays, as it says which version of a token it is.
void mask(boost::json::string& secret) {
    for (std::size_t i = 1; i < secret.size(); ++i) {
        if (secret[i] != '.') secret[i] = 'A';
    }
}

void mask_secrets(boost::json::value& value) {
    if (auto* array = value.if_array()) {
        for (auto& element : *array) mask_secrets(element);
    }
    if (auto* object = value.if_object()) {
        for (auto& [name, member] : *object) {
            const bool secret = name == "token" || name == "csrf_token";
            if (secret && member.is_string()) mask(member.as_string());
            mask_secrets(member);
        }
    }
}

// "session=1AAAA…; Path=/": the attributes are what matters.
std::string mask_cookie(std::string_view cookie) {
    const auto value = std::min(cookie.find('='), cookie.size());
    const auto end = std::min(cookie.find(';'), cookie.size());
    std::string masked(cookie);
    std::fill(masked.begin() + static_cast<std::ptrdiff_t>(std::min(value + 1, end)),
              masked.begin() + static_cast<std::ptrdiff_t>(end), 'A');
    return masked;
}

boost::json::array headers_of(const HttpResponse& response) {
    boost::json::array headers;
    for (const auto& [name, value] : response.headers) {
        const bool cookie = name == "Set-Cookie";
        headers.push_back(boost::json::array{name, cookie ? mask_cookie(value) : value});
    }
    return headers;
}

boost::json::object line_of(const std::string& api, const SentRequests::Request& request,
                            const HttpResponse& response) {
    boost::json::object line{{"api", api},
                             {"method", request.method},
                             {"path", request.path},
                             {"status", response.status},
                             {"headers", headers_of(response)},
                             {"body_bytes", response.body.size()}};
    boost::json::error_code error;
    auto body = boost::json::parse(response.body, error);
    if (!error) {
        mask_secrets(body);
        line["json"] = std::move(body);
    }
    return line;
}

std::size_t content_length(std::string_view head) {
    std::size_t length = 0;
    const auto at = head.find("\r\nContent-Length: ");
    if (at != head.npos) {
        const auto text = head.substr(at + 18);
        std::from_chars(text.data(), text.data() + text.size(), length);
    }
    return length;
}

}  // namespace

SentRequests::Request SentRequests::next() {
    const auto line = bytes_.substr(0, bytes_.find("\r\n"));
    const auto head_end = bytes_.find("\r\n\r\n");
    if (head_end == bytes_.npos) {
        bytes_.clear();
    } else {
        const std::string_view head = std::string_view(bytes_).substr(0, head_end + 2);
        bytes_.erase(0, head_end + 4 + content_length(head));
    }
    const auto first = line.find(' ');
    const auto second = line.find(" HTTP/1.");
    if (first == line.npos || second == line.npos || second <= first) return {};
    const auto target = line.substr(first + 1, second - first - 1);
    return {line.substr(0, first), target.substr(0, target.find('?'))};
}

void write_down(const Endpoint& server, std::string_view api) {
    if (!directory()) return;
    const std::scoped_lock lock(book().mutex);
    if (api.empty()) {
        book().apis.erase(to_string(server));
    } else {
        book().apis[to_string(server)] = api;
    }
}

void write_down(const Endpoint& server, const SentRequests::Request& request, const HttpResponse& response) {
    if (!directory()) return;
    const std::scoped_lock lock(book().mutex);
    const auto api = book().apis.find(to_string(server));
    if (api == book().apis.end()) return;
    if (!book().file.is_open()) {
        const std::filesystem::path folder = directory();
        std::filesystem::create_directories(folder);
        book().file.open(folder / (std::to_string(::getpid()) + ".jsonl"), std::ios::app);
    }
    book().file << boost::json::serialize(line_of(api->second, request, response)) + "\n" << std::flush;
}

}  // namespace gatehouse::test
