// A request as the server would hand it over, made of literals.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "web/http_types.hpp"

namespace gatehouse::gateway::test {

// What it is made of must outlive it.
inline web::Request made_request(std::vector<web::Header> headers, std::string_view host = "gate.example.org") {
    web::Request request;
    request.method = web::Method::post;
    request.method_text = "POST";
    request.target = request.path = "/auth/login";
    request.host = host;
    request.headers = std::move(headers);
    request.peer.address = boost::asio::ip::make_address("198.51.100.1");
    return request;
}

}  // namespace gatehouse::gateway::test
