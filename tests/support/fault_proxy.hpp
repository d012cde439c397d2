// A TCP proxy that misbehaves on request, between a client under test and its server.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace gatehouse::test {

// Listens on 127.0.0.1 and forwards to `upstream_port` there, on a thread of its own. All functions are thread-safe
// and take effect within 5 ms.
class FaultProxy {
public:
    explicit FaultProxy(std::uint16_t upstream_port);
    ~FaultProxy();
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    void forward();                            // behave (the start); what hang() and delay() held back goes on
    void hang();                               // accept and read, pass nothing on in either direction
    void delay(std::chrono::milliseconds by);  // answers are passed on so much later
    void refuse();                             // stop listening, reset what is open; until forward()
    void cut();                                // reset every open connection now; new ones are served
    void cut_after(std::size_t answer_bytes);  // the next answer is cut after so many bytes; then forward()
    void half_open();  // every open connection is dead for good, without a word; new ones are served
    void answer_instead(std::string bytes);  // the next answer is these bytes; then forward()

    [[nodiscard]] std::size_t accepted() const;  // connections so far
    [[nodiscard]] std::size_t open() const;      // connections now

private:
    enum class Mode : std::uint8_t { forward, hang, delay, refuse, cut_after, answer_instead };
    struct Chunk {
        std::chrono::steady_clock::time_point due;
        std::string bytes;
    };
    // One direction of a connection.
    struct Pipe {
        std::list<Chunk> held;
        bool ended = false;  // the source has closed
    };
    struct Connection {
        int client;
        int server;
        Pipe up;
        Pipe down;
        bool dead = false;  // half-open: swallows all
        bool closed = false;
    };

    void work();
    void accept_one();
    void listen();
    void stop_listening();
    void read_from(Connection& connection, Pipe& pipe, int source);
    void pass_on(Connection& connection, Pipe& pipe, int target, bool answers);
    void pass_all();
    static void reset(Connection& connection);
    void set(Mode mode);

    const std::uint16_t upstream_;
    std::uint16_t port_ = 0;
    int listener_ = -1;
    mutable std::mutex mutex_;
    Mode mode_ = Mode::forward;
    std::chrono::milliseconds delay_{0};
    std::size_t cut_after_ = 0;
    std::string instead_;
    std::size_t accepted_ = 0;
    std::list<Connection> connections_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace gatehouse::test
