#include "gateway/pages/pages.hpp"

#include <algorithm>

#include <boost/url/pct_string_view.hpp>

#include "base/text.hpp"
#include "gateway/guard/return_to.hpp"
#include "gateway/security_headers.hpp"

namespace gatehouse::gateway {
namespace {

constexpr std::string_view facts_mark = "{{facts}}";
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'";

const Embedded& embedded_at(std::string_view path) { return *std::ranges::find(embedded(), path, &Embedded::path); }

// The parameter's value if it is there once. A '+' stays one: in an address nothing else can be meant. By hand, as
// Boost.URL 1.81's parse_query() reads on to a NUL.
std::optional<std::string> parameter(std::string_view query, std::string_view name) {
    std::optional<std::string_view> found;
    while (!query.empty()) {
        const auto one = take_item(query, '&');
        const auto equals = one.find('=');
        if (equals == std::string_view::npos || one.substr(0, equals) != name) continue;
        if (found) return std::nullopt;
        found = one.substr(equals + 1);
    }
    if (!found) return std::nullopt;
    const auto encoded = boost::urls::make_pct_string_view({found->data(), found->size()});
    return encoded ? std::optional(encoded->decode()) : std::nullopt;
}

void add_fact(std::string& facts, std::string_view name, std::string_view value) {
    facts.append(" data-").append(name).append("=\"").append(html_attribute(value)).append("\"");
}

// RFC 9110 section 13.1.2.
bool has_tag(const web::Request& request, std::string_view tag) {
    auto list = request.header("If-None-Match").value_or("");
    while (!list.empty()) {
        auto one = take_item(list);
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == tag || one == "*") return true;
    }
    return false;
}

}  // namespace

std::string html_attribute(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

Pages::Pages(const Config& config)
    : config_(config),
      page_headers_(security_headers(config, page_policy)),
      kept_headers_(security_headers(config, kNoContentPolicy, "public, max-age=31536000, immutable")),
      checked_headers_(security_headers(config, kNoContentPolicy, "no-cache")) {}

web::Response Pages::page(std::string_view path, std::string_view facts) const {
    const auto& file = embedded_at(path);
    const auto at = file.content.find(facts_mark);
    web::Response response;
    response.body.reserve(file.content.size() + facts.size());
    response.body.append(file.content.substr(0, at)).append(facts).append(file.content.substr(at + facts_mark.size()));
    response.content_type = file.content_type;
    response.fixed_headers = page_headers_;
    return response;
}

web::Response Pages::login(const web::Request& request, Session session) const {
    std::string facts;
    add_fact(facts, "session", session == Session::maybe ? "maybe" : "none");
    if (!config_.origins.public_origin.empty()) add_fact(facts, "public-origin", config_.origins.public_origin);
    const auto asked = parameter(request.query, "return_to");
    const auto target = asked ? allowed_return_to(*asked, config_.return_targets) : std::nullopt;
    if (target) add_fact(facts, "return-to", *target);
    return page("/login", facts);
}

web::Response Pages::account() const { return page("/account", ""); }

web::Response Pages::asset(const web::Request& request) const {
    const auto& file = embedded_at(request.path);
    const bool by_hash = request.query.starts_with("v=") && request.query.substr(2) == file.hash;
    auto tag = std::string("\"").append(file.hash).append("\"");
    web::Response response;
    response.fixed_headers = by_hash ? kept_headers_ : checked_headers_;
    if (has_tag(request, tag)) {
        response.status = 304;
    } else {
        response.body = file.content;
        response.content_type = file.content_type;
    }
    response.with("ETag", std::move(tag));
    return response;
}

}  // namespace gatehouse::gateway
