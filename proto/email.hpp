// The one form in which two spellings of an e-mail address are the same account. Both services use it: the gateway to
// refuse what cannot be an address, the session service to find the account.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::proto {

// ASCII blanks (space, \t \n \v \f \r) stripped at both ends, A-Z lower-cased, every other byte as it is: no Unicode
// case folding or normalisation, so `josé` is never taken for `jose`. Empty if that is not 3 to 254 bytes (RFC 5321,
// section 4.5.3.1.3) with at least one `@`, at most 64 bytes before the last one, and no blank or control character
// (0-31, 127). No stricter, because accounts that exist must get in.
[[nodiscard]] std::optional<std::string> canonical_email(std::string_view email);

}  // namespace gatehouse::proto
