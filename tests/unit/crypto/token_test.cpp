#include "crypto/token.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <string>

#include "crypto/digest.hpp"
#include "support/catch.hpp"

namespace gatehouse::crypto {
namespace {

const std::string kTagText = "ks31eMRwhaWZ";
const std::string kToken = "1" + kTagText + std::string(42, 'x') + "w";

std::string with(std::size_t at, char c) {
    std::string text = kToken;
    text[at] = c;
    return text;
}

// Expected: hashlib.blake2b(id, digest_size=32).digest()[:9], base64url.
TEST_CASE("a tag is the first 72 bits of BLAKE2b-256 of the subject's decimal id") {
    CHECK(tag_of("1").view() == kTagText);
    CHECK(tag_of("42").view() == "LwA56TonIh_P");
}

TEST_CASE("a new token is a token, carries its subject's tag and is never made twice") {
    std::set<std::string> seen;
    std::set<char> characters;
    for (int i = 0; i < 1000; ++i) {
        const Secret token = new_token(tag_of("1"));
        REQUIRE(is_token(token.view()));
        REQUIRE(token_tag(token.view()) == tag_of("1"));
        CHECK(seen.emplace(token.view()).second);
        characters.insert(token.view().begin() + 13, token.view().end() - 1);
    }
    CHECK(characters.size() == 64);
}

TEST_CASE("only the one spelling of a token is a token") {
    REQUIRE(is_token(kToken));
    CHECK_FALSE(is_token(""));
    CHECK_FALSE(is_token(kToken.substr(1)));
    CHECK_FALSE(is_token(kToken.substr(0, 55)));
    CHECK_FALSE(is_token(kToken + "A"));
    CHECK_FALSE(is_token(kToken + "="));
    CHECK_FALSE(is_token(" " + kToken.substr(0, 55)));
    CHECK_FALSE(is_token(with(0, '0')));
    CHECK_FALSE(is_token(with(0, '2')));
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        const bool alphabet =
            std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_").contains(c);
        for (std::size_t at = 1; at < 55; ++at) {
            INFO("byte " << byte << " at " << at);
            CHECK(is_token(with(at, c)) == alphabet);
        }
    }
}

TEST_CASE("the last character's two spare bits must be zero") {
    for (char c : std::string_view("AEIMQUYcgkosw048")) CHECK(is_token(with(55, c)));
    std::size_t canonical = 0;
    for (int byte = 0; byte < 256; ++byte) canonical += is_token(with(55, static_cast<char>(byte)));
    CHECK(canonical == 16);
}

TEST_CASE("the tag of what is no token is empty") {
    CHECK(token_tag(kToken)->view() == kTagText);
    CHECK_FALSE(token_tag(kToken + "x"));
    CHECK_FALSE(token_tag(with(20, '+')));
}

// Python: hashlib.blake2b(token, digest_size=32).digest()[:16], which "ref" and "sid" show too.
TEST_CASE("a token's hash is the first half of BLAKE2b-256 of its text") {
    const auto digest = blake2b_256(kToken);
    CHECK(std::ranges::equal(hash_token(kToken).bytes, std::span(digest).first<16>()));
}

TEST_CASE("a hash has the texts that base64url and hex give, and is read back from the first") {
    for (std::size_t byte = 0; byte < 256; ++byte) {
        TokenHash hash;
        for (std::size_t i = 0; i < hash.bytes.size(); ++i) hash.bytes[i] = static_cast<std::uint8_t>(byte + 17 * i);
        const std::string_view bytes(reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size());
        const auto text = base64url(hash.bytes);
        const std::string_view stored(text.data(), text.size());
        CHECK(stored == base64url(bytes));
        CHECK(token_hash_of(stored) == hash);
        const auto digits = short_digits(hash);
        CHECK(std::string_view(digits.data(), digits.size()) == hex(bytes.substr(0, 8)));
    }
}

TEST_CASE("what is not the text of a hash is read as none") {
    const std::string zeros(22, 'A');
    REQUIRE(token_hash_of(zeros));
    for (const std::string& text :
         {std::string(), zeros.substr(1), zeros + "A", zeros.substr(1) + "B", zeros.substr(1) + "=",
          "+" + zeros.substr(1), zeros.substr(2) + "==", std::string(64, '0')}) {
        CAPTURE(text);
        CHECK_FALSE(token_hash_of(text));
    }
}

TEST_CASE("a cookie's token ends at the dot") {
    CHECK(token_of_cookie(kToken) == kToken);
    CHECK(token_of_cookie(kToken + ".") == kToken);
    CHECK(token_of_cookie(kToken + ".whatever stands there") == kToken);
    CHECK_FALSE(token_of_cookie(""));
    CHECK_FALSE(token_of_cookie("."));
    CHECK_FALSE(token_of_cookie(kToken + "x"));
    CHECK_FALSE(token_of_cookie(kToken.substr(0, 55) + "."));
    CHECK_FALSE(token_of_cookie("." + kToken));
}

}  // namespace
}  // namespace gatehouse::crypto
