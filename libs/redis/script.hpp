// A Lua script that Redis runs as one step.
#pragma once

#include <string>
#include <utility>

namespace gatehouse::redis {

// Made once, as a constant: the client remembers by address which digest Redis gave it.
class Script {
public:
    explicit Script(std::string lua) : lua_(std::move(lua)) {}
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;
    [[nodiscard]] const std::string& lua() const noexcept { return lua_; }

private:
    std::string lua_;
};

}  // namespace gatehouse::redis
