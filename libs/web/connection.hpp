// One client's connection: reads a request, has it answered, writes the answer, and again. One coroutine each.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>

#include "async/io_threads.hpp"
#include "async/task.hpp"
#include "web/chunked.hpp"
#include "web/head_rules.hpp"
#include "web/read_buffer.hpp"
#include "web/response_writer.hpp"
#include "web/server.hpp"
#include "web/stream.hpp"

namespace gatehouse::web {

class Connection;

// What the connections of one loop share. Used on the loop's thread, but for the two atomics.
struct ConnectionHub {
    ConnectionHub(Loop& l, const ServerOptions& o, Handler h, std::uint64_t first_request)
        : loop(l), options(o), handler(std::move(h)), next_request(first_request) {}

    Loop& loop;
    const ServerOptions& options;
    Handler handler;
    std::atomic<std::size_t> open{0};
    std::atomic<bool> draining{false};
    std::list<Connection*> connections;
    DateLine date;
    std::string out;             // the answer that is being written: filled, sent and wiped without a wait in between
    std::uint64_t next_request;  // random start; makes request ids

    void new_request_id(std::string& into);
};

class Connection {
public:
    Connection(ConnectionHub& hub, int fd, Peer peer);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Serves until the client leaves, breaks a rule or is too slow, or the server drains. Never throws.
    Task<> run();
    // Ends it if no request is under way.
    void close_if_idle() noexcept;

private:
    enum class Next : std::uint8_t { proceed, close };

    Task<Next> secure();
    Task<Next> serve_one();
    Task<Next> read_head();
    Task<Next> read_body(const Framing& framing);
    Task<Next> read_chunked(Deadline by);
    Task<Next> receive(std::size_t total, Deadline by);
    Task<Next> answer();
    void renew_views();
    // Writes the answer, and down what it was, without a wait; the response is wiped.
    struct Sent {
        bool alive;        // the client is still there
        std::string rest;  // what it did not take yet: others use ConnectionHub::out meanwhile
        Deadline by;       // for the rest
    };
    Sent send(Response& response);
    Task<Next> finish(Sent sent);
    Task<Next> refuse(int status, std::string_view message);
    void prepare_request();
    void forget_request();

    ConnectionHub& hub_;
    Stream stream_;
    ReadBuffer buffer_;
    Request request_;
    const char* parsed_at_ = nullptr;  // where the head was when request_'s views were made
    std::string body_;                 // a decoded chunked body
    std::list<Connection*>::iterator self_;
    SteadyTime started_{};  // of the request under way
    std::size_t head_size_ = 0;
    std::size_t body_size_ = 0;  // in buffer_, behind the head
    bool keep_ = true;
    bool idle_ = true;
};

}  // namespace gatehouse::web
