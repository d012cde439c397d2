// Password hashes as a database or an import file may hold them. The first byte splits the input: the password's
// length.
#include <cstring>
#include <string>

#include <sodium.h>

#include "crypto/init.hpp"
#include "crypto/password.hpp"
#include "fuzz/expect.hpp"

using namespace gatehouse;
using fuzz::expect;

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    crypto::init();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    auto input = fuzz::text(data + 1, size - 1);
    const auto password = input.substr(0, data[0]);
    const auto stored = input.substr(password.size());

    const auto info = crypto::inspect_hash(stored);
    if (info.kind == crypto::HashKind::unknown) {
        expect(!crypto::verify_password(stored, password, 31).value(), "an unknown kind verifies nothing");
        expect(!crypto::needs_rehash(stored, password, {}), "nor is it made anew");
        return 0;
    }
    if (info.kind == crypto::HashKind::bcrypt) {
        expect(stored.size() == 60 && info.bcrypt_cost >= 4 && info.bcrypt_cost <= 31, "bcrypt's form");
        if (info.bcrypt_cost == 4) expect(crypto::verify_password(stored, password, 4).has_value(), "bcrypt answers");
        expect(!crypto::verify_password(stored, password, 3).value(), "the limit holds");
        return 0;
    }
    if (info.argon2.memory_bytes > 64 * 1024 || info.argon2.passes > 3) return 0;
    const auto ours = crypto::verify_password(stored, password, 12);
    expect(ours.has_value(), "argon2id finds 64 KiB");
    const std::string terminated(stored);
    if (terminated.size() >= crypto_pwhash_STRBYTES) return 0;
    const bool theirs = crypto_pwhash_str_verify(terminated.c_str(), password.data(), password.size()) == 0;
    expect(*ours == theirs, "libsodium's own verification says the same");
    return 0;
}
