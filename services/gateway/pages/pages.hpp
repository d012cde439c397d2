// The sign-in page and the account page, and what they load. For people: whatever they do goes through the same public
// API that every other client uses.
#pragma once

#include <string>
#include <string_view>

#include "gateway/config.hpp"
#include "gateway/pages/embedded.hpp"
#include "web/http_types.hpp"

namespace gatehouse::gateway {

// Does the browser present a session cookie of ours? Only then is it worth asking whose it is.
enum class Session : bool { none, maybe };

// Made once at start, before the server, and used by all loops.
class Pages {
public:
    explicit Pages(const Config& config);

    // The sign-in page. Its script learns from the page itself, never from the address, where to go afterwards:
    // `return_to` of the query if that is allowed, else the account page.
    [[nodiscard]] web::Response login(const web::Request& request, Session session) const;
    [[nodiscard]] web::Response account() const;
    // A style sheet, script or picture, by the request's path, which a route has matched.
    [[nodiscard]] web::Response asset(const web::Request& request) const;

private:
    [[nodiscard]] web::Response page(std::string_view path, std::string_view facts) const;

    const Config& config_;
    std::string page_headers_;
    std::string kept_headers_;     // of an asset asked for by its hash
    std::string checked_headers_;  // of one without
};

// As the value of an attribute in double quotes.
[[nodiscard]] std::string html_attribute(std::string_view text);

}  // namespace gatehouse::gateway
