#include <fmt/format.h>

#include "base/settings.hpp"
#include "base/text.hpp"

namespace gatehouse {
namespace {

// sun_path less its closing NUL (unix(7)).
constexpr std::size_t unix_path_bytes = 107;

bool only(std::string_view text, std::string_view allowed) {
    return text.find_first_not_of(allowed) == std::string_view::npos;
}

constexpr std::string_view host_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
constexpr std::string_view v6_letters = "0123456789abcdefABCDEF:.";

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
    Endpoint endpoint;
    if (text.starts_with("unix:")) {
        endpoint.unix_path = text.substr(5);
        if (endpoint.unix_path.empty()) return fail(Errc::invalid_input, "names no path behind unix:");
        if (endpoint.unix_path.size() > unix_path_bytes) {
            return fail(Errc::invalid_input, fmt::format("has a socket path over {} bytes", unix_path_bytes));
        }
        return endpoint;
    }
    const auto colon = text.rfind(':');
    const auto port =
        colon == std::string_view::npos ? std::nullopt : parse_number<std::uint16_t>(text.substr(colon + 1));
    if (!port) return fail(Errc::invalid_input, "is not of the form HOST:PORT, [IPV6]:PORT or unix:PATH");
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (!only(host, bracketed ? v6_letters : host_letters)) {
        return fail(Errc::invalid_input,
                    "has a host that is neither a name, an IPv4 address nor an IPv6 one in brackets");
    }
    endpoint.host = host;
    endpoint.port = *port;
    return endpoint;
}

std::string to_string(const Endpoint& endpoint) {
    if (endpoint.is_unix()) return "unix:" + endpoint.unix_path;
    const bool v6 = endpoint.host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", v6 ? "[" : "", endpoint.host, v6 ? "]" : "", endpoint.port);
}

}  // namespace gatehouse
