#include "session/startup.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.hpp"

namespace gatehouse::session {
namespace {

using namespace std::chrono_literals;

// Service within 1 s of a dependency's return.
constexpr std::chrono::milliseconds kFirstPause = 50ms;
constexpr std::chrono::milliseconds kLongestPause = 500ms;
constexpr auto kMigration = 10min;  // a large table is altered
constexpr auto kQuestion = 2s;
constexpr auto kConnecting = 1s;  // a store that is there is connected by then
constexpr unsigned kKeysAtOnce = 500;

// Says that something is awaited when that begins and when its reason changes, not at every try.
class Awaiting {
public:
    explicit Awaiting(std::string_view event) : event_(event) {}
    void failed(const Error& error) {
        if (std::exchange(reason_, error.detail) != error.detail) log::failure(event_, error);
    }
    [[nodiscard]] std::chrono::milliseconds next_pause() {
        return std::exchange(pause_, std::min(pause_ * 2, kLongestPause));
    }

private:
    std::string_view event_;
    std::string reason_;
    std::chrono::milliseconds pause_ = kFirstPause;
};

Result<void> migrate_or_check(AccountStore& accounts, const DatabaseConfig& config) {
    if (config.migrate) return accounts.migrate();
    auto steps = accounts.plan(ReadRows::no);
    if (!steps) {
        // A database that is refused is waited for too: `db plan` says what is in its way while its owner mends it.
        Error error = std::move(steps).error();
        if (error.code == Errc::invalid_input) error.code = Errc::unavailable;
        return std::unexpected(std::move(error));
    }
    const auto missing = std::ranges::count_if(*steps, [](const MigrationStep& step) { return !step.applied; });
    if (missing == 0) return {};
    return fail(Errc::unavailable, "the schema lacks " + std::to_string(missing) +
                                       " steps and DB_MIGRATE is off: run gatehousectl db apply");
}

Result<void> key_all(AccountStore& accounts) {
    while (true) {
        const auto keyed = accounts.key_accounts(kKeysAtOnce);
        if (!keyed) return std::unexpected(keyed.error());
        if (*keyed < kKeysAtOnce) return {};
    }
}

void tell_ready(const DatabaseConfig& config) {
    if (config.kind == UserStoreKind::mysql) log::info("database.ready", {{"store", "mysql"}});
    if (config.kind == UserStoreKind::sqlite) {
        log::info("database.ready", {{"store", "sqlite"}, {"path", config.sqlite_path}});
    }
}

}  // namespace

Task<> prepare_accounts(AccountStore& accounts, BlockingPool& database, Decoys& decoys, Readiness& readiness,
                        Pauses& pauses, const DatabaseConfig& config, std::function<void(Error)> refuse) {
    Awaiting awaiting("database.awaited");
    while (!pauses.stopped()) {
        auto prepare = [store = &accounts, config = &config]() -> Result<HashMix> {
            if (auto done = migrate_or_check(*store, *config); !done) return std::unexpected(done.error());
            if (auto done = key_all(*store); !done) return std::unexpected(done.error());
            return store->hash_mix();
        };
        auto mix = co_await database.run(std::move(prepare), Deadline::after(kMigration));
        if (mix) {
            decoys.set_mix(*mix);
            readiness.accounts_ready();
            tell_ready(config);
            co_return;
        }
        if (mix.error().code == Errc::invalid_input) {
            refuse(std::move(mix).error());
            co_return;
        }
        awaiting.failed(mix.error());
        co_await pauses.pause(awaiting.next_pause());
    }
}

Task<bool> wait_for_sessions(SessionStore& sessions, Pauses& pauses) {
    Awaiting awaiting("sessions.awaited");
    const auto connecting = Deadline::after(kConnecting);
    while (!pauses.stopped()) {
        const auto answered = co_await sessions.ping(Deadline::after(kQuestion));
        if (answered) co_return true;
        if (connecting.passed()) awaiting.failed(answered.error());
        co_await pauses.pause(awaiting.next_pause());
    }
    co_return false;
}

}  // namespace gatehouse::session
