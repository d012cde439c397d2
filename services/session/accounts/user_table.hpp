// What Gatehouse calls the columns of a site's users table, which another program may have made. Every name and every
// literal here comes from a fixed list in the source: they become part of statements.
#pragma once

#include <string>

namespace gatehouse::session {

struct UserTable {
    std::string id = "user_id";
    std::string email = "email";
    std::string hash = "password_hash";
    std::string name = "full_name";
    std::string role = "role";
    std::string created = "created_at";
    std::string updated = "updated_at";
    std::string last_login = "last_login_at";
    std::string attempts = "login_attempts";  // the table of ours
    // SQL that reads whether somebody may sign in, as text, and what to set for it.
    std::string status = "status";
    std::string activate = "status = 'active'";
    std::string disable = "status = 'disabled'";

    friend bool operator==(const UserTable&, const UserTable&) = default;
};

}  // namespace gatehouse::session
