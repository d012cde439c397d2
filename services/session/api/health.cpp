#include "session/api/handlers.hpp"
#include "session/dependencies.hpp"

namespace gatehouse::session {

Task<ApiResult> get_health(const web::Request& request, Services& services) {
    const proto::Health health = co_await ask_dependencies(services, request.deadline);
    co_return json(to_json(health));
}

}  // namespace gatehouse::session
