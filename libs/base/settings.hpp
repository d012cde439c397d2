// Configuration from environment variables and a .env file (the environment wins), declared in one place per service.
// Reading never stops at the first mistake: all are collected and reported together.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace gatehouse {

// Name -> value of the process's environment, completed by `dotenv` if that file exists (KEY=VALUE lines, # comments,
// optional `export `, single or double quotes). invalid_input names the file and line that cannot be read.
using Environment = std::map<std::string, std::string, std::less<>>;
[[nodiscard]] Result<Environment> read_environment(const std::string& dotenv = ".env");
// The file alone; empty if it does not exist.
[[nodiscard]] Result<Environment> read_dotenv(const std::string& path);

// One variable as it was understood, for `config check`. `value` is masked for secrets.
struct Setting {
    std::string name;
    std::string value;
    bool is_default = true;
};

// The contents of a file that holds a secret, one trailing newline cut: what NAME_FILE names. invalid_input: it cannot
// be read, is empty or over 64 KiB; the detail continues a sentence that began with the file's name.
[[nodiscard]] Result<Secret> read_secret_file(const std::string& path);

class Settings {
public:
    // `known`: every variable that any Gatehouse binary reads. A variable of `env` within edit distance 2 of a known
    // one, or any other GATEHOUSE_*, is a mistake (system names such as HOME, PATH, USER, PWD … are left alone).
    Settings(Environment env, std::span<const std::string_view> known);

    // Each reads NAME, records the outcome, and on a mistake records it and returns the fallback. Empty counts as
    // unset.
    [[nodiscard]] std::optional<std::string> text(std::string_view name);
    [[nodiscard]] std::string text(std::string_view name, std::string_view fallback);
    // NAME, or the contents of the file that NAME_FILE names (one trailing newline cut); both set is a mistake.
    [[nodiscard]] std::optional<Secret> secret(std::string_view name);
    // Is NAME set? Records nothing.
    [[nodiscard]] bool is_set(std::string_view name) const;
    // Is NAME or NAME_FILE? Then it is not missing: what may be wrong with it, secret() tells.
    [[nodiscard]] bool is_secret_set(std::string_view name) const;
    [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t fallback, std::int64_t least,
                                       std::int64_t most);
    // The same for a bound, which is not negative.
    [[nodiscard]] std::size_t count(std::string_view name, std::size_t fallback, std::size_t least, std::size_t most);
    // on, true, yes, 1 / off, false, no, 0.
    [[nodiscard]] bool flag(std::string_view name, bool fallback);
    // "250ms", "5s", "15m", "24h"; a bare number counts in `unit`.
    [[nodiscard]] std::chrono::milliseconds duration(std::string_view name, std::chrono::milliseconds fallback,
                                                     std::chrono::milliseconds unit, std::chrono::milliseconds least,
                                                     std::chrono::milliseconds most);
    // How long something is waited for: 10 ms to 10 min; a bare number counts in seconds.
    [[nodiscard]] std::chrono::milliseconds wait(std::string_view name, std::chrono::milliseconds fallback);
    // Comma-separated, blanks round items cut, empty items dropped.
    [[nodiscard]] std::vector<std::string> list(std::string_view name);
    // One of `choices`, case-insensitively; returned as written there.
    [[nodiscard]] std::string choice(std::string_view name, std::string_view fallback,
                                     std::initializer_list<std::string_view> choices);

    // Records a mistake that only the caller can see: mistake("SECRET_KEY", "is missing; make one with …").
    void mistake(std::string_view name, std::string_view what);

    // Sentences "NAME what", in the order found, unknown variables last. Empty: the configuration is good.
    [[nodiscard]] std::vector<std::string> mistakes() const;
    // Everything read so far, by name.
    [[nodiscard]] std::vector<Setting> shown() const;

private:
    Environment env_;
    std::vector<std::string_view> known_;
    std::vector<std::string> mistakes_;
    std::map<std::string, Setting, std::less<>> shown_;
};

// `SESSION_LISTEN` and the like: "127.0.0.1:8081", "[::1]:8081", ":8081" (all addresses), "localhost:8081",
// "unix:/path".
struct Endpoint {
    std::string host;        // empty: all addresses
    std::uint16_t port = 0;  // 0: any free port
    std::string unix_path;   // not empty: a Unix-domain socket, host and port unused
    [[nodiscard]] bool is_unix() const noexcept { return !unix_path.empty(); }
};
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);
[[nodiscard]] std::string to_string(const Endpoint& endpoint);

}  // namespace gatehouse
