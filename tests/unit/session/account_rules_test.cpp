#include "session/accounts/account_rules.hpp"

#include <string>

#include "support/catch.hpp"

using namespace gatehouse;
using namespace gatehouse::session;

TEST_CASE("active, 1 and true may sign in, in any case, and nothing else") {
    for (const char* status : {"active", "ACTIVE", "1", "true", "True"}) CHECK(may_sign_in(status));
    for (const char* status : {"", "0", "2", "disabled", "inactive", "active ", "activé", "yes"}) {
        CAPTURE(status);
        CHECK_FALSE(may_sign_in(status));
    }
}

TEST_CASE("what a client chose is cut and made printable") {
    CHECK(printable("curl/8.0 (x)", 255) == "curl/8.0 (x)");
    CHECK(printable("a\nb\tc\x7f\x01\xff", 255) == "a?b?c???");
    CHECK(printable("abcdef", 3) == "abc");
    CHECK(printable("é", 1) == "?");
}

TEST_CASE("texts of an account are UTF-8 and fit their column") {
    NewAccount account{.email = "a@b", .key = {}, .full_name = "é", .role = "r", .password_hash = "h"};
    CHECK(check(account));
    for (const char* bad : {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
        account.full_name = bad;
        CHECK_FALSE(check(account));
    }
    account.full_name = "€ 🦉";
    CHECK(check(account));
    account.email = std::string(255, 'x');
    CHECK_FALSE(check(account));
    account.email.clear();
    CHECK_FALSE(check(account));
}

TEST_CASE("hash prefixes are added up by kind and cost") {
    HashMix mix;
    add_hashes(mix, "$argon2id$v=19$m=19456,t=2,p=1$", 3);
    add_hashes(mix, "$argon2id$v=19$m=64,t=1,p=1$", 4);
    add_hashes(mix, "$2b$12$", 2);
    add_hashes(mix, "$2a$10$", 1);
    add_hashes(mix, "$2y$12$", 5);
    for (const char* other :
         {"", "$2", "$2b$xx$", "$2b$1", "$1$abcd", "plain", "$argon2", "$argon2id$v=19$m=8,t=2",
          "$argon2id$v=19$m=64,t=2,p=4$", "$argon2id$v=19$m=1,t=2,p=1$", "$argon2i$v=19$m=64,t=2,p=1$"})
        add_hashes(mix, other, 9);
    CHECK((mix.argon2id_by_cost ==
           std::vector<std::pair<crypto::HashCost, std::int64_t>>{{crypto::HashCost{}, 3}, {{65536, 1}, 4}}));
    CHECK((mix.bcrypt_by_cost == std::vector<std::pair<int, std::int64_t>>{{10, 1}, {12, 7}}));
}
