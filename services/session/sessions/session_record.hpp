// How a session is written into Redis: text of about 110 bytes that a script can read too.
//
//     1 <epoch> <created> <touched> <absolute> <idle> <members>
//
// Created is Redis' time in Unix milliseconds; the others are milliseconds: touched and absolute since then, idle since
// it was touched. An epoch is written without leading zeros (the first builds wrote 19 digits): of two the longer is
// the later, else the greater text (Lua's numbers are exact to 2^53 only). A member is `<letter><length>:<bytes>`: i
// user id, e e-mail, n name, r role, c client. Members with other letters are skipped and kept, so that two versions
// can run side by side; a version that cannot be read so begins with another digit.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "session/sessions/session_store.hpp"

namespace gatehouse::session {

// 1 to 19 digits; a negative epoch is written as 0.
[[nodiscard]] std::string epoch_text(Epoch epoch);
// protocol: not an epoch.
[[nodiscard]] Result<Epoch> read_epoch(std::string_view text);

// The members that touch replaces (i, e, n, r), and those that only create writes (c).
[[nodiscard]] std::string facts_members(const UserFacts& facts);
[[nodiscard]] std::string client_member(std::string_view client);

// Fills `into`, a new one, with what `record` says: all but its sid. protocol: cannot be read, and `into` is worth
// nothing; the detail quotes nothing of it.
[[nodiscard]] Result<void> read_record(std::string_view record, Session& into);

}  // namespace gatehouse::session
