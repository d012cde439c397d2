// Reads the JSON object of a request body strictly, over Boost.JSON's own SAX parser: no duplicate key at any depth
// (after decoding), depth <= 8, <= 32 members in all, integers within int64 and doubles finite, nothing behind the
// object.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace gatehouse::web {

struct JsonNull {};
struct JsonNested {};  // an object or array: checked, then dropped
using JsonValue = std::variant<JsonNull, bool, std::int64_t, double, std::string, JsonNested>;

// The top level's members. Its strings are wiped when it goes: one of them is a password.
class JsonObject {
public:
    JsonObject() = default;
    JsonObject(JsonObject&&) noexcept = default;
    JsonObject& operator=(JsonObject&&) noexcept = default;
    ~JsonObject();

    [[nodiscard]] const JsonValue* find(std::string_view name) const noexcept;  // null: absent
    [[nodiscard]] JsonValue* find(std::string_view name) noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }

    // At most so often. The value is made in its place and never moved, which would leave copies of short strings
    // behind.
    static constexpr std::size_t kMost = 32;
    template <class T>
    void add(std::string name, const T& value) {
        if (members_.empty()) members_.reserve(kMost);
        members_.emplace_back(std::move(name), value);
    }

private:
    std::vector<std::pair<std::string, JsonValue>> members_;
};

// invalid_input says what is wrong, never what was sent.
[[nodiscard]] Result<JsonObject> read_json_object(std::string_view body);

}  // namespace gatehouse::web
