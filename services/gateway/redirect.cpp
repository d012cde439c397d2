#include "gateway/redirect.hpp"

#include <utility>

namespace gatehouse::gateway {
namespace {

constexpr std::uint16_t kHttps = 443;

// "example.org:8080" and "[::1]:8080" without the port.
std::string_view name_of(std::string_view host) {
    const auto colon = host.rfind(':');
    const bool has_port = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
    return has_port ? host.substr(0, colon) : host;
}

std::string https_origin(std::string_view host, std::uint16_t port) {
    std::string origin = "https://";
    origin += name_of(host);
    if (port != kHttps) origin += ':' + std::to_string(port);
    return origin;
}

Task<web::Response> redirect(const web::Request& request, std::string origin) {
    web::Response response;
    response.status = 308;
    response.content_type = {};
    response.with("Location", origin.append(request.target));
    co_return response;
}

}  // namespace

web::Handler redirect_handler(std::string origin, std::uint16_t port) {
    return [origin = std::move(origin), port](web::Request& request) {
        return redirect(request, origin.empty() ? https_origin(request.host, port) : origin);
    };
}

}  // namespace gatehouse::gateway
