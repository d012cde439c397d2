#include "proto/health.hpp"

#include "session/api/handlers.hpp"
#include "session/readiness.hpp"

namespace gatehouse::session {
namespace {

proto::Dependency state_of(bool answers) {
    return answers ? proto::Dependency::connected : proto::Dependency::unavailable;
}

}  // namespace

Task<ApiResult> get_health(const web::Request& request, Services& services) {
    auto ping = [accounts = &services.accounts] { return accounts->ping(); };
    const auto database = co_await services.database.run(std::move(ping), request.deadline);
    const auto sessions = co_await services.sessions.ping(request.deadline);
    const bool usable = database.has_value() && services.readiness.accounts();
    co_return json(to_json(proto::Health{state_of(usable), state_of(sessions.has_value())}));
}

}  // namespace gatehouse::session
