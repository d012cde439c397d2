// The user as every message shows one: what the Flask backend's clients know.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proto/json.hpp"

namespace gatehouse::proto {

// As User; its texts lie elsewhere.
struct UserView {
    std::int64_t user_id = 0;
    std::string_view full_name;
    std::string_view email;
    std::string_view role;
};

struct User {
    std::int64_t user_id = 0;
    std::string full_name;
    std::string email;
    std::string role;
    friend bool operator==(const User&, const User&) = default;
    operator UserView() const noexcept { return {user_id, full_name, email, role}; }  // as string to string_view
};

// Appends `"user":{"user_id":…,"full_name":…,"email":…,"role":…}`.
void write_user(JsonWriter& out, const UserView& user);
// Reads that object; a mistake is the reader's.
[[nodiscard]] User read_user(const JsonObjectView& object);

}  // namespace gatehouse::proto
