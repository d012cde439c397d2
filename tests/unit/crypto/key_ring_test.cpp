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

// Expected values computed with Python's hashlib.blake2b.
TEST_CASE("a MAC is 128 bits of BLAKE2b under BLAKE2b-256(label) keyed with BLAKE2b-512(secret)") {
    CHECK(ring(kSecret).sign("message") == "bbg5Au0th-7O7hjfyVe3SA");
    CHECK(Subkey(kSecret, "cookie").pick("message") == 18118661522308125469u);
}

TEST_CASE("a MAC is the same whatever the length of its message, block borders of BLAKE2b included") {
    // hashlib.blake2b(b"m" * n, key=subkey, digest_size=16), base64url without padding.
    const KeyRing keys = ring(kSecret);
    CHECK(keys.sign("") == "bPhip14gWCjsnWRiJFwCVA");
    CHECK(keys.sign(std::string(1, 'm')) == "e07_1Dv4KYhUMv7ZECxG1A");
    CHECK(keys.sign(std::string(56, 'm')) == "u-F_QESeUH6qC1IYSFTBZQ");
    CHECK(keys.sign(std::string(127, 'm')) == "scvPNT9gg7JAeiTq8lErLQ");
    CHECK(keys.sign(std::string(128, 'm')) == "DlKECprSVRPfcSfMSqByhg");
    CHECK(keys.sign(std::string(129, 'm')) == "IZ1DySPiwcR_Gi0nvACOHw");
    CHECK(keys.sign(std::string(255, 'm')) == "e0WBpsUcEhAIjr6wwp2hrQ");
    CHECK(keys.sign(std::string(256, 'm')) == "mANj-LlKhjvHvSQ8O4W9ug");
    CHECK(keys.sign(std::string(257, 'm')) == "WNzmH7dY68WhRn4svN2Z5Q");
    CHECK(keys.sign(std::string(1000, 'm')) == "73TIKzO7Ln0FoT0V-02Idg");
    // Every character of the alphabet at every place: the MACs of "0" to "4095", hashed.
    std::string all;
    for (int i = 0; i < 4096; ++i) all += keys.sign(std::to_string(i));
    CHECK(hex(view(blake2b_256(all))) == "c743adf14e4e8602bb18ee99d5ce9017260677fdc64654c4aac2e65fbd88db45");
}

TEST_CASE("a MAC with any byte changed is refused") {
    const KeyRing keys = ring(kSecret);
    const std::string message = "a session's token";
    const std::string mac = keys.sign(message);
    REQUIRE(mac.size() == Subkey::kMacLength);
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
    const std::string mac = keys.sign("m");
    CHECK_FALSE(keys.verify("m", ""));
    CHECK_FALSE(keys.verify("m", mac.substr(0, 21)));
    CHECK_FALSE(keys.verify("m", mac + "A"));
    CHECK_FALSE(keys.verify("m", mac + std::string(1, '\0')));
}

TEST_CASE("two labels share no key, nor do two secrets") {
    const std::string mac = ring(kSecret).sign("m");
    CHECK_FALSE(ring(kSecret, {}, "csrf").verify("m", mac));
    CHECK_FALSE(ring("another secret", {}).verify("m", mac));
    CHECK(Subkey(kSecret, "cookie").pick("m") != Subkey(kSecret, "csrf").pick("m"));
}

TEST_CASE("a secret counts in full, however long") {
    const std::string longer(200, 'k');
    CHECK_FALSE(ring(longer + "a").verify("m", ring(longer + "b").sign("m")));
    CHECK_FALSE(ring(std::string(64, 'k')).verify("m", ring(longer).sign("m")));
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
    CHECK(announced.sign("m") == before.sign("m"));
    CHECK(swapped.sign("m") == after.sign("m"));
    CHECK(announced.verify("m", before.sign("m")));
    CHECK(announced.verify("m", swapped.sign("m")));
    CHECK(swapped.verify("m", after.sign("m")));
    CHECK(swapped.verify("m", before.sign("m")));
    CHECK_FALSE(after.verify("m", before.sign("m")));
    CHECK_FALSE(before.verify("m", swapped.sign("m")));
}

TEST_CASE("a moved-from key signs nothing that the key itself would accept") {
    Subkey key(kSecret, "cookie");
    const auto mac = key.mac("m");
    const Subkey moved(std::move(key));
    CHECK(moved.mac("m") == mac);
    CHECK(key.mac("m") != mac);  // wiped: NOLINT(bugprone-use-after-move)
}

}  // namespace
}  // namespace gatehouse::crypto
