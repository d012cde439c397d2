#include "session/api/admin_common.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/text.hpp"
#include "crypto/password.hpp"
#include "crypto/service_credential.hpp"
#include "session/readiness.hpp"

namespace gatehouse::session {

namespace {

std::string_view name_of(crypto::HashKind kind) noexcept {
    switch (kind) {
        case crypto::HashKind::argon2id:
            return "argon2id";
        case crypto::HashKind::bcrypt:
            return "bcrypt";
        case crypto::HashKind::unknown:
            return "unknown";
    }
    return "unknown";
}

}  // namespace

AccountAdmin schema_admin_of(Services& services) {
    return AccountAdmin({services.accounts, services.sessions, services.database, services.hashing},
                        {services.config.passwords.hashing.bcrypt_max_cost, services.config.throttle,
                         services.config.passwords.least_code_points});
}

proto::Outcome<AccountAdmin> admin_of(Services& services) {
    if (services.readiness.accounts()) return schema_admin_of(services);
    return schema_missing();
}

proto::Account shown(const Account& account) {
    proto::Account out;
    out.user_id = static_cast<std::int64_t>(account.id);
    out.full_name = account.full_name;
    out.email = account.email;
    out.role = account.role;
    out.status = account.status;
    out.active = account.active;
    out.password = name_of(crypto::inspect_hash(account.password_hash).kind);
    out.created_at = unix_seconds(account.created_at);
    if (account.last_login_at) out.last_login_at = unix_seconds(*account.last_login_at);
    return out;
}

web::Response ended(UserId user, unsigned sessions) {
    return json(to_json(proto::SessionsEnded{static_cast<std::int64_t>(user), sessions}));
}

void log_change(std::string_view event, const web::Request& request, UserId user, std::optional<std::int64_t> count) {
    const auto by =
        crypto::credential_name(credential_of(request));  // which was looked at before the handler was called
    const auto counted = count ? log::Field{"count", *count} : log::Field{"count", {}};
    log::info(event, {{"request_id", request.request_id},
                      {"user_id", static_cast<std::int64_t>(user)},
                      {"by", by.value_or(std::string_view())},
                      counted});
}

proto::Outcome<std::int64_t> query_number(std::string_view query, std::string_view name, std::int64_t fallback,
                                          std::int64_t least, std::int64_t most) {
    while (!query.empty()) {
        const auto item = take_item(query, '&');
        const auto equals = item.find('=');
        if (item.substr(0, equals) != name) continue;
        const auto value =
            parse_number<std::int64_t>(equals == item.npos ? std::string_view() : item.substr(equals + 1));
        if (value && *value >= least && *value <= most) return *value;
        return proto::refuse(proto::ErrorCode::invalid_request, {},
                             fmt::format("{} is not a number from {} to {}.", name, least, most));
    }
    return fallback;
}

}  // namespace gatehouse::session
