// Just enough JSON to write a log line or a flat object by hand: a string, escaped.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse {

// Appends `text` as a JSON string with its quotes (RFC 8259). Control characters are escaped; bytes that are not UTF-8
// become U+FFFD, one per maximal broken part (Unicode 15, 3.9), so that the line stays valid whatever a client sent.
void append_json_string(std::string& out, std::string_view text);

// The same into memory of the caller's, which has room for json_string_bound(text) bytes; returns the end.
[[nodiscard]] char* write_json_string(char* to, std::string_view text) noexcept;

// No fewer bytes than the two above write for `text`. Of text that is plain ASCII, exactly as many.
[[nodiscard]] std::size_t json_string_bound(std::string_view text) noexcept;
// What holds for every text of that many bytes, without a look at it.
[[nodiscard]] constexpr std::size_t json_string_bound(std::size_t bytes) noexcept { return 2 + 6 * bytes; }

// The first at most `bytes` bytes of `text`, not cutting a UTF-8 sequence in two.
[[nodiscard]] std::string_view cut_utf8(std::string_view text, std::size_t bytes) noexcept;

}  // namespace gatehouse
