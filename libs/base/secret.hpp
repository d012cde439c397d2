// Bytes that must not outlive their use: wiped when they go, never printed, compared in constant time.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse {

// Owns its bytes. Move-only, so that no copy is made by accident; copy() says so aloud. Has no operator<<.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string&& bytes) noexcept;  // takes the bytes and wipes what `bytes` still held
    explicit Secret(std::string_view bytes);
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    [[nodiscard]] Secret copy() const { return Secret(view()); }
    [[nodiscard]] std::string_view view() const noexcept { return bytes_; }  // borrowed from this object
    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }

private:
    void forget(Secret& moved_from) const noexcept;

    std::string bytes_;
};

// Overwrites `bytes` (its whole capacity) in a way that the compiler keeps (sodium_memzero) and empties it.
void wipe(std::string& bytes) noexcept;
// The same of what `bytes` holds now, for a buffer that is used again and again. Precondition: nothing secret lies
// behind size().
void wipe_contents(std::string& bytes) noexcept;

// Takes time that depends on the lengths only, which are not secret (sodium_memcmp).
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace gatehouse
