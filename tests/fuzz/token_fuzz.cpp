// Tokens and cookies: what is taken must be the one spelling of what it says, and no MAC is guessed.
#include <array>
#include <cstring>
#include <string>

#include <sodium.h>

#include "crypto/digest.hpp"
#include "crypto/init.hpp"
#include "crypto/key_ring.hpp"
#include "crypto/token.hpp"
#include "fuzz/expect.hpp"

namespace {

using namespace gatehouse;
using fuzz::expect;

// libsodium's decoder as the reference: both parts decode and encode back to the same text.
bool reference_says_token(std::string_view text) {
    if (text.size() != crypto::kTokenLength || text[0] != '1') return false;
    std::array<unsigned char, 64> bytes;
    for (auto [at, length, decoded] : {std::array<std::size_t, 3>{1, 12, 9}, {13, 43, 32}}) {
        std::size_t got = 0;
        const char* end = nullptr;
        if (sodium_base642bin(bytes.data(), bytes.size(), text.data() + at, length, nullptr, &got, &end,
                              sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0) {
            return false;
        }
        if (end != text.data() + at + length || got != decoded) return false;
        const std::string_view raw(reinterpret_cast<const char*>(bytes.data()), got);
        if (crypto::base64url(raw) != text.substr(at, length)) return false;
    }
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    crypto::init();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const crypto::KeyRing keys(Secret(std::string_view("a secret of the fuzz targets, 32")), {}, "cookie");
    const auto text = fuzz::text(data, size);
    expect(crypto::is_token(text) == reference_says_token(text), "is_token agrees with libsodium's decoder");
    expect(crypto::token_tag(text).has_value() == crypto::is_token(text), "what is a token has a tag");

    const auto token = crypto::token_of_cookie(text);
    if (!token) return 0;
    expect(crypto::is_token(*token) && text.starts_with(*token), "a cookie's token is its front");
    expect(text.size() == token->size() || text[token->size()] == '.', "and a dot follows");
    if (text.size() > token->size()) {
        const auto mac = text.substr(token->size() + 1);
        expect(keys.verify(*token, mac) == (keys.sign(*token) == mac), "only the MAC itself verifies");
    }
    return 0;
}
