#include "gateway/guard/untrusted_proxy.hpp"

#include <string_view>

#include "made_request.hpp"
#include "support/captured_log.hpp"
#include "support/catch.hpp"

namespace gatehouse::gateway {
namespace {

web::Request from(std::string_view peer, bool forwarded = true) {
    using Headers = std::vector<web::Header>;
    auto request = test::made_request(forwarded ? Headers{{"X-Forwarded-For", "203.0.113.9"}} : Headers{});
    request.peer.is_unix = peer == "unix";
    if (!request.peer.is_unix) request.peer.address = boost::asio::ip::make_address(peer);
    return request;
}

}  // namespace

TEST_CASE("what is forwarded by this host or a private address seems to be a proxy's; the internet's does not") {
    for (const char* peer : {"127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.1", "192.168.0.1", "100.64.0.1",
                             "100.127.255.1", "169.254.1.1", "::1", "fd00::1", "fe80::1", "unix"}) {
        CAPTURE(peer);
        CHECK(seems_forwarded(from(peer)));
        CHECK_FALSE(seems_forwarded(from(peer, false)));
    }
    for (const char* peer : {"198.51.100.1", "11.0.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1", "100.63.0.1",
                             "100.128.0.1", "2001:db8::1", "ff02::1"}) {
        CAPTURE(peer);
        CHECK_FALSE(seems_forwarded(from(peer)));
    }
}

TEST_CASE("a proxy that is not trusted is told of, and once a minute is enough") {
    const auto lines = gatehouse::test::logged(log::Level::warn, [] {
        for (const char* peer : {"198.51.100.1", "192.168.0.1", "10.0.0.1"}) tell_of_untrusted_proxy(from(peer));
    });
    REQUIRE(lines.size() == 1);
    CHECK(lines.front().contains(R"("event":"proxy.untrusted")"));
    CHECK(lines.front().contains(R"("peer":"192.168.0.1")"));
}

}  // namespace gatehouse::gateway
