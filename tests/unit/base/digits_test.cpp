#include "base/digits.hpp"

#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace gatehouse {
namespace {

struct Taken {
    std::uint64_t number;
    std::string_view rest;
    friend bool operator==(const Taken&, const Taken&) = default;
};

Taken take(std::string_view text) {
    const char* at = text.data();
    const char* const end = at + text.size();
    const auto number = take_digits(at, end);
    return {number, {at, end}};
}

// A number of `count` digits that begins with `first`: 1, 23, 345, ...
std::string digits(std::size_t count, std::size_t first) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += static_cast<char>('0' + (first + i) % 10);
    return text;
}

TEST_CASE("a number is taken off the front, whatever its length and whatever follows") {
    for (std::size_t count = 1; count <= kDigitsTaken; ++count) {
        for (std::size_t first = 0; first < 10; ++first) {
            const std::string text = digits(count, first);
            const auto number = std::stoull(text);
            for (const std::string_view rest :
                 {"", " ", ":8:Jane Doe", "/////////", ":::::::::", ".1234567", "-12345678"}) {
                const std::string whole = text + std::string(rest);
                CAPTURE(whole);
                CHECK(take(whole) == Taken{number, rest});
            }
        }
    }
}

TEST_CASE("every byte that is no digit ends a number, wherever among eight it stands") {
    for (std::size_t at = 0; at < 12; ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            if (byte >= '0' && byte <= '9') continue;
            std::string text = digits(12, 1);
            text[at] = static_cast<char>(byte);
            const auto taken = take(text);
            CAPTURE(at, byte);
            CHECK(taken.rest.size() == 12 - at);
            CHECK(taken.number == (at == 0 ? 0 : std::stoull(digits(at, 1))));
        }
    }
}

TEST_CASE("no more than 18 digits are taken, and nothing where there are none") {
    CHECK(take("999999999999999999") == Taken{999'999'999'999'999'999, ""});
    CHECK(take("9999999999999999998") == Taken{999'999'999'999'999'999, "8"});
    CHECK(take("000000000000000000000000012") == Taken{0, "000000012"});
    CHECK(take("") == Taken{0, ""});
    CHECK(take("x1") == Taken{0, "x1"});
}

}  // namespace
}  // namespace gatehouse
