#include "proto/user.hpp"

namespace gatehouse::proto {

void write_user(JsonWriter& out, const UserView& user) {
    out.begin_object("user");
    out.number("user_id", user.user_id);
    out.text("full_name", user.full_name);
    out.text("email", user.email);
    out.text("role", user.role);
    out.end_object();
}

User read_user(const JsonObjectView& object) {
    User user;
    user.user_id = object.number("user_id");
    user.full_name = object.text("full_name");
    user.email = object.text("email");
    user.role = object.text("role");
    return user;
}

}  // namespace gatehouse::proto
