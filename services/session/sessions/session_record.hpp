// How a session is written into Redis: text of about 150 bytes that a script can read too.
//
//     1 <epoch> <created> <touched> <absolute end> <idle> <members>
//
// The epoch has 19 digits, so that it compares as text. Times are Unix milliseconds of Redis, idle is milliseconds. A
// member is `<letter><length>:<bytes>`: i user id, e e-mail, n name, r role, c client. Members with other letters are
// skipped and kept, so that two versions can run side by side; a version that cannot be read so begins with another
// digit.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "session/sessions/session_store.hpp"

namespace gatehouse::session {

// 19 digits; a negative epoch is written as 0.
[[nodiscard]] std::string epoch_text(Epoch epoch);
// protocol: not an epoch.
[[nodiscard]] Result<Epoch> read_epoch(std::string_view text);

// The members that touch replaces (i, e, n, r), and those that only create writes (c).
[[nodiscard]] std::string facts_members(const UserFacts& facts);
[[nodiscard]] std::string client_member(std::string_view client);

// The session that `record` stands for, whose public name is `sid`. protocol: cannot be read; its detail quotes nothing
// of it.
[[nodiscard]] Result<Session> read_record(std::string_view record, std::string sid);

// The public name of a session: the first 16 digits of its key's hash.
[[nodiscard]] std::string sid_of(std::string_view hash_hex);

}  // namespace gatehouse::session
