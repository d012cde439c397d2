// One client connection: a request is sent, its answer gathered. One request at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::bench {

// "HOST:PORT" (IPv4) or "unix:PATH". A connected socket that does not block; throws std::system_error.
[[nodiscard]] int connect_to(const std::string& target);

class Connection {
public:
    explicit Connection(const std::string& target) : fd_(connect_to(target)) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    [[nodiscard]] int fd() const noexcept { return fd_; }

    // Throws std::system_error.
    void send(std::string_view bytes) const;
    // Reads what is there. Returns the answer once it is whole, valid until the next send(); else empty. Throws
    // std::runtime_error if the server closed, or answered more than was asked.
    [[nodiscard]] std::string_view receive();
    void forget_answer() { received_.clear(); }

    std::size_t request = 0;  // which of the script's is under way
    std::int64_t begun = 0;   // when it was to be sent, by now()
    bool waits_for_answer = false;

private:
    int fd_;
    std::string received_;
};

// Nanoseconds of the steady clock.
[[nodiscard]] std::int64_t now();

}  // namespace gatehouse::bench
