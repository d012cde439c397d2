#include "web/head_rules.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#include "base/text.hpp"

namespace gatehouse::web {
namespace {

using Refused = std::unexpected<HeadError>;

Refused bad(std::string_view message) noexcept { return Refused(HeadError{400, message}); }

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) noexcept { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// tchar of RFC 9110 section 5.6.2.
constexpr Characters kTokenCharacters(kLettersAndDigits, "!#$%&'*+-.^_`|~");

// 16 characters at once (GNU C, "Vector Extensions"): all ones where one is HTAB, SP, VCHAR or obs-text.
using Block [[gnu::vector_size(16)]] = unsigned char;
Block are_of_values(const char* at) noexcept {
    Block text;
    std::memcpy(&text, at, sizeof text);
    return reinterpret_cast<Block>(((text >= 0x20) & (text != 0x7f)) | (text == '\t'));
}
bool all_set(Block mask) noexcept {
    const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(mask);
    return (halves[0] & halves[1]) == ~std::uint64_t{0};
}

// Splits the target of a parsed request into path and query; takes the authority of the absolute form as the host
// (RFC 9112 section 3.2.2).
std::expected<void, HeadError> split_target(Request& request, std::optional<std::string_view>& authority) noexcept {
    auto target = request.target;
    if (request.method_text == "CONNECT") return bad("CONNECT is not accepted");
    if (target == "*") {
        if (request.method != Method::options) return bad("The request target is malformed");
    } else if (!target.starts_with('/')) {
        const auto scheme_end = target.find("://");
        if (scheme_end == std::string_view::npos) return bad("The request target is malformed");
        const auto scheme = target.substr(0, scheme_end);
        if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https")) {
            return bad("The request target is malformed");
        }
        target.remove_prefix(scheme_end + 3);
        const auto path_at = std::min(target.find_first_of("/?"), target.size());
        authority = target.substr(0, path_at);
        target.remove_prefix(path_at);
        if (target.empty()) target = "/";
        if (target.front() != '/') return bad("The request target is malformed");
        request.target = target;
    }
    if (target.contains('#')) return bad("The request target is malformed");
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    request.query = question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
    return {};
}

bool has_token(std::string_view list, std::string_view token) noexcept {
    while (!list.empty()) {
        if (equals_ignoring_case(take_item(list), token)) return true;
    }
    return false;
}

// The fields that say where the request ends and whom it is for, gathered in one pass.
struct FramingFields {
    std::size_t hosts = 0;
    std::string_view host;
    std::size_t lengths = 0;
    std::string_view length;
    std::size_t encodings = 0;
    std::string_view encoding;
    bool close = false;
    bool keep_alive = false;
    bool expect_continue = false;
};

FramingFields gather(const Request& request) noexcept {
    FramingFields found;
    for (const Header& field : request.headers) {
        switch (field.name.size()) {
            case 4:
                if (equals_ignoring_case(field.name, "Host")) ++found.hosts, found.host = field.value;
                break;
            case 6:
                if (equals_ignoring_case(field.name, "Expect")) {
                    found.expect_continue = equals_ignoring_case(field.value, "100-continue");
                }
                break;
            case 10:
                if (equals_ignoring_case(field.name, "Connection")) {
                    found.close = found.close || has_token(field.value, "close");
                    found.keep_alive = found.keep_alive || has_token(field.value, "keep-alive");
                }
                break;
            case 14:
                if (equals_ignoring_case(field.name, "Content-Length")) ++found.lengths, found.length = field.value;
                break;
            case 17:
                if (equals_ignoring_case(field.name, "Transfer-Encoding"))
                    ++found.encodings, found.encoding = field.value;
                break;
            default:
                break;
        }
    }
    return found;
}

bool is_valid_port(std::string_view port) noexcept {
    return port.size() <= 5 && parse_number<std::uint16_t>(port).has_value();
}

}  // namespace

bool is_token_character(char c) noexcept { return kTokenCharacters(c); }
bool is_token(std::string_view text) noexcept { return !text.empty() && kTokenCharacters.are_all_of(text); }

// Most of a head is values; the last block looks at some characters again.
bool is_field_value(std::string_view text) noexcept {
    if (text.size() >= sizeof(Block)) {
        const char* const last = text.data() + text.size() - sizeof(Block);
        Block all = are_of_values(last);
        for (const char* at = text.data(); at < last; at += sizeof(Block)) all &= are_of_values(at);
        return all_set(all);
    }
    return std::ranges::all_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
    });
}

