#include "base/json_text.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

namespace gatehouse {
namespace {

const std::string kReplacement = "\xEF\xBF\xBD";

std::string json(std::string_view text) {
    std::string out = "before";
    append_json_string(out, text);
    REQUIRE(out.size() - 6 <= json_string_bound(text));
    REQUIRE(json_string_bound(text) <= json_string_bound(text.size()));
    // Into exactly the memory that the bound asks for, so that the sanitizers see a byte too many.
    std::vector<char> exact(json_string_bound(text));
    char* const end = write_json_string(exact.data(), text);
    REQUIRE(std::string(exact.data(), end) == out.substr(6));
    REQUIRE(out.starts_with("before"));
    return out.substr(6);
}

// The rule, byte by byte.
std::string expected_of(unsigned char byte) {
    if (byte >= 0x80) return kReplacement;
    switch (byte) {
        case '"':
            return "\\\"";
        case '\\':
            return "\\\\";
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            break;
    }
    if (byte >= 0x20 && byte < 0x7F) return std::string(1, static_cast<char>(byte));
    constexpr std::string_view hex = "0123456789abcdef";
    return std::string("\\u00") + hex[byte / 16] + hex[byte % 16];
}

}  // namespace

TEST_CASE("JSON text escapes what it must and replaces what is not UTF-8") {
    CHECK(json("") == R"("")");
    CHECK(json("a\"b\\c/d") == R"("a\"b\\c/d")");
    CHECK(json(std::string_view("\0\x1f\x7f\t\r\n", 6)) == R"("\u0000\u001f\u007f\t\r\n")");
    CHECK(json("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80") == "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"");
    const std::string& r = kReplacement;
    CHECK(json("\xFFx") == "\"" + r + "x\"");
    CHECK(json("\x80") == "\"" + r + "\"");
    CHECK(json("\xC0\xAF") == "\"" + r + r + "\"");                  // overlong
    CHECK(json("\xED\xA0\x80") == "\"" + r + r + r + "\"");          // a surrogate
    CHECK(json("\xE2\x82") == "\"" + r + "\"");                      // cut short at the end
    CHECK(json("\xE2\x82x") == "\"" + r + "x\"");                    // cut short by a letter
    CHECK(json("\xF4\x90\x80\x80") == "\"" + r + r + r + r + "\"");  // over U+10FFFF
}

TEST_CASE("every byte is written by its rule wherever it stands among plain ones") {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string expected = expected_of(static_cast<unsigned char>(byte));
        for (std::size_t at = 0; at <= 33; ++at) {
            for (const std::size_t after : {0U, 1U, 7U, 16U}) {
                const std::string front(at, 'a');
                const std::string back(after, '~');
                INFO("byte " << byte << " at " << at << ", " << after << " after it");
                CHECK(json(front + static_cast<char>(byte) + back) == "\"" + front + expected + back + "\"");
            }
        }
    }
}

TEST_CASE("plain text of any length is copied, and its bound is its length") {
    std::string text;
    for (int length = 0; length <= 300; ++length) {
        CHECK(json(text) == "\"" + text + "\"");
        CHECK(json_string_bound(std::string_view(text)) == text.size() + 2);
        text += static_cast<char>('#' + length % 57);  // '#' to '[': nothing to escape
    }
    const std::string long_text(100000, 'x');
    CHECK(json(long_text) == "\"" + long_text + "\"");
}

TEST_CASE("characters of several bytes are kept, and broken ones replaced, across any 16 bytes") {
    const std::string& r = kReplacement;
    const std::vector<std::pair<std::string, std::string>> cases{{"\xC3\xA9", "\xC3\xA9"},
                                                                 {"\xE2\x82\xAC", "\xE2\x82\xAC"},
                                                                 {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
                                                                 {"\xE2\x82", r},
                                                                 {"\xF0\x9F\x98", r},
                                                                 {"\xED\xA0\x80", r + r + r},
                                                                 {"\x80\"", r + "\\\""},
                                                                 {"\xC3\n", r + "\\n"}};
    for (std::size_t at = 0; at <= 33; ++at) {
        const std::string plain(at, 'a');
        for (const auto& [bytes, expected] : cases) {
            INFO(expected << " at " << at);
            CHECK(json(plain + bytes) == "\"" + plain + expected + "\"");
            CHECK(json(plain + bytes + plain) == "\"" + plain + expected + plain + "\"");
            CHECK(json(bytes + plain + bytes) == "\"" + expected + plain + expected + "\"");
        }
    }
    // Longer than a block, and nothing in it is plain.
    std::string euros;
    for (int i = 0; i < 40; ++i) euros += "\xE2\x82\xAC";
    CHECK(json(euros) == "\"" + euros + "\"");
    CHECK(json(std::string(40, '\x80')).size() == 2 + 3 * 40);
}

}  // namespace gatehouse
