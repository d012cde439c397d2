// A private redis-server of a test's own, on a Unix socket and a free TCP port, in a directory of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/process.hpp"

namespace gatehouse::test {

struct RedisOptions {
    std::string requirepass;                  // empty: none
    std::vector<std::string> arguments = {};  // of redis-server: {"--appendonly", "yes", "--appendfsync", "always"}
};

class RedisServer {
public:
    // Starts it and waits until it answers PING; throws with Redis' own log if it does not.
    explicit RedisServer(RedisOptions options = {});

    [[nodiscard]] std::string socket_path() const { return directory_ / "redis.sock"; }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string unix_url() const { return "unix://" + socket_path(); }
    [[nodiscard]] std::string tcp_url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] pid_t pid() const { return process_->pid(); }

    void start();    // again after kill() or stop(), on the same port, socket and data
    void kill();     // SIGKILL
    void stop();     // SIGTERM, and waits
    void restart();  // stop() and start()
    void freeze();   // connections stay, nothing is answered
    void thaw();

    // One command over a connection of its own, logged in; the reply as text (array elements on a line each, errors as
    // "-ERR …", nil as "(nil)"). Throws if there is none within 2 s.
    std::string command(const std::vector<std::string>& words);

private:
    RedisOptions options_;
    TempDir directory_;
    std::uint16_t port_;
    std::optional<Process> process_;
};

}  // namespace gatehouse::test
