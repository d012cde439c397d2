#include "gateway/guard/csrf.hpp"

#include <optional>

#include "made_request.hpp"
#include "support/captured_log.hpp"
#include "support/catch.hpp"

namespace gatehouse::gateway {
namespace {

using test::made_request;
using Field = std::optional<std::string_view>;

const OriginRules kByHost{"", {"https://app.example.com"}};
const OriginRules kByOrigin{"https://gate.example.org", {"https://app.example.com"}};

std::vector<web::Header> fields(Field site, Field origin) {
    std::vector<web::Header> headers;
    if (site) headers.push_back({"sec-fetch-site", *site});
    if (origin) headers.push_back({"origin", *origin});
    return headers;
}

}  // namespace

TEST_CASE("whose request it is, by Sec-Fetch-Site first and Origin second") {
    struct Row {
        Field site;
        Field origin;
        bool own;
    };
    constexpr auto absent = std::nullopt;
    const Row rows[] = {
        // The browser says that it is our own page, or the user's own doing.
        {"same-origin", absent, true},
        {"same-origin", "https://gate.example.org", true},
        {"none", absent, true},
        // Another site's page: only an allowed one, and it must say which it is.
        {"same-site", absent, false},
        {"cross-site", absent, false},
        {"same-site", "https://app.example.com", true},
        {"cross-site", "https://app.example.com", true},
        {"same-site", "https://evil.example.org", false},
        {"cross-site", "https://evil.example", false},
        {"cross-site", "null", false},
        // Our own origin cannot be cross-site: who says so is confused or lies.
        {"cross-site", "https://gate.example.org", false},
        // What no browser says is no permission.
        {"", absent, false},
        {"Same-Origin", absent, false},
        {"same-origin, none", absent, false},
        {"anything", "https://gate.example.org", false},
        // An older browser: Origin alone.
        {absent, "https://gate.example.org", true},
        {absent, "https://app.example.com", true},
        {absent, "null", false},
        {absent, "", false},
        {absent, "https://evil.example", false},
        {absent, "https://gate.example.org.evil.example", false},
        {absent, "https://evil.example/gate.example.org", false},
        {absent, "https://gate.example.org:8443", false},
        {absent, "https://app.example.com.evil.example", false},
        {absent, "gate.example.org", false},
        {absent, "https://", false},
        {absent, "://gate.example.org", false},
        {absent, "evil://gate.example.org", false},
        // Neither: no browser.
        {absent, absent, true},
    };
    for (const Row& row : rows) {
        INFO("Sec-Fetch-Site: " << row.site.value_or("(absent)") << ", Origin: " << row.origin.value_or("(absent)"));
        CHECK(is_own_request(made_request(fields(row.site, row.origin)), kByHost) == row.own);
        CHECK(is_own_request(made_request(fields(row.site, row.origin)), kByOrigin) == row.own);
    }
}

TEST_CASE("without PUBLIC_ORIGIN the Host decides, whatever its case and port") {
    const auto own = [](std::string_view origin, std::string_view host) {
        return is_own_request(made_request({{"Origin", origin}}, host), kByHost);
    };
    CHECK(own("http://localhost:8080", "localhost:8080"));
    CHECK(own("https://gate.example.org", "GATE.example.org"));
    CHECK(own("http://[::1]:8080", "[::1]:8080"));
    CHECK_FALSE(own("http://localhost:3000", "localhost:8080"));
    CHECK_FALSE(own("http://localhost", "localhost:8080"));
}

TEST_CASE("with PUBLIC_ORIGIN the Host header has no say: who attacks by DNS chooses it") {
    const auto request = made_request({{"Origin", "https://evil.example"}}, "evil.example");
    CHECK(is_own_request(request, kByHost));
    CHECK_FALSE(is_own_request(request, kByOrigin));
    CHECK_FALSE(is_own_request(made_request({{"Origin", "http://gate.example.org"}}), kByOrigin));
}

TEST_CASE("doubled headers are nobody's browser") {
    CHECK_FALSE(
        is_own_request(made_request({{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "cross-site"}}), kByHost));
    CHECK_FALSE(is_own_request(made_request({{"Sec-Fetch-Site", "none"}, {"sec-fetch-site", "none"}}), kByHost));
    CHECK_FALSE(is_own_request(
        made_request({{"Origin", "https://gate.example.org"}, {"Origin", "https://evil.example"}}), kByHost));
}

TEST_CASE("what was refused is logged with what there is to compare") {
    const auto line = [](std::vector<web::Header> headers) {
        const auto request = made_request(std::move(headers));
        const auto lines = gatehouse::test::logged(log::Level::warn, [&] { log_csrf_rejected(request, kByOrigin); });
        REQUIRE(lines.size() == 1);
        return lines.front();
    };
    CHECK(line({{"Origin", "https://gate.example.com"}, {"Sec-Fetch-Site", "cross-site"}})
              .contains(R"("reason":"other_origin","origin":"https://gate.example.com","fetch_site":"cross-site",)"
                        R"("expected":"https://gate.example.org")"));
    const auto own = line({{"Origin", "https://gate.example.org"}});
    CHECK(own.contains(R"("reason":"no_token","origin":"https://gate.example.org")"));
    CHECK_FALSE(own.contains("expected"));
}

TEST_CASE("CORS answers an allowed origin with itself, and nobody else") {
    const auto answered = [](std::vector<web::Header> headers) {
        const auto request = made_request(std::move(headers));
        return std::string(allowed_origin(request, kByOrigin));
    };
    CHECK(answered({{"Origin", "https://app.example.com"}}) == "https://app.example.com");
    CHECK(answered({{"Origin", "https://app.example.com:443"}}).empty());
    CHECK(answered({{"Origin", "http://app.example.com"}}).empty());
    CHECK(answered({{"Origin", "HTTPS://APP.EXAMPLE.COM"}}).empty());
    CHECK(answered({{"Origin", "*"}}).empty());
    CHECK(answered({{"Origin", "null"}}).empty());
    CHECK(answered({}).empty());
    CHECK(answered({{"Origin", "https://app.example.com"}, {"Origin", "https://evil.example"}}).empty());
}

}  // namespace gatehouse::gateway
