#include "web/request_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace gatehouse::web {
namespace {

namespace http = boost::beast::http;
using boost::optional;
using boost::beast::error_code;
using boost::core::string_view;

std::string_view std_view(string_view text) noexcept { return {text.data(), text.size()}; }

Method to_method(http::verb verb) noexcept {
    switch (verb) {
        case http::verb::get:
            return Method::get;
        case http::verb::head:
            return Method::head;
        case http::verb::post:
            return Method::post;
        case http::verb::put:
            return Method::put;
        case http::verb::patch:
            return Method::patch;
        case http::verb::delete_:
            return Method::delete_;
        case http::verb::options:
            return Method::options;
        default:
            return Method::other;  // ~30 further verbs that we route nowhere
    }
}

// Stores nothing of its own: fields are views into the head. Bodies are read by the connection, not here.
class RequestHeadParser final : public http::basic_parser<true> {
public:
    RequestHeadParser(Request& request, std::size_t max_fields) : request_(request), max_fields_(max_fields) {
        header_limit(64 * 1024);  // the connection's own limit is lower and was checked
        body_limit(boost::none);
        skip(true);
    }
    [[nodiscard]] int http_version() const noexcept { return version_; }
    [[nodiscard]] bool too_many_fields() const noexcept { return too_many_; }

private:
    void on_request_impl(http::verb verb, string_view method, string_view target, int version,
                         error_code& ec) override {
        request_.method = to_method(verb);
        request_.method_text = std_view(method);
        request_.target = std_view(target);
        version_ = version;
        ec = {};
    }
    void on_field_impl(http::field, string_view name, string_view value, error_code& ec) override {
        if (request_.headers.size() == max_fields_) {
            too_many_ = true;
            ec = http::error::header_limit;
            return;
        }
        request_.headers.push_back({std_view(name), std_view(value)});
        ec = {};
    }
    void on_response_impl(int, string_view, int, error_code& ec) override { ec = http::error::bad_version; }
    void on_header_impl(error_code& ec) override { ec = {}; }
    void on_body_init_impl(const optional<std::uint64_t>&, error_code& ec) override { ec = {}; }
    std::size_t on_body_impl(string_view, error_code& ec) override {
        ec = http::error::unexpected_body;
        return 0;
    }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code& ec) override { ec = http::error::bad_chunk; }
    std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code& ec) override {
        ec = http::error::bad_chunk;
        return 0;
    }
    void on_finish_impl(error_code& ec) override { ec = {}; }

    Request& request_;
    std::size_t max_fields_;
    int version_ = 11;
    bool too_many_ = false;
};

}  // namespace

std::expected<Framing, HeadError> parse_head(std::string_view head, std::size_t max_fields, Request& request) {
    if (auto lines = check_head_lines(head); !lines) return std::unexpected(lines.error());
    request.headers.clear();
    RequestHeadParser parser(request, max_fields);
    error_code error;
    parser.put(boost::asio::buffer(head.data(), head.size()), error);
    if (parser.too_many_fields()) return std::unexpected(HeadError{431, "Too many header fields"});
    if (error || !parser.is_header_done()) return std::unexpected(HeadError{400, "The request is malformed"});
    return check_framing(request, parser.http_version());
}

}  // namespace gatehouse::web
