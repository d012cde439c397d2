// A TCP relay that misbehaves at random, between a client under test and its server: what a FaultProxy does once and
// on request, this one does all the time and in every order, from a seed.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

struct pollfd;

namespace gatehouse::test {

enum class Meanness : std::uint8_t {
    delayed,          // by up to 20 ms
    trickled,         // byte by byte
    stalled,          // passed on only after the deadline of who asked
    cut_request,      // in the middle of it
    cut_answer,       // in the middle of it
    duplicated,       // the whole answer a second time, at once
    duplicated_late,  // and the second time only when the next request has been read
    slammed,          // accepted and closed
};
inline constexpr std::array kMeannesses{Meanness::delayed,         Meanness::trickled,   Meanness::stalled,
                                        Meanness::cut_request,     Meanness::cut_answer, Meanness::duplicated,
                                        Meanness::duplicated_late, Meanness::slammed};
[[nodiscard]] std::string_view name_of(Meanness kind);

// Where an answer ends.
enum class Framing : std::uint8_t { http, redis };

struct MeanRelayOptions {
    std::uint16_t upstream;  // a port on 127.0.0.1
    Framing framing;
    std::vector<Meanness> kinds;
    std::chrono::milliseconds stall;
    std::uint64_t seed;
};

// Listens on 127.0.0.1 and works on a thread of its own; all functions are thread-safe. What it decides follows from
// the seed; what that meets also from the order in which the kernel brings things. It begins well-behaved.
class MeanRelay {
public:
    explicit MeanRelay(MeanRelayOptions options);
    ~MeanRelay();
    MeanRelay(const MeanRelay&) = delete;
    MeanRelay& operator=(const MeanRelay&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    void be_mean() noexcept { mean_ = true; }
    void behave() noexcept { mean_ = false; }  // what it has begun comes to its end
    [[nodiscard]] std::size_t count(Meanness kind) const { return counts_.at(static_cast<std::size_t>(kind)); }
    [[nodiscard]] bool did_all() const;

private:
    using Time = std::chrono::steady_clock::time_point;
    struct Piece {
        Time due;
        std::string bytes;
        std::size_t single = 0;  // so many bytes go one by one
        bool then_cut = false;
    };
    struct Pipe {
        int from;
        int to;
        std::string received;  // the beginning of an answer
        std::deque<Piece> held;
    };
    struct Connection {
        Pipe up;
        Pipe down;
        std::string again;  // an answer that is due once more
        bool closed = false;
    };

    void work();
    void accept_one();
    void react(std::span<const pollfd> ready);
    void read_from(Connection& connection, Pipe& pipe);
    void take_request(Connection& connection, std::string bytes);
    void take_answers(Connection& connection, std::string_view bytes);
    void take_answer(Connection& connection, std::string bytes);
    void pass_on(Connection& connection, Pipe& pipe);
    void cut(Connection& connection);
    bool wants(Meanness kind);
    bool dice(unsigned sides) { return random_() % sides == 0; }
    [[nodiscard]] int patience() const;

    const MeanRelayOptions options_;
    std::mt19937_64 random_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::list<Connection> connections_;
    std::array<std::atomic<std::size_t>, kMeannesses.size()> counts_{};
    std::atomic<bool> mean_{false};
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace gatehouse::test
