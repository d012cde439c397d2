#include "proto/accounts.hpp"

#include "proto/json.hpp"

namespace gatehouse::proto {

namespace {

void write_members(JsonWriter& out, const Account& account) {
    out.number("user_id", account.user_id);
    out.text("full_name", account.full_name);
    out.text("email", account.email);
    out.text("role", account.role);
    out.text("status", account.status);
    out.flag("active", account.active);
    out.text("password", account.password);
    out.number("created_at", account.created_at);
    if (account.last_login_at) out.number("last_login_at", *account.last_login_at);
}

Account read_account(const JsonObjectView& object) {
    Account account;
    account.user_id = object.number("user_id");
    account.full_name = object.text("full_name");
    account.email = object.text("email");
    account.role = object.text("role");
    account.status = object.text("status");
    account.active = object.flag("active");
    account.password = object.text("password");
    account.created_at = object.number("created_at");
    if (object.has("last_login_at")) account.last_login_at = object.number("last_login_at");
    return account;
}

void write_members(JsonWriter& out, const ImportedAccount& account) {
    out.text("email", account.email);
    out.text("full_name", account.full_name);
    out.text("role", account.role);
    out.text("status", account.status);
    if (!account.password_hash.empty()) out.text("password_hash", account.password_hash.view());
    if (!account.password.empty()) out.text("password", account.password.view());
}

ImportedAccount read_imported(JsonReader& reader, const JsonObjectView& object) {
    ImportedAccount account;
    account.email = object.text("email");
    account.full_name = object.text("full_name");
    account.role = object.text("role");
    account.status = object.text("status", "active");
    if (account.status != "active" && account.status != "disabled") {
        reader.wrong("status", "is neither active nor disabled");
    }
    if (object.has("password_hash")) account.password_hash = object.secret("password_hash");
    if (object.has("password")) account.password = object.secret("password");
    if (account.password_hash.empty() == account.password.empty()) {
        reader.wrong("password_hash", "or password is needed, and not both");
    }
    return account;
}

ImportOutcome read_outcome(const JsonObjectView& object) {
    ImportOutcome outcome;
    if (object.has("user_id")) {
        outcome.user_id = object.number("user_id");
        return outcome;
    }
    // A newer service may know more of them; `message` says what it is.
    outcome.error = parse_error_code(object.text("error_code")).value_or(ErrorCode::internal_error);
    outcome.message = object.text("message");
    return outcome;
}

}  // namespace

std::string to_json(const Account& account) {
    JsonWriter out;
    out.begin_object();
    write_members(out, account);
    out.end_object();
    return std::move(out).take();
}

Result<Account> account_from_json(std::string_view body) {
    JsonReader reader(body, Errc::protocol);
    Account account = read_account(reader.root());
    return reader.finish(std::move(account));
}

std::string to_json(const AccountList& list) {
    JsonWriter out(64 + 256 * list.users.size());
    out.begin_object();
    out.begin_array("users");
    for (const Account& account : list.users) {
        out.begin_object();
        write_members(out, account);
        out.end_object();
    }
    out.end_array();
    if (list.next) out.number("next", *list.next);
    out.end_object();
    return std::move(out).take();
}

Result<AccountList> account_list_from_json(std::string_view body) {
    JsonReader reader(body, Errc::protocol);
    const JsonObjectView object = reader.root();
    AccountList list;
    for (const JsonObjectView& user : object.objects("users", kAccountPageMost)) {
        list.users.push_back(read_account(user));
    }
    if (object.has("next")) list.next = object.number("next");
    return reader.finish(std::move(list));
}

std::string to_json(const NewAccount& account) {
    JsonWriter out;
    out.begin_object();
    out.text("email", account.email);
    out.text("full_name", account.full_name);
    out.text("role", account.role);
    out.text("password", account.password.view());
    out.end_object();
    return std::move(out).take();
}

Result<NewAccount> new_account_from_json(std::string_view body) {
    JsonReader reader(body, Errc::invalid_input);
    const JsonObjectView object = reader.root();
    NewAccount account;
    account.email = object.text("email");
    account.full_name = object.text("full_name");
    account.role = object.text("role");
    account.password = object.secret("password");
    return reader.finish(std::move(account));
}

std::string to_json(const AccountChange& change) {
    JsonWriter out;
    out.begin_object();
    if (change.email) out.text("email", *change.email);
    if (change.full_name) out.text("full_name", *change.full_name);
    if (change.role) out.text("role", *change.role);
    out.end_object();
    return std::move(out).take();
}

Result<AccountChange> account_change_from_json(std::string_view body) {
    JsonReader reader(body, Errc::invalid_input);
    const JsonObjectView object = reader.root();
    AccountChange change;
    if (object.has("email")) change.email = object.text("email");
    if (object.has("full_name")) change.full_name = object.text("full_name");
    if (object.has("role")) change.role = object.text("role");
    if (!change.email && !change.full_name && !change.role) {
        reader.wrong("the change", "names none of email, full_name and role");
    }
    return reader.finish(std::move(change));
}

std::string to_json(const AccountLookup& lookup) {
    JsonWriter out;
    out.begin_object();
    out.text("email", lookup.email);
    out.end_object();
    return std::move(out).take();
}

Result<AccountLookup> account_lookup_from_json(std::string_view body) {
    JsonReader reader(body, Errc::invalid_input);
    AccountLookup lookup{reader.root().text("email")};
    return reader.finish(std::move(lookup));
}

std::string to_json(const NewPassword& password) {
    JsonWriter out;
    out.begin_object();
    out.text("password", password.password.view());
    out.end_object();
    return std::move(out).take();
}

Result<NewPassword> new_password_from_json(std::string_view body) {
    JsonReader reader(body, Errc::invalid_input);
    NewPassword password{reader.root().secret("password")};
    return reader.finish(std::move(password));
}

std::string to_json(const SessionsEnded& ended) {
    JsonWriter out(64);
    out.begin_object();
    out.number("user_id", ended.user_id);
    out.number("sessions_ended", ended.sessions_ended);
    out.end_object();
    return std::move(out).take();
}

Result<SessionsEnded> sessions_ended_from_json(std::string_view body) {
    JsonReader reader(body, Errc::protocol);
    const JsonObjectView object = reader.root();
    SessionsEnded ended{object.number("user_id"), object.count("sessions_ended")};
    return reader.finish(ended);
}

std::string to_json(const ImportedAccount& account) {
    JsonWriter out;
    out.begin_object();
    write_members(out, account);
    out.end_object();
    return std::move(out).take();
}

Result<ImportedAccount> imported_account_from_json(std::string_view body) {
    JsonReader reader(body, Errc::invalid_input);
    ImportedAccount account = read_imported(reader, reader.root());
    return reader.finish(std::move(account));
}

std::string to_json(const AccountImport& import) {
    JsonWriter out(256 * import.users.size());
    out.begin_object();
    out.begin_array("users");
    for (const ImportedAccount& account : import.users) {
        out.begin_object();
        write_members(out, account);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return std::move(out).take();
}

Result<AccountImport> account_import_from_json(std::string_view body) {
    JsonReader reader(body, Errc::invalid_input);
    AccountImport import;
    for (const JsonObjectView& user : reader.root().objects("users", kImportMost)) {
        import.users.push_back(read_imported(reader, user));
    }
    if (import.users.empty()) reader.wrong("users", "is missing or empty");
    return reader.finish(std::move(import));
}

std::string to_json(const ImportReport& report) {
    JsonWriter out(64 + 128 * report.results.size());
    out.begin_object();
    out.begin_array("results");
    for (const ImportOutcome& outcome : report.results) {
        out.begin_object();
        if (outcome.user_id) out.number("user_id", *outcome.user_id);
        if (outcome.error) {
            out.text("error_code", info(*outcome.error).name);
            out.text("message", outcome.message);
        }
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return std::move(out).take();
}

Result<ImportReport> import_report_from_json(std::string_view body) {
    JsonReader reader(body, Errc::protocol);
    ImportReport report;
    for (const JsonObjectView& outcome : reader.root().objects("results", kImportMost)) {
        report.results.push_back(read_outcome(outcome));
    }
    return reader.finish(std::move(report));
}

}  // namespace gatehouse::proto
