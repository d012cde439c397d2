#include "session/api/admin_common.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/log.hpp"
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

// The name in the credential that was accepted; the credential itself goes nowhere.
std::string_view caller_of(const web::Request& request) noexcept {
    constexpr std::string_view scheme = "Bearer ";
    const auto header = request.header("Authorization");
    if (!header || header->size() <= scheme.size()) return {};
    return crypto::credential_name(header->substr(scheme.size())).value_or(std::string_view());
}

}  // namespace

AccountAdmin schema_admin_of(Services& services) {
    return AccountAdmin({services.accounts, services.sessions, services.database, services.hashing},
                        {services.config.passwords.bcrypt_max_cost, services.config.throttle,
                         services.config.passwords.least_code_points});
}

proto::Outcome<AccountAdmin> admin_of(Services& services) {
    if (services.readiness.accounts()) return schema_admin_of(services);
    return proto::refuse(proto::ErrorCode::database_unavailable, "the schema is not in place yet",
                         "The database is not ready: see the service's log, or gatehousectl db plan.",
                         std::chrono::seconds(1));
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

void log_change(std::string_view event, const web::Request& request, UserId user, std::int64_t count) {
    log::info(event, {{"request_id", request.request_id},
                      {"user_id", static_cast<std::int64_t>(user)},
                      {"by", caller_of(request)},
                      {"count", count}});
}

proto::Outcome<std::int64_t> query_number(std::string_view query, std::string_view name, std::int64_t fallback,
                                          std::int64_t least, std::int64_t most) {
    while (!query.empty()) {
        const auto item = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), item.size() + 1));
        const auto equals = item.find('=');
        if (item.substr(0, equals) != name) continue;
        const auto text = equals == item.npos ? std::string_view() : item.substr(equals + 1);
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error == std::errc{} && end == text.data() + text.size() && value >= least && value <= most) return value;
        return proto::refuse(proto::ErrorCode::invalid_request, {},
                             fmt::format("{} is not a number from {} to {}.", name, least, most));
    }
    return fallback;
}

}  // namespace gatehouse::session
