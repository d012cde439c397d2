#include "base/text.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace gatehouse;

namespace {

std::vector<std::string> items(std::string_view list, char separator = ',') {
    std::vector<std::string> all;
    while (!list.empty()) all.emplace_back(take_item(list, separator));
    return all;
}

}  // namespace

TEST_CASE("case is that of ASCII letters alone") {
    CHECK(equals_ignoring_case("Content-TYPE", "content-type"));
    CHECK_FALSE(equals_ignoring_case("content-type", "content-typ"));
    CHECK_FALSE(equals_ignoring_case("[", "{"));  // 0x5b and 0x7b differ by the case bit
    CHECK_FALSE(equals_ignoring_case("\xC3\x84", "\xC3\xA4"));
}

TEST_CASE("blanks go at both ends and stay in the middle") {
    CHECK(trim(" \t\r\n\v\f a b \n") == "a b");
    CHECK(trim(" \t") == "");
    CHECK(trim("") == "");
}

TEST_CASE("a list is taken apart item by item, trimmed, empty ones too") {
    CHECK(items("a, b ,c") == std::vector<std::string>{"a", "b", "c"});
    CHECK(items("a,,b") == std::vector<std::string>{"a", "", "b"});
    CHECK(items("a,") == std::vector<std::string>{"a"});
    CHECK(items("").empty());
    CHECK(items("a=1; b=2", ';') == std::vector<std::string>{"a=1", "b=2"});
}

TEST_CASE("a number is all of its text") {
    CHECK(parse_number<unsigned>("42") == 42U);
    CHECK(parse_number<int>("-42") == -42);
    CHECK(parse_number<std::uint16_t>("65535") == 65535);
    for (const auto* text : {"", "+1", "-1", " 1", "1 ", "1x", "0x1", "65536", "1.0"}) {
        INFO(text);
        CHECK_FALSE(parse_number<std::uint16_t>(text));
    }
}
