#include "session/accounts/adoption.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.hpp"
#include "session/accounts/status_column.hpp"

namespace gatehouse::session {
namespace {

using Names = std::initializer_list<std::string_view>;

constexpr std::int64_t kHashCharacters = 255;  // argon2id needs 97, and more with more memory

bool is_one_of(std::string_view type, Names types) noexcept { return std::ranges::find(types, type) != types.end(); }
bool is_integer(const FoundColumn& column) noexcept {
    return is_one_of(column.type, {"tinyint", "smallint", "mediumint", "int", "bigint"});
}
bool is_text(const FoundColumn& column) noexcept {
    return is_one_of(column.type, {"char", "varchar", "tinytext", "text", "mediumtext", "longtext"});
}
bool is_bytes(const FoundColumn& column) noexcept {
    return is_one_of(column.type, {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"});
}
bool is_time(const FoundColumn& column) noexcept { return is_one_of(column.type, {"datetime", "timestamp"}); }

// The column's own definition out of SHOW CREATE TABLE, so that its character set, default and comment stay.
std::string definition_of(const FoundTable& table, const FoundColumn& column) {
    const auto begin = fmt::format("\n  `{}` ", column.name);
    const auto at = table.create.find(begin);
    if (at == std::string::npos) return column.full_type + (column.nullable ? " NULL" : " NOT NULL");
    auto line = table.create.substr(at + begin.size());
    line.resize(std::min(line.find('\n'), line.size()));
    if (line.ends_with(',')) line.pop_back();
    return line;
}

class Mapper {
public:
    explicit Mapper(const FoundTable& users) : users_(users) {}

    Result<Adoption> map() {
        check_engine();
        map_id();
        map_email();
        map_hash();
        map_name_and_role();
        map_status();
        add_columns();
        if (problems_.empty()) {
            note_unfilled();
            return std::move(made_);
        }
        return fail(Errc::invalid_input,
                    fmt::format("the users table cannot be adopted, and nothing was changed. It has the columns {}. "
                                "What is in the way: {}",
                                users_.shape(), fmt::join(problems_, "; ")));
    }

private:
    void wrong(std::string_view what, std::string_view fix) { problems_.push_back(fmt::format("{}: {}", what, fix)); }

    void check_engine() {
        if (users_.engine.empty()) return wrong("users is a view", "Gatehouse needs the table behind it, named users");
        if (equals_ignoring_case(users_.engine, "InnoDB")) return;
        wrong(fmt::format("users is kept by {}, which knows no transactions", users_.engine),
              "ALTER TABLE users ENGINE=InnoDB");
    }

    // The first of `names` that the table has; what the others may mean is said, not guessed.
    const FoundColumn* first(Names names) {
        const FoundColumn* chosen = nullptr;
        for (const auto name : names) {
            const auto* column = users_.column(name);
            if (!column) continue;
            if (chosen) made_.found.push_back(fmt::format("users.{} is not read: {} is", name, chosen->name));
            if (!chosen) chosen = column;
        }
        return chosen;
    }

    // `ours` is users.`column`.
    void recognise(std::string& ours, std::string_view name, const FoundColumn& column) {
        made_.found.push_back(fmt::format("{} is users.{} ({})", ours, name, column.full_type));
        ours = name;
    }

    void map_id() {
        const FoundColumn* seen = nullptr;
        std::string why;
        for (const std::string_view name : {"user_id", "id"}) {
            const auto* column = users_.column(name);
            if (!column) continue;
            if (!is_integer(*column)) {
                why += fmt::format("{} is {}, and Gatehouse's ids are integers; ", name, column->full_type);
            } else if (!users_.unique(name)) {
                why += fmt::format("{} is not unique by itself; ", name);
            } else if (!column->generated_id) {
                why += fmt::format("{} is not AUTO_INCREMENT; ", name);
            } else {
                return recognise(made_.table.id, name, *column);
            }
            seen = column;
        }
        if (!seen) why = "neither user_id nor id is there; ";
        why.resize(why.size() - 2);
        const bool mend = seen && is_integer(*seen) && users_.unique(seen->name);
        wrong(why, mend ? fmt::format("ALTER TABLE users MODIFY COLUMN {} {} AUTO_INCREMENT", seen->name,
                                      definition_of(users_, *seen))
                        : "ALTER TABLE users ADD COLUMN user_id BIGINT NOT NULL AUTO_INCREMENT UNIQUE, where no other "
                          "column has that name");
    }

    void map_email() {
        const auto* column = users_.column("email");
        if (column && is_text(*column)) return recognise(made_.table.email, "email", *column);
        wrong(column ? fmt::format("email is {}, not text", column->full_type) : "there is no email",
              "name the column that holds the address email, as VARCHAR(254)");
    }

    void map_hash() {
        const auto* column = first({"password_hash", "password", "hashed_password"});
        if (!column) {
            return wrong("there is none of password_hash, password and hashed_password",
                         "name the column that holds the bcrypt hash password_hash");
        }
        if (!is_text(*column) && !is_bytes(*column)) {
            return wrong(fmt::format("{} is {}, not text", column->name, column->full_type),
                         "it must hold the bcrypt hash as text");
        }
        recognise(made_.table.hash, fixed({"password_hash", "password", "hashed_password"}, *column), *column);
        widen(*column);
    }

    // Outside strict mode an argon2id hash would be cut silently, and its owner locked out.
    void widen(const FoundColumn& column) {
        const bool bounded = is_one_of(column.type, {"char", "varchar", "binary", "varbinary"});
        if (!bounded || column.characters >= kHashCharacters) return;
        auto definition = definition_of(users_, column);
        const auto type_end = definition.find(')');
        const bool bytes = is_bytes(column);
        definition.replace(0, type_end == std::string::npos ? column.type.size() : type_end + 1,
                           fmt::format("{}({})", bytes ? "varbinary" : "varchar", kHashCharacters));
        made_.alters.push_back(fmt::format("ALTER TABLE users MODIFY COLUMN `{}` {}", made_.table.hash, definition));
    }

    void map_name_and_role() {
        if (const auto* column = first({"full_name", "name"}); !column) {
            wrong("neither full_name nor name is there",
                  "ALTER TABLE users ADD COLUMN full_name VARCHAR(255) NOT NULL DEFAULT ''");
        } else if (!is_text(*column)) {
            wrong(fmt::format("{} is {}, not text", column->name, column->full_type), "it must hold a name");
        } else {
            recognise(made_.table.name, fixed({"full_name", "name"}, *column), *column);
        }
        const auto* column = users_.column("role");
        if (!column) {
            wrong("there is no role", "ALTER TABLE users ADD COLUMN role VARCHAR(64) NOT NULL DEFAULT 'user'");
        } else if (!is_text(*column) && column->type != "enum") {
            wrong(fmt::format("role is {}, neither text nor an enum", column->full_type), "it must hold a role's name");
        } else {
            recognise(made_.table.role, "role", *column);
        }
    }

    void map_status() {
        const auto status = map_status_columns(users_);
        if (!status) return problems_.push_back(status.error().detail);
        made_.table.status = status->read;
        made_.table.activate = status->activate;
        made_.table.disable = status->disable;
        made_.found.insert(made_.found.end(), status->found.begin(), status->found.end());
    }

    void add(std::string what) { made_.alters.push_back("ALTER TABLE users ADD " + std::move(what)); }

    void add_columns() {
        if (const auto* key = users_.column("email_key"); !key) {
            add("COLUMN email_key BINARY(32) NULL INVISIBLE, ADD UNIQUE KEY users_email_key (email_key)");
        } else if (key->full_type != "binary(32)" || !key->nullable) {
            wrong(fmt::format("email_key is {}, Gatehouse's is BINARY(32) NULL", key->full_type), "rename it");
        } else if (!users_.unique("email_key")) {
            add("UNIQUE KEY users_email_key (email_key)");
        }
        if (const auto* epoch = users_.column("session_epoch"); !epoch) {
            add("COLUMN session_epoch BIGINT NOT NULL DEFAULT 0 INVISIBLE, ADD KEY users_session_epoch "
                "(session_epoch)");
        } else if (epoch->type != "bigint" || epoch->nullable) {
            wrong(fmt::format("session_epoch is {}, Gatehouse's is BIGINT NOT NULL", epoch->full_type), "rename it");
        } else if (!users_.indexed("session_epoch")) {
            add("KEY users_session_epoch (session_epoch)");
        }
        add_time(made_.table.created);
        add_time(made_.table.updated);
        add_time(made_.table.last_login);
    }

    void add_time(std::string& name) {
        const auto* column = users_.column(name);
        if (column && is_time(*column)) return;
        if (column) {
            made_.found.push_back(
                fmt::format("users.{0} is {1}, not a time: left alone, ours is gh_{0}", name, column->full_type));
            name = "gh_" + name;
            if (users_.column(name)) return;
        }
        add(fmt::format("COLUMN {} DATETIME(6) NULL INVISIBLE", name));
    }

    // They hinder no sign-in, but an account that Gatehouse is asked to create.
    void note_unfilled() {
        const UserTable& table = made_.table;
        for (const auto& column : users_.columns) {
            const auto is = [&](std::string_view name) { return equals_ignoring_case(column.name, name); };
            if (column.nullable || column.has_default || column.generated_id) continue;
            if (std::ranges::any_of(std::array<std::string_view, 6>{table.email, table.hash, table.name, table.role,
                                                                    table.created, table.updated},
                                    is) ||
                is("status") || is("is_active") || is("email_key")) {
                continue;
            }
            made_.found.push_back(
                fmt::format("users.{} has no default: accounts are created by the other program, not by gatehousectl",
                            column.name));
        }
    }

    // The spelling in the source, which is what goes into statements.
    static std::string_view fixed(Names names, const FoundColumn& column) {
        return *std::ranges::find_if(names, [&](auto name) { return equals_ignoring_case(name, column.name); });
    }

    const FoundTable& users_;
    Adoption made_;
    std::vector<std::string> problems_;
};

}  // namespace

Result<Adoption> adopt(const FoundTable& users) { return Mapper(users).map(); }

bool is_foreign(const FoundTable& users) noexcept {
    const auto* key = users.column("email_key");
    return !key || key->invisible;
}

const std::vector<std::string>& attempts_columns() {
    static const std::vector<std::string> names = {"attempt_id", "email_key",    "user_id",
                                                   "state",      "client_class", "attempted_at"};
    return names;
}

std::string attempts_table(const std::optional<FoundTable>& users, const std::optional<FoundTable>& login_attempts,
                           const std::optional<FoundTable>& gh_login_attempts) {
    constexpr const char* plain = "login_attempts";
    constexpr const char* other = "gh_login_attempts";
    if (gh_login_attempts) return other;
    if (!login_attempts) return users && is_foreign(*users) ? other : plain;
    const bool ours = std::ranges::all_of(attempts_columns(),
                                          [&](const auto& name) { return login_attempts->column(name) != nullptr; });
    return ours ? plain : other;
}

}  // namespace gatehouse::session