HeadScanner::State HeadScanner::scan(std::string_view buffer) noexcept {
    if (seen_ == 0 && !buffer.empty() && !is_token_character(buffer.front())) return State::bad;
    while (true) {
        const auto end = buffer.find('\n', seen_);
        if (end == std::string_view::npos) {
            if (buffer.find('\0', seen_) != std::string_view::npos) return State::bad;
            seen_ = buffer.size();
            return State::more;
        }
        if (end == 0 || buffer[end - 1] != '\r') return State::bad;
        seen_ = end + 1;
        if (end - line_ == 1) return State::complete;  // "\r\n" alone
        line_ = seen_;
    }
}

std::expected<RequestLine, HeadError> take_request_line(std::string_view& rest) noexcept {
    const auto end = rest.find("\r\n");
    const auto line = rest.substr(0, end);
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (end == std::string_view::npos || first == last) return bad("The request line is malformed");
    const auto method = line.substr(0, first);
    const auto target = line.substr(first + 1, last - first - 1);
    const auto version = line.substr(last + 1);
    if (!is_token(method)) return bad("The method is malformed");
    const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };  // char is signed here: not above 0x7f either
    if (target.empty() || !std::ranges::all_of(target, visible)) return bad("The request target is malformed");
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return bad("The HTTP version is not supported");
    rest.remove_prefix(end + 2);
    return RequestLine{method, target, version.back() == '1' ? 11 : 10};
}

std::expected<Header, HeadError> take_field(std::string_view& rest) noexcept {
    const auto end = rest.find('\r');
    if (end == std::string_view::npos || !rest.substr(end).starts_with("\r\n"))
        return bad("The header section is malformed");
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (line.empty()) return Header{};
    if (line.front() == ' ' || line.front() == '\t') return bad("Folded header fields are not accepted");
    std::size_t colon = 0;
    while (colon < line.size() && kTokenCharacters(line[colon])) ++colon;
    if (colon == 0 || colon == line.size() || line[colon] != ':') return bad("A header field name is malformed");
    auto value = line.substr(colon + 1);
    if (!is_field_value(value)) return bad("A header field value is malformed");
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!value.empty() && blank(value.front())) value.remove_prefix(1);
    while (!value.empty() && blank(value.back())) value.remove_suffix(1);
    return Header{line.substr(0, colon), value};
}

std::expected<Framing, HeadError> check_framing(Request& request, int version) noexcept {
    std::optional<std::string_view> authority;
    if (auto split = split_target(request, authority); !split) return std::unexpected(split.error());
    const FramingFields fields = gather(request);

    if (fields.hosts > 1 || (fields.hosts == 0 && version == 11)) return bad("Exactly one Host header is required");
    request.host = authority.value_or(fields.host);
    if (fields.hosts == 1 && !is_valid_host(fields.host)) return bad("The Host header is malformed");
    if (authority && !is_valid_host(*authority)) return bad("The request target is malformed");

    Framing framing;
    if (fields.lengths > 1) return bad("More than one Content-Length");
    if (fields.encodings > 0) {
        // Anything but the one coding that we decode would leave its body to be read as the next request.
        if (fields.lengths > 0) return bad("Both Content-Length and Transfer-Encoding");
        if (version == 10) return bad("Transfer-Encoding in HTTP/1.0");
        if (fields.encodings > 1 || !equals_ignoring_case(fields.encoding, "chunked")) {
            return bad("The Transfer-Encoding is not supported");
        }
        framing.chunked = true;
    } else if (fields.lengths == 1) {
        const auto text = fields.length;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), framing.content_length);
        if (text.empty() || error != std::errc{} || !std::ranges::all_of(text, is_digit)) {
            return bad("The Content-Length is malformed");
        }
    }
    framing.keep_alive = version == 11 ? !fields.close : fields.keep_alive && !fields.close;
    framing.expect_continue = version == 11 && fields.expect_continue;  // RFC 9110 section 10.1.1: never to HTTP/1.0
    return framing;
}

bool is_valid_host(std::string_view host) noexcept {
    if (host.empty() || host.size() > 255) return false;
    std::string_view port;
    if (host.front() == '[') {
        const auto end = host.find(']');
        if (end == std::string_view::npos || end < 3) return false;
        const auto address = host.substr(1, end - 1);
        const auto in_address = [](char c) {
            return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
        };
        if (!std::ranges::all_of(address, in_address)) return false;
        port = host.substr(end + 1);
        if (port.empty()) return true;
        if (port.front() != ':') return false;
        return is_valid_port(port.substr(1));
    }
    const auto colon = host.find(':');
    const auto name = host.substr(0, colon);
    const auto in_name = [](char c) { return is_alpha(c) || is_digit(c) || c == '.' || c == '-' || c == '_'; };
    if (name.empty() || !std::ranges::all_of(name, in_name)) return false;
    return colon == std::string_view::npos || is_valid_port(host.substr(colon + 1));
}

}  // namespace gatehouse::web
