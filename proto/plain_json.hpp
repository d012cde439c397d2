// JSON exactly as JsonWriter writes it: no blanks, members in their order, no escapes. Whoever reads a message of the
// hot path tries this first and asks JsonReader when it declines: a check's two messages cost 9 000 instructions
// through a document, a tenth so. Whatever it takes, JsonReader takes too and reads alike (introspect_plain_test).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gatehouse::proto {

// Goes through a text once. Each step is made whole or declined with false; after a false only another literal may be
// tried, from the same place. Borrows the text.
class PlainJson {
public:
    explicit PlainJson(std::string_view text) noexcept : at_(text.data()), end_(text.data() + text.size()) {}

    // `literal`, punctuation included, stands here. (Of a length known when compiled: some ten instructions.)
    template <std::size_t size>
    [[nodiscard]] bool skip(const char (&literal)[size]) noexcept {
        constexpr std::size_t length = size - 1;
        if (static_cast<std::size_t>(end_ - at_) < length || std::memcmp(at_, literal, length) != 0) return false;
        at_ += length;
        return true;
    }

    // What stands before the next quote, and the quote: the rest of a string whose first quote has been skipped. Valid
    // UTF-8 (RFC 3629) without control characters; one with an escape is declined.
    [[nodiscard]] bool text(std::string_view& into) noexcept;

    // At most 18 digits, without a sign and without a zero in front.
    [[nodiscard]] bool number(std::int64_t& into) noexcept;

    [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }

private:
    const char* at_;
    const char* end_;
};

}  // namespace gatehouse::proto
