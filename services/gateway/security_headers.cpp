#include "gateway/security_headers.hpp"

namespace gatehouse::gateway {

// OWASP Secure Headers Project; X-XSS-Protection is the Flask backend's.
std::string security_headers(const Config& config, std::string_view content_policy, std::string_view cache_control) {
    std::string lines =
        "Server: gatehouse\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "X-Frame-Options: DENY\r\n";
    lines.append("Content-Security-Policy: ").append(content_policy).append("\r\n");
    lines +=
        "Referrer-Policy: no-referrer\r\n"
        "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r\n"
        "Cross-Origin-Opener-Policy: same-origin\r\n"
        "Cross-Origin-Resource-Policy: same-origin\r\n";
    lines.append("Cache-Control: ").append(cache_control).append("\r\n");
    if (!config.xss_protection.empty()) lines += "X-XSS-Protection: " + config.xss_protection + "\r\n";
    return lines;
}

// RFC 6797 section 7.2: never over plain HTTP.
std::string https_headers() { return "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n"; }

}  // namespace gatehouse::gateway
