// Keeps the connections busy and counts what comes back.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "load/connection.hpp"
#include "load/histogram.hpp"
#include "load/script.hpp"

namespace gatehouse::bench {

struct Load {
    std::string target;
    std::size_t connections = 1;
    double seconds = std::numeric_limits<double>::infinity();         // how long requests are sent
    std::uint64_t count = std::numeric_limits<std::uint64_t>::max();  // how many are sent at most
    double rate = 0;  // per second, Poisson, over all connections; 0: each connection sends its next one at once
};

struct Outcome {
    std::uint64_t requests = 0;
    std::uint64_t wrong = 0;
    double seconds = 0;
    Histogram latency;  // with a rate: since the request should have been sent, whether or not a connection was free
};

class Generator {
public:
    // Opens all connections.
    Generator(Load load, const Script& script);
    ~Generator();
    Generator(const Generator&) = delete;
    Generator& operator=(const Generator&) = delete;

    // Sends until time or count is over, then waits for what is under way. Throws when a connection is lost, or for 10
    // s nothing comes.
    Outcome run();
    // One request on each connection, one after another.
    Outcome once_each();

private:
    void start(Connection& connection, std::int64_t begun);
    void release(Connection& connection, std::int64_t at);
    void answered(Connection& connection, std::string_view answer);
    void arrivals(std::int64_t at);
    void wait(std::int64_t at);
    [[nodiscard]] bool may_send(std::int64_t at) const { return at < stop_ && sent_ < load_.count; }

    const Load load_;
    const Script& script_;
    int epoll_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::vector<Connection*> idle_;
    std::deque<std::int64_t> late_;  // arrivals for which no connection was free
    std::size_t next_request_ = 0;
    std::uint64_t sent_ = 0;
    std::size_t under_way_ = 0;
    std::int64_t stop_ = 0;
    std::int64_t next_arrival_ = 0;
    std::mt19937_64 random_{1};  // the same arrivals in every run
    std::exponential_distribution<double> gap_;
    Outcome outcome_;
};

}  // namespace gatehouse::bench
