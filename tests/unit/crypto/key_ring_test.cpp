#include "crypto/key_ring.hpp"

#include <stdexcept>
#include <string>

#include "crypto/digest.hpp"
#include "support/catch.hpp"

namespace gatehouse::crypto {
namespace {

const std::string kSecret = "0123456789abcdef0123456789abcdef";

KeyRing ring(std::string_view secret, std::initializer_list<std::string_view> fallbacks = {},
             std::string_view label = "cookie") {
    std::vector<Secret> others;
    for (auto fallback : fallbacks) others.emplace_back(fallback);
    return {Secret(secret), others, label};
}

// Expected values computed in Python, with hashlib.blake2b and a SipHash that gives the vectors of its reference
// implementation (github.com/veorq/SipHash, vectors.h).
TEST_CASE("a MAC is SipHash-2-4-128 under BLAKE2b-128(label) keyed with BLAKE2b-512(secret)") {
    CHECK(ring(kSecret).sign("message").view() == "UqWLkQXmf7qNen-6ZYXUww");
    CHECK(Subkey(kSecret, "cookie").pick("message") == 1215650634301676372u);
}

TEST_CASE("a MAC is the same whatever the length of its message, block borders included") {
    const KeyRing keys = ring(kSecret);
    const auto mac = [&](std::size_t length) { return std::string(keys.sign(std::string(length, 'm')).view()); };
    CHECK(mac(0) == "W0eUPM1uxdfomcRlWsw_Lg");
    CHECK(mac(1) == "D2OPbJWgHbg7LTeh1a3FMA");
    CHECK(mac(7) == "VtcwpoStkqAgOkTGq62l_g");
    CHECK(mac(8) == "YYgCEZldo7rq6A7PP_uHEQ");
    CHECK(mac(9) == "kmaZFZLgahUOVJ_h5mFNog");
    CHECK(mac(56) == "cQLTCOGtiiI1T6G-UMj-Wg");
    CHECK(mac(255) == "fM8JmPMF9vkYP4e9VC3Wtg");
    CHECK(mac(256) == "mhFtPX_7eMPhyHsqlQ3uew");
    CHECK(mac(257) == "XbE8NJI1UCE5iQbyQpFxEw");
    CHECK(mac(1000) == "hjORF1Tfq-JEni7UYkVzDw");
    // Every character of the alphabet at every place: the MACs of "0" to "4095", hashed.
    std::string all;
    for (int i = 0; i < 4096; ++i) all += keys.sign(std::to_string(i)).view();
    CHECK(hex(view(blake2b_256(all))) == "bed825fb1c9e05a31b97d1f57ff4e5d3f2e94d1838fc7c9c032a05c52c81e7f9");
}

TEST_CASE("a MAC with any byte changed is refused") {
    const KeyRing keys = ring(kSecret);
    const std::string message = "a session's token";
    const std::string mac(keys.sign(message).view());
    REQUIRE(mac.size() == Mac::kLength);
    REQUIRE(keys.verify(message, mac));
    for (std::size_t at = 0; at < mac.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string forged = mac;
            forged[at] = static_cast<char>(forged[at] ^ (1 << bit));
            CHECK_FALSE(keys.verify(message, forged));
        }
    }
    for (std::size_t at = 0; at < message.size(); ++at) {
        std::string other = message;
        other[at] = static_cast<char>(other[at] ^ 1);
        CHECK_FALSE(keys.verify(other, mac));
    }
}

TEST_CASE("a MAC of another length is refused") {
    const KeyRing keys = ring(kSecret);
    const std::string mac(keys.sign("m").view());
    CHECK_FALSE(keys.verify("m", ""));
    CHECK_FALSE(keys.verify("m", mac.substr(0, 21)));
    CHECK_FALSE(keys.verify("m", mac + "A"));
    CHECK_FALSE(keys.verify("m", mac + std::string(1, '\0')));
}

TEST_CASE("two labels share no key, nor do two secrets") {
    const std::string mac(ring(kSecret).sign("m").view());
    CHECK_FALSE(ring(kSecret, {}, "csrf").verify("m", mac));
    CHECK_FALSE(ring("another secret", {}).verify("m", mac));
    CHECK(Subkey(kSecret, "cookie").pick("m") != Subkey(kSecret, "csrf").pick("m"));
}

TEST_CASE("a secret counts in full, however long") {
    const std::string longer(200, 'k');
    CHECK_FALSE(ring(longer + "a").verify("m", ring(longer + "b").sign("m").view()));
    CHECK_FALSE(ring(std::string(64, 'k')).verify("m", ring(longer).sign("m").view()));
}

TEST_CASE("an empty secret makes no key") {
    CHECK_THROWS_AS(Subkey("", "cookie"), std::invalid_argument);
    CHECK_THROWS_AS(ring(kSecret, {""}), std::invalid_argument);
}

TEST_CASE("a key is rotated without a moment in which an instance refuses another's MAC") {
    const KeyRing before = ring("old");
    const KeyRing announced = ring("old", {"new"});
    const KeyRing swapped = ring("new", {"old"});
    const KeyRing after = ring("new");
    CHECK(announced.sign("m").view() == before.sign("m").view());
    CHECK(swapped.sign("m").view() == after.sign("m").view());
    CHECK(announced.verify("m", before.sign("m").view()));
    CHECK(announced.verify("m", swapped.sign("m").view()));
    CHECK(swapped.verify("m", after.sign("m").view()));
    CHECK(swapped.verify("m", before.sign("m").view()));
    CHECK_FALSE(after.verify("m", before.sign("m").view()));
    CHECK_FALSE(before.verify("m", swapped.sign("m").view()));
}

TEST_CASE("a moved-from key signs nothing that the key itself would accept") {
    Subkey key(kSecret, "cookie");
    const auto mac = key.mac("m");
    const Subkey moved(std::move(key));
    CHECK(moved.mac("m").view() == mac.view());
    CHECK(key.mac("m").view() != mac.view());  // wiped: NOLINT(bugprone-use-after-move)
}

}  // namespace
}  // namespace gatehouse::crypto
