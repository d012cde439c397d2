#include "web/response_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "base/text.hpp"

namespace gatehouse::web {
namespace {

namespace http = boost::beast::http;
using boost::optional;
using boost::beast::error_code;
using boost::core::string_view;

class ResponseHeadParser final : public http::basic_parser<false> {
public:
    explicit ResponseHeadParser(ResponseHead& head) : head_(head) {
        header_limit(64 * 1024);
        body_limit(boost::none);
        skip(true);
    }

private:
    void on_request_impl(http::verb, string_view, string_view, int, error_code& ec) override {
        ec = http::error::bad_method;
    }
    void on_response_impl(int status, string_view, int, error_code& ec) override {
        head_.status = status;
        ec = {};
    }
    void on_field_impl(http::field field, string_view name, string_view value, error_code& ec) override {
        if (field == http::field::retry_after) head_.retry_after = {value.data(), value.size()};
        if (field == http::field::unknown && equals_ignoring_case({name.data(), name.size()}, "X-Request-Id"))
            head_.request_id = {value.data(), value.size()};
        ec = {};
        if (field == http::field::transfer_encoding) ec = http::error::bad_transfer_encoding;
    }
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

    ResponseHead& head_;
};

}  // namespace

std::optional<ResponseHead> parse_response_head(std::string_view text) {
    ResponseHead head;
    ResponseHeadParser parser(head);
    error_code error;
    parser.put(boost::asio::buffer(text.data(), text.size()), error);
    if (error || !parser.is_header_done() || head.status < 200) return std::nullopt;
    const bool has_no_body = head.status == 204 || head.status == 304;
    if (!parser.content_length() && !has_no_body) return std::nullopt;
    if (!has_no_body) head.content_length = *parser.content_length();
    head.keep_alive = parser.keep_alive();
    return head;
}

}  // namespace gatehouse::web
