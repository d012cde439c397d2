#include "session/dependencies.hpp"

#include "session/readiness.hpp"

namespace gatehouse::session {
namespace {

using namespace std::chrono_literals;

constexpr auto kAskEvery = 2s;
constexpr auto kAskPatience = 2s;

proto::Dependency state_of(bool answers) {
    return answers ? proto::Dependency::connected : proto::Dependency::unavailable;
}

}  // namespace

Task<proto::Health> ask_dependencies(Services& services, Deadline by) {
    auto ping = [accounts = &services.accounts] { return accounts->ping(); };
    // The one that has a time-out of its own first: a database that hangs uses up all there is.
    const auto sessions = co_await services.sessions.ping(by);
    const auto database = co_await services.database.run(std::move(ping), by);
    const bool usable = database.has_value() && services.readiness.accounts();
    co_return proto::Health{state_of(usable), state_of(sessions.has_value())};
}

Task<> DependencyWatch::run(Services& services, Pauses& pauses) {
    while (!pauses.stopped()) {
        const proto::Health health = co_await ask_dependencies(services, Deadline::after(kAskPatience));
        database_ = health.database == proto::Dependency::connected;
        sessions_ = health.sessions == proto::Dependency::connected;
        co_await pauses.pause(kAskEvery);
    }
}

}  // namespace gatehouse::session
