// Many keep-alive clients on one thread that ask GET /auth/check as fast as they are answered, and take no answer but
// their own: the body byte for byte, 401 only for who is nobody, 503 only with Retry-After.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <poll.h>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/settings.hpp"

namespace gatehouse::test {

enum class Life : std::uint8_t { living, ending, dead };  // ending: asked to end, not yet acknowledged

struct Person {
    std::string email;
    std::string cookie;      // "session=…"
    std::string csrf_token;  // its own
    std::string body;        // of a check
    std::atomic<Life> life{Life::living};
};
using PersonPtr = std::shared_ptr<Person>;

// Whoever can be asked about. Thread-safe.
class People {
public:
    explicit People(std::size_t places) : living_(places) {}
    void enter(std::size_t place, PersonPtr who);  // who was there is remembered as one that has been
    [[nodiscard]] PersonPtr at(std::size_t place) const;
    [[nodiscard]] PersonPtr former(std::uint64_t any) const;  // null: nobody has left yet
    [[nodiscard]] std::size_t places() const noexcept { return living_.size(); }

private:
    mutable std::mutex mutex_;
    std::vector<PersonPtr> living_;
    std::deque<PersonPtr> former_;
};

struct Tally {
    std::size_t answers = 0;
    std::size_t ok = 0;
    std::size_t anonymous = 0;
    std::size_t unavailable = 0;
    std::size_t cancelled = 0;  // requests, whole and half, whose client went
    std::size_t forged = 0;
    std::size_t former = 0;
    std::size_t wrong = 0;
    std::vector<std::string> examples;  // of wrong ones, the first few
};

class CheckingClients {
public:
    CheckingClients(Endpoint gateway, const People& people, std::size_t count, std::uint64_t seed);
    ~CheckingClients();
    CheckingClients(const CheckingClients&) = delete;
    CheckingClients& operator=(const CheckingClients&) = delete;

    void turn();  // sends what can be sent, waits 5 ms at most, reads and judges what has come
    [[nodiscard]] const Tally& tally() const noexcept { return tally_; }

private:
    using Time = std::chrono::steady_clock::time_point;
    struct Asked {
        PersonPtr who;
        bool forged;
        bool was_dead;
    };
    struct Client {
        int fd = -1;
        std::string received;
        std::deque<Asked> asked;
        Time leaves = Time::max();  // without waiting for the answer
        Time rests{};               // asks nothing before: it was told to come back later
    };

    void ask(Client& client);
    void leave(Client& client);
    std::string question(Client& client);
    void read_from(Client& client);
    void take_answers(Client& client);
    void judge(Client& client, std::string_view head, std::string_view body);
    void wrong(std::string_view why, const Asked& asked, std::string_view head, std::string_view body);

    const Endpoint gateway_;
    const People& people_;
    std::mt19937_64 random_;
    std::vector<Client> clients_;
    std::vector<pollfd> watched_;
    Tally tally_;
};

}  // namespace gatehouse::test
