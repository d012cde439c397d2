#include "gateway/guard/return_to.hpp"

#include <algorithm>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/text.hpp"
#include "gateway/guard/cookie_domain.hpp"
#include "web/head_rules.hpp"

namespace gatehouse::gateway {
namespace {

namespace urls = boost::urls;

constexpr std::size_t kMostBytes = 2048;

std::string in_lower_case(std::string_view text) {
    std::string copy(text);
    std::ranges::transform(copy, copy.begin(), lower);
    return copy;
}

std::string_view own_port(std::string_view scheme) noexcept { return scheme == "https" ? "443" : "80"; }

// The parts that decide where a URL leads, normalised.
struct UrlOrigin {
    std::string scheme;
    std::string host;
    std::string port;
};

std::optional<UrlOrigin> origin_of(const urls::url_view& url) {
    if (!url.has_authority() || url.has_userinfo()) return std::nullopt;
    UrlOrigin origin{in_lower_case(url.scheme()), in_lower_case(url.encoded_host()), std::string(url.port())};
    if (origin.scheme != "https" && origin.scheme != "http") return std::nullopt;
    if (!web::is_valid_host(origin.host)) return std::nullopt;  // neither escaped bytes nor RFC 3986's "!$&'()*+,;="
    if (origin.port.empty()) origin.port = own_port(origin.scheme);
    return origin;
}

// Browsers leave a few characters alone that RFC 3986 wants escaped. In a host an escape is refused later.
std::string escape_what_browsers_leave(std::string_view url) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto scheme_end = url.find("://");
    const auto host_end = url.find_first_of("/?#", scheme_end == std::string_view::npos ? 0 : scheme_end + 3);
    std::string escaped;
    escaped.reserve(url.size() + 16);
    for (std::size_t i = 0; i < url.size(); ++i) {
        const char c = url[i];
        const bool bracket = (c == '[' || c == ']') && i > host_end;  // before it: an IPv6 address
        if (bracket || std::string_view("\"<>^`{|}").contains(c)) {
            escaped += '%';
            escaped += digits[static_cast<unsigned char>(c) >> 4U];
            escaped += digits[static_cast<unsigned char>(c) & 0xfU];
        } else {
            escaped += c;
        }
    }
    return escaped;
}

// "/./", "/../" and their escaped forms would make another path of it, which may begin with "//".
bool has_dot_segment(std::string_view path) {
    const auto is_dot = [](std::string_view segment) {
        std::string text = in_lower_case(segment);
        for (auto at = text.find("%2e"); at != std::string::npos; at = text.find("%2e")) text.replace(at, 3, ".");
        return text == "." || text == "..";
    };
    while (!path.empty()) {
        if (is_dot(take_item(path, '/'))) return true;
    }
    return false;
}

bool is_own_path(std::string_view text) {
    if (!text.starts_with('/') || text.starts_with("//")) return false;
    const auto parsed = urls::parse_relative_ref(text);
    if (!parsed || parsed->has_authority()) return false;
    const std::string_view path = parsed->encoded_path();
    return path.starts_with('/') && !path.starts_with("//") && !has_dot_segment(path);
}

}  // namespace

bool ReturnTargets::add(std::string_view origin) {
    constexpr std::string_view wildcard = "https://*.";
    const bool below = origin.starts_with(wildcard);
    const auto written = below ? "https://" + std::string(origin.substr(wildcard.size())) : std::string(origin);
    const auto parsed = urls::parse_uri(written);
    if (!parsed || !parsed->encoded_path().empty() || parsed->has_query() || parsed->has_fragment()) return false;
    auto found = origin_of(*parsed);
    if (!found) return false;
    const bool is_address = parsed->host_type() != urls::host_type::name;
    if (below && (is_address || found->host.starts_with('.') || is_public_suffix(found->host))) return false;
    if (below) found->host.insert(0, ".");
    targets_.push_back({std::move(found->scheme), std::move(found->host), std::move(found->port), below});
    return true;
}

bool ReturnTargets::contains(std::string_view scheme, std::string_view host, std::string_view port) const noexcept {
    return std::ranges::any_of(targets_, [&](const Target& target) {
        if (target.scheme != scheme || target.port != port) return false;
        if (!target.below) return target.host == host;
        return host.size() > target.host.size() && host.ends_with(target.host) && !host.starts_with('.') &&
               !host.contains("..");
    });
}

bool is_page_url(std::string_view url) {
    const auto parsed = urls::parse_uri(url);
    return parsed && origin_of(*parsed) && !parsed->has_fragment();
}

std::optional<std::string> allowed_return_to(std::string_view url, const ReturnTargets& targets) {
    const auto is_plain = [](char c) { return c > 0x20 && c < 0x7f && c != '\\'; };
    if (url.empty() || url.size() > kMostBytes || !std::ranges::all_of(url, is_plain)) return std::nullopt;
    auto text = escape_what_browsers_leave(url);
    if (text.size() > kMostBytes) return std::nullopt;
    if (is_own_path(text)) return text;
    const auto parsed = urls::parse_uri(text);
    if (!parsed) return std::nullopt;
    const auto origin = origin_of(*parsed);
    if (!origin || !targets.contains(origin->scheme, origin->host, origin->port)) return std::nullopt;
    std::string normal = origin->scheme + "://" + origin->host;
    if (origin->port != own_port(origin->scheme)) normal += ':' + origin->port;
    const std::string_view path = parsed->encoded_path();
    if (!path.empty() && !path.starts_with('/')) return std::nullopt;  // Boost 1.81 reads "https://host:x" so
    normal += path.empty() ? "/" : path;
    if (parsed->has_query()) normal.append("?").append(parsed->encoded_query());
    if (parsed->has_fragment()) normal.append("#").append(parsed->encoded_fragment());
    return normal.size() <= kMostBytes ? std::optional(std::move(normal)) : std::nullopt;
}

}  // namespace gatehouse::gateway
