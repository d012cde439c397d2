#include "proto/password_form.hpp"

#include <string>

#include "support/catch.hpp"

namespace gatehouse::proto {
namespace {

TEST_CASE("code points are counted, not bytes") {
    CHECK(count_code_points("") == 0);
    CHECK(count_code_points("abc") == 3);
    CHECK(count_code_points("p\xc3\xa4ss") == 4);
    CHECK(count_code_points("\xe2\x82\xac") == 1);
    CHECK(count_code_points("\xf0\x9f\x94\x91\xf0\x9f\x94\x91") == 2);
    CHECK(count_code_points(std::string_view("a\0b", 3)) == 3);
}

TEST_CASE("bytes that are no UTF-8 count one each, because passwords are bytes as sent") {
    CHECK(count_code_points("\x80\x80\x80") == 3);
    CHECK(count_code_points("\xff\xfe") == 2);
    CHECK(count_code_points("\xc0\xaf") == 2);
    CHECK(count_code_points("p\xe4ssw\xf6rt") == 8);  // Latin-1
    CHECK(count_code_points("\xe2\x82") == 1);        // cut short
    CHECK(count_code_points("\xe2"
                            "a") == 2);
}

TEST_CASE("a password has at least so many code points and at most 1024 bytes") {
    CHECK(password_form("1234567", 8) == PasswordForm::too_short);
    CHECK(password_form("12345678", 8) == PasswordForm::ok);
    CHECK(password_form("\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 8) == PasswordForm::too_short);  // 8 bytes
    CHECK(password_form("", 0) == PasswordForm::ok);
    CHECK(password_form("123", 4) == PasswordForm::too_short);
    CHECK(password_form(std::string(1024, 'x'), 8) == PasswordForm::ok);
    CHECK(password_form(std::string(1025, 'x'), 8) == PasswordForm::too_long);
    CHECK(password_form(std::string(1025, 'x'), 2000) == PasswordForm::too_long);
}

}  // namespace
}  // namespace gatehouse::proto
