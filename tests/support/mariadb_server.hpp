// A private mariadbd of a test's own, on a Unix socket and a free TCP port, in a directory of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/process.hpp"

namespace gatehouse::test {

struct MariadbOptions {
    std::vector<std::string> arguments = {};  // of mariadbd: {"--ssl-cert=…"}
};

class MariadbServer {
public:
    static constexpr const char* kUser = "gatehouse";
    static constexpr const char* kPassword = "test-only password";

    // Starts it on a copy of a data directory that is initialised once per build, and waits until it answers; throws
    // with the server's own log if it does not. kUser may do everything, from everywhere.
    explicit MariadbServer(MariadbOptions options = {});

    [[nodiscard]] std::string socket_path() const { return directory_ / "mariadb.sock"; }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] pid_t pid() const { return process_->pid(); }

    void start();   // again after kill() or stop(), on the same port, socket and data
    void kill();    // SIGKILL
    void stop();    // SIGTERM, and waits
    void freeze();  // connections stay, nothing is answered
    void thaw();

private:
    [[nodiscard]] bool greets() const;

    MariadbOptions options_;
    TempDir directory_;
    std::uint16_t port_;
    std::optional<Process> process_;
};

}  // namespace gatehouse::test
