#include "session/accounts/password_policy.hpp"

#include <string>

#include "session/accounts/common_passwords.hpp"
#include "support/catch.hpp"

using namespace gatehouse::session;

namespace {
bool refused(std::string_view password, std::string_view email = "jane.doe@example.org") {
    return refuse_password(password, email, 8).has_value();
}
}  // namespace

TEST_CASE("a password of eight code points passes, one of seven does not, however many bytes they are") {
    CHECK_FALSE(refused("kf8Lq-2z"));
    CHECK(refused("kf8Lq-2"));
    CHECK(refused("\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"));
    CHECK_FALSE(refused("\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"));
    CHECK(refused(""));
}

TEST_CASE("a longer minimum at sign-in holds for what is set too, a shorter one does not") {
    CHECK(refuse_password("kf8Lq-2zkf8", "jane@example.org", 12).has_value());
    CHECK_FALSE(refuse_password("kf8Lq-2zkf8L", "jane@example.org", 12).has_value());
    CHECK(refuse_password("kf8Lq-2", "jane@example.org", 4).has_value());
}

TEST_CASE("a password of 1024 bytes passes and a longer one does not") {
    CHECK_FALSE(refused(std::string(1024, 'q')));
    CHECK(refused(std::string(1025, 'q')));
}

TEST_CASE("a password with a NUL is refused") { CHECK(refused(std::string_view("kf8Lq-2z\0kf8Lq-2z", 17))); }

TEST_CASE("the address and its local part are refused in any case") {
    CHECK(refused("jane.doe@example.org"));
    CHECK(refused("Jane.Doe@Example.ORG"));
    CHECK(refused("JANE.DOE"));
    CHECK(refused("jane.doe", "  Jane.Doe@example.org \n"));
    CHECK(refused("jane@home", "jane@home@example.org"));
    CHECK_FALSE(refused("jane.doe@example.net"));
}

TEST_CASE("common passwords are refused in any case") {
    for (const auto* word : {"password", "Password", "1234567890", "qwertyuiop", "TrustNo1", "iloveyou", "p@ssw0rd"}) {
        INFO(word);
        CHECK(refused(word));
    }
    CHECK_FALSE(refused("password-of-a-heron"));
}

TEST_CASE("the list's first and last word are found, and nothing between two words") {
    CHECK(is_common_password("!qaz2wsx"));
    CHECK(is_common_password("zz8807zpl"));
    CHECK_FALSE(is_common_password("password password1"));
    CHECK_FALSE(is_common_password(""));
    CHECK_FALSE(is_common_password(" "));
}
