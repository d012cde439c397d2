#include "gateway/guard/cookie_domain.hpp"

#include <algorithm>
#include <libpsl.h>
#include <string>

#include "base/text.hpp"

namespace gatehouse::gateway {
namespace {

// RFC 1035's letters, digits and hyphens, in labels that are not empty.
bool is_lower_case_domain(std::string_view text) {
    if (text.empty() || text.size() > 253 || text.ends_with('.')) return false;
    while (!text.empty()) {
        const auto label = text.substr(0, text.find('.'));
        const auto in_label = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
        if (label.empty() || label.size() > 63 || !std::ranges::all_of(label, in_label)) return false;
        text.remove_prefix(std::min(label.size() + 1, text.size()));
    }
    return true;
}

// As browsers tell a number from a name: by the last label (WHATWG URL, "ends in a number").
bool is_ipv4_address(std::string_view domain) {
    const auto last = domain.substr(domain.rfind('.') + 1);
    return last.starts_with("0x") || parse_number<unsigned long long>(last).has_value();
}

std::string_view host_of(std::string_view origin) {
    const auto scheme_end = origin.find("://");
    const auto host = scheme_end == std::string_view::npos ? std::string_view{} : origin.substr(scheme_end + 3);
    return host.substr(0, host.find(':'));
}

}  // namespace

bool is_public_suffix(std::string_view domain) {
    static const psl_ctx_t* const list = psl_latest(nullptr);
    return !list || psl_is_public_suffix(list, std::string(domain).c_str()) != 0;
}

std::string_view wrong_with_cookie_domain(std::string_view domain, std::string_view public_origin) {
    if (!is_lower_case_domain(domain)) {
        return "is not a domain: write example.org, in lower case, without a dot in front";
    }
    if (is_ipv4_address(domain)) return "is an address, not a domain: browsers refuse such a cookie";
    if (is_public_suffix(domain)) {
        return "is a public suffix (publicsuffix.org): sites of other owners are below it, and browsers refuse such a "
               "cookie";
    }
    const auto host = host_of(public_origin);
    const bool below =
        host.ends_with(domain) && host.size() > domain.size() && host[host.size() - domain.size() - 1] == '.';
    if (host != domain && !below) return "needs a PUBLIC_ORIGIN whose host is that domain or below it";
    return {};
}

}  // namespace gatehouse::gateway
