#include "web/trusted_proxies.hpp"

#include <string>

#include "support/catch.hpp"

namespace gatehouse::web {
namespace {

using boost::asio::ip::make_address;

// From somebody who is no proxy. What it is made of must outlive it.
Request request_with(std::vector<Header> headers) {
    Request request;
    request.headers = std::move(headers);
    request.peer.address = make_address("198.51.100.1");
    return request;
}

TrustedProxies trusting(std::initializer_list<std::string_view> items) {
    TrustedProxies proxies;
    for (const auto item : items) REQUIRE(proxies.add(item));
    return proxies;
}

bool holds(std::string_view range, const std::string& address) {
    return trusting({range}).contains(make_address(address));
}

// The client that `proxies` see behind a peer with these headers.
std::string client_of(const TrustedProxies& proxies, const std::string& peer, std::vector<Header> headers) {
    auto request = request_with(std::move(headers));
    request.peer.address = make_address(peer);
    return proxies.origin_of(request).address.to_string();
}

std::string client_behind(std::string_view forwarded_for) {
    return client_of(trusting({"10.0.0.0/8", "2001:db8::/32"}), "10.0.0.1", {{"X-Forwarded-For", forwarded_for}});
}

}  // namespace

TEST_CASE("an item is an address or a range of either family, or unix") {
    for (const auto* item : {"127.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "::1", "2001:db8::/32", "::/0",
                             "unix", "192.0.2.128/25", "::ffff:10.0.0.0/104"}) {
        INFO(item);
        CHECK(TrustedProxies().add(item));
    }
}

TEST_CASE("anything else is refused") {
    for (const auto* item : {"",
                             "/",
                             "/8",
                             "10.0.0.0/",
                             "10.0.0.0/33",
                             "10.0.0.0/-1",
                             "10.0.0.0/+8",
                             "10.0.0.0/8x",
                             "10.0.0.0/8/8",
                             "10.0.0.0 /8",
                             " 10.0.0.0/8",
                             "10.0.0/8",
                             "10",
                             "010.0.0.0/8.",
                             "256.0.0.1",
                             "10.0.0.1/8",
                             "2001:db8::1/32",
                             "::1/129",
                             "::1/127",
                             "[::1]",
                             "127.0.0.1:80",
                             "fe80::1%1",
                             "localhost",
                             "proxy.example.org",
                             "Unix",
                             "unix:/run/x",
                             "*",
                             "10.0.0.0/4294967304"}) {
        INFO(item);
        CHECK_FALSE(TrustedProxies().add(item));
    }
}

TEST_CASE("a range ends at its last bit") {
    CHECK(holds("192.0.2.128/25", "192.0.2.128"));
    CHECK(holds("192.0.2.128/25", "192.0.2.255"));
    CHECK_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
    CHECK_FALSE(holds("192.0.2.128/25", "192.0.3.128"));
    CHECK(holds("127.0.0.1", "127.0.0.1"));
    CHECK_FALSE(holds("127.0.0.1", "127.0.0.2"));
    CHECK(holds("0.0.0.0/0", "203.0.113.9"));
    CHECK(holds("2001:db8:8000::/33", "2001:db8:ffff::1"));
    CHECK_FALSE(holds("2001:db8:8000::/33", "2001:db8:7fff::1"));
}

TEST_CASE("the families stay apart, but an IPv4 address written as IPv6 is the same address") {
    CHECK(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
    CHECK(holds("::ffff:10.0.0.0/104", "10.1.2.3"));
    CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
    // Who trusts all of IPv6 has not said a word about IPv4.
    CHECK(holds("::/0", "2001:db8::1"));
    CHECK_FALSE(holds("::/0", "203.0.113.9"));
    CHECK_FALSE(holds("::/0", "::ffff:203.0.113.9"));
}

TEST_CASE("nobody is trusted by default, and an untrusted peer's headers are not looked at") {
    const auto request = request_with({{"X-Forwarded-For", "192.0.2.7"}, {"X-Forwarded-Proto", "https"}});
    const TrustedProxies somebody_else = trusting({"10.0.0.0/8", "unix"});
    for (const auto& origin : {TrustedProxies().origin_of(request), somebody_else.origin_of(request)}) {
        CHECK(origin.address.to_string() == "198.51.100.1");
        CHECK_FALSE(origin.https);
    }
}

TEST_CASE("the chain is walked from the right up to the first hop that is not trusted") {
    CHECK(client_behind("203.0.113.5") == "203.0.113.5");
    CHECK(client_behind("203.0.113.5, 10.0.0.2") == "203.0.113.5");
    CHECK(client_behind("203.0.113.5,10.0.0.2 ,\t10.0.0.3") == "203.0.113.5");
    // All are ours: the farthest is who asked.
    CHECK(client_behind("10.0.0.4, 10.0.0.3") == "10.0.0.4");
    CHECK(client_of(trusting({"10.0.0.0/8"}), "10.0.0.1", {}) == "10.0.0.1");
}

TEST_CASE("what a client writes to the left of itself changes nothing") {
    CHECK(client_behind("127.0.0.1, 203.0.113.5") == "203.0.113.5");
    CHECK(client_behind("10.9.9.9, 203.0.113.5, 10.0.0.2") == "203.0.113.5");
    CHECK(client_behind("garbage, , 1.2.3, 203.0.113.5, 10.0.0.2") == "203.0.113.5");
}

TEST_CASE("a hop that is no address ends the walk at the last one known") {
    for (const std::string garbage : {"unknown",
                                      "_hidden",
                                      "",
                                      " ",
                                      "203.0.113",
                                      "203.0.113.5:",
                                      "203.0.113.5:http",
                                      "203.0.113.5:99999",
                                      "203.0.113.5 ",
                                      "[2001:db9::5",
                                      "[2001:db9::5]x",
                                      "[2001:db9::5]:",
                                      "[]",
                                      "[",
                                      "]",
                                      "[203.0.113.5",
                                      "fe80::1%1",
                                      "0x7f.0.0.1",
                                      "for=203.0.113.5",
                                      "203.0.113.5/32"}) {
        INFO("'" << garbage << "'");
        if (garbage == "203.0.113.5 ") continue;  // blanks are cut: that one is an address
        CHECK(client_behind(garbage) == "10.0.0.1");
        CHECK(client_behind("198.51.100.7, " + garbage + ", 10.0.0.2") == "10.0.0.2");
    }
}

TEST_CASE("hops are read as proxies write them: with ports, brackets, and IPv4 inside IPv6") {
    CHECK(client_behind("203.0.113.5:1234") == "203.0.113.5");
    CHECK(client_behind("2001:db9::5") == "2001:db9::5");
    CHECK(client_behind("[2001:db9::5]") == "2001:db9::5");
    CHECK(client_behind("[2001:db9::5]:443, [2001:db8::2]:8080") == "2001:db9::5");
    CHECK(client_behind("::ffff:203.0.113.5, ::ffff:10.0.0.9") == "203.0.113.5");
}

TEST_CASE("several headers are one list, in their order") {
    const auto proxies = trusting({"10.0.0.0/8"});
    CHECK(client_of(proxies, "10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}, {"x-forwarded-for", "203.0.113.5"}}) ==
          "203.0.113.5");
    CHECK(client_of(proxies, "10.0.0.1",
                    {{"X-Forwarded-For", "203.0.113.5"}, {"Host", "x"}, {"X-FORWARDED-FOR", "10.0.0.2, 10.0.0.3"}}) ==
          "203.0.113.5");
}

TEST_CASE("a chain without end is not walked to its end") {
    std::string chain = "203.0.113.5";
    for (int i = 0; i < 500; ++i) chain += ",10.0.0.2";
    CHECK(client_behind(chain) == "10.0.0.2");
}

TEST_CASE("the last X-Forwarded-Proto of a trusted peer says whether the client came over HTTPS") {
    const auto proxies = trusting({"198.51.100.1"});
    const auto https = [&](std::vector<Header> headers) {
        return proxies.origin_of(request_with(std::move(headers))).https;
    };
    CHECK(https({{"X-Forwarded-Proto", "https"}}));
    CHECK(https({{"X-Forwarded-Proto", "HTTPS"}}));
    CHECK(https({{"X-Forwarded-Proto", "http, https"}}));
    CHECK(https({{"X-Forwarded-Proto", "http"}, {"X-Forwarded-Proto", "https"}}));
    CHECK_FALSE(https({{"X-Forwarded-Proto", "https, http"}}));
    CHECK_FALSE(https({{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Proto", "http"}}));
    CHECK_FALSE(https({{"X-Forwarded-Proto", "httpsx"}}));
    CHECK_FALSE(https({{"X-Forwarded-Proto", "https,"}}));
    CHECK_FALSE(https({}));
}

TEST_CASE("without that header the connection's own encryption counts") {
    auto request = request_with({});
    request.peer.is_tls = true;
    CHECK(trusting({"198.51.100.1"}).origin_of(request).https);
    CHECK(TrustedProxies().origin_of(request).https);
}

TEST_CASE("peers on a Unix-domain socket are trusted by the word unix only") {
    auto request = request_with({{"X-Forwarded-For", "203.0.113.5"}});
    request.peer = {{}, true, false};
    CHECK(trusting({"unix"}).origin_of(request).address.to_string() == "203.0.113.5");
    CHECK(trusting({"0.0.0.0/0", "::/0"}).origin_of(request).address.is_unspecified());
    request.headers.clear();
    CHECK(trusting({"unix"}).origin_of(request).address.is_unspecified());
}

}  // namespace gatehouse::web
