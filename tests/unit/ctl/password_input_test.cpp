#include "ctl/password_input.hpp"

#include <sstream>

#include "support/catch.hpp"

using namespace gatehouse;
using namespace gatehouse::ctl;

namespace {
Answer<Secret> from(const std::string& text) {
    std::istringstream in(text);
    return read_password(PasswordFrom::standard_input, in);
}
}  // namespace

TEST_CASE("standard input is the password, but for one newline at its end") {
    for (const auto* text : {"heron on a post", "heron on a post\n", "heron on a post\r\n"}) {
        const auto password = from(text);
        REQUIRE(password);
        CHECK(password->view() == "heron on a post");
    }
    CHECK(from("heron\n\n")->view() == "heron\n");
    CHECK(from(" heron ")->view() == " heron ");
}

TEST_CASE("an empty password and one that is too long are mistakes of usage") {
    for (const auto& text : {std::string(), std::string("\n"), std::string(1025, 'x'), std::string(5000, 'x')}) {
        const auto password = from(text);
        REQUIRE_FALSE(password);
        CHECK(password.error().exit_code == ExitCode::usage);
    }
    CHECK(from(std::string(1024, 'x') + "\r\n"));
}
