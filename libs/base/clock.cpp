#include "base/clock.hpp"

namespace gatehouse {
namespace {

class MachineClock final : public Clock {
public:
    [[nodiscard]] SystemTime now() const override {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }
    [[nodiscard]] SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace

const Clock& system_clock() noexcept {
    static const MachineClock clock;
    return clock;
}

}  // namespace gatehouse
