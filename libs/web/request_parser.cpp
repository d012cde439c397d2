#include "web/request_parser.hpp"

#include <algorithm>
#include <array>
#include <limits>

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

std::string_view std_view(string_view text) noexcept { return {text.data(), text.size()}; }

Method to_method(std::string_view text) noexcept {
    constexpr std::array routed{Method::get,   Method::post,    Method::head,   Method::put,
                                Method::patch, Method::delete_, Method::options};
    const auto* const found = std::ranges::find(routed, text, [](Method method) { return to_string(method); });
    return found != routed.end() ? *found : Method::other;
}

// Stores nothing: it compares.
class SecondReader final : public http::basic_parser<true> {
public:
    SecondReader(const RequestLine& line, const std::vector<Header>& fields) : line_(line), fields_(fields) {
        header_limit(std::numeric_limits<std::uint32_t>::max());  // the connection has its own, which was checked
        body_limit(boost::none);
        skip(true);
    }
    [[nodiscard]] bool agrees() const noexcept { return is_header_done() && next_ == fields_.size(); }

private:
    void on_request_impl(http::verb, string_view method, string_view target, int version, error_code& ec) override {
        const bool same =
            std_view(method) == line_.method && std_view(target) == line_.target && version == line_.version;
        ec = same ? error_code() : make_error_code(http::error::bad_method);
    }
    void on_field_impl(http::field, string_view name, string_view value, error_code& ec) override {
        const bool same =
            next_ < fields_.size() && std_view(name) == fields_[next_].name && std_view(value) == fields_[next_].value;
        ++next_;
        ec = same ? error_code() : make_error_code(http::error::bad_field);
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

    const RequestLine& line_;
    const std::vector<Header>& fields_;
    std::size_t next_ = 0;
};

// Fields that change where the request ends, or what the connection is; nearly no request has one.
bool is_unusual(const Header& field) noexcept {
    switch (field.name.size()) {
        case 6:
            return equals_ignoring_case(field.name, "Expect");
        case 7:
            return equals_ignoring_case(field.name, "Upgrade") || equals_ignoring_case(field.name, "Trailer");
        case 10:
            return equals_ignoring_case(field.name, "Connection") && !equals_ignoring_case(field.value, "keep-alive") &&
                   !equals_ignoring_case(field.value, "close");
        case 16:
            return equals_ignoring_case(field.name, "Proxy-Connection");
        case 17:
            return equals_ignoring_case(field.name, "Transfer-Encoding");
        default:
            return false;
    }
}

}  // namespace

bool beast_reads_alike(std::string_view head, const RequestLine& line, const std::vector<Header>& fields) {
    SecondReader reader(line, fields);
    error_code error;
    reader.put(boost::asio::buffer(head.data(), head.size()), error);
    return !error && reader.agrees();
}

std::expected<Framing, HeadError> parse_head(std::string_view head, std::size_t max_fields, Request& request) {
    std::string_view rest = head;
    request.headers.clear();
    const auto line = take_request_line(rest);
    if (!line) return std::unexpected(line.error());
    request.method = to_method(line->method);
    request.method_text = line->method;
    request.target = line->target;
    // Of a head that is refused no field is believed: the one that counts may stand behind what was read.
    const auto refuse = [&](HeadError error) {
        request.headers.clear();
        return std::unexpected(error);
    };
    bool unusual = line->version != 11 || !line->target.starts_with('/');
    bool too_many = false;
    while (true) {
        const auto field = take_field(rest);
        if (!field) return refuse(field.error());
        if (field->name.empty()) break;
        too_many = too_many || request.headers.size() == max_fields;
        if (too_many) continue;  // what is malformed is said first
        request.headers.push_back(*field);
        unusual = unusual || is_unusual(*field);
    }
    if (too_many) return refuse({431, "Too many header fields"});
    if (unusual && !beast_reads_alike(head, *line, request.headers)) return refuse({400, "The request is malformed"});
    return check_framing(request, line->version);
}

}  // namespace gatehouse::web
