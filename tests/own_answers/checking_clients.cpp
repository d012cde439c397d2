#include "checking_clients.hpp"

#include <cerrno>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "support/loopback.hpp"

namespace gatehouse::test {

void People::enter(std::size_t place, PersonPtr who) {
    constexpr std::size_t most_former = 64;
    const std::lock_guard lock(mutex_);
    if (living_[place])
        former_.push_back(std::exchange(living_[place], std::move(who)));
    else
        living_[place] = std::move(who);
    if (former_.size() > most_former) former_.pop_front();
}
PersonPtr People::at(std::size_t place) const {
    const std::lock_guard lock(mutex_);
    return living_[place];
}
PersonPtr People::former(std::uint64_t any) const {
    const std::lock_guard lock(mutex_);
    return former_.empty() ? nullptr : former_[any % former_.size()];
}

CheckingClients::CheckingClients(Endpoint gateway, const People& people, std::size_t count, std::uint64_t seed)
    : gateway_(std::move(gateway)), people_(people), random_(seed), clients_(count) {}

CheckingClients::~CheckingClients() {
    for (Client& client : clients_) leave(client);
}

void CheckingClients::leave(Client& client) {
    if (client.fd >= 0) ::close(client.fd);
    tally_.cancelled += client.asked.size();
    client = Client{};
}

// Mostly somebody who is there; else somebody who has been, or a cookie that nobody was given.
std::string CheckingClients::question(Client& client) {
    constexpr unsigned seldom = 32;
    PersonPtr who = people_.at(random_() % people_.places());
    if (random_() % seldom == 0) {
        if (auto former = people_.former(random_())) who = std::move(former);
    }
    std::string cookie = who->cookie;
    const bool forged = random_() % seldom == 0;
    if (forged) {
        // Any character of the MAC but the last, some bits of which say nothing.
        char& digit = cookie[cookie.size() - 2 - random_() % 20];
        digit = digit == 'A' ? 'B' : 'A';
    }
    const bool dead = who->life == Life::dead;
    if (forged) ++tally_.forged;
    if (dead) ++tally_.former;
    client.asked.push_back({std::move(who), forged, dead});
    return "GET /auth/check HTTP/1.1\r\nHost: a\r\nCookie: " + cookie + "\r\n\r\n";
}

void CheckingClients::ask(Client& client) {
    constexpr unsigned seldom = 100;
    if (client.fd < 0) {
        client.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const auto address = loopback(gateway_.port);
        if (::connect(client.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("the gateway takes no connection");
    }
    std::string bytes = question(client);
    while (random_() % 4 == 0 && client.asked.size() < 4) bytes += question(client);
    const bool half = random_() % seldom == 0;
    if (half) bytes.resize(random_() % bytes.size());
    const bool sent = ::send(client.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0;
    if (half || !sent) {
        leave(client);
    } else if (random_() % seldom == 0) {
        client.leaves = std::chrono::steady_clock::now() + std::chrono::microseconds(random_() % 3000);
    }
}

void CheckingClients::turn() {
    const auto now = std::chrono::steady_clock::now();
    watched_.clear();
    for (Client& client : clients_) {
        if (client.leaves <= now) leave(client);
        if (client.asked.empty() && client.rests <= now) ask(client);
        watched_.push_back({client.fd, POLLIN, 0});  // negative: none
    }
    constexpr int most_wait = 5;
    ::poll(watched_.data(), watched_.size(), most_wait);
    for (std::size_t i = 0; i < clients_.size(); ++i) {
        if (watched_[i].revents != 0) read_from(clients_[i]);
    }
}

void CheckingClients::read_from(Client& client) {
    std::array<char, 16384> buffer;
    const auto got = ::recv(client.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) {
        client.received.append(buffer.data(), static_cast<std::size_t>(got));
        take_answers(client);
    } else if (got == 0 || errno != EAGAIN) {
        if (!client.asked.empty()) wrong("the gateway hung up", client.asked.front(), "", "");
        leave(client);
    }
}

void CheckingClients::take_answers(Client& client) {
    std::string_view rest = client.received;
    while (true) {
        const auto end = rest.find("\r\n\r\n");
        if (end == std::string_view::npos) break;
        const auto head = rest.substr(0, end + 4);
        constexpr std::string_view name = "\r\nContent-Length: ";
        const auto at = head.find(name);
        if (at == std::string_view::npos) throw std::runtime_error("an answer without a length: " + std::string(head));
        const auto length = std::stoul(std::string(head.substr(at + name.size(), 8)));
        if (rest.size() < head.size() + length) break;
        if (client.asked.empty()) throw std::runtime_error("an answer to no question: " + std::string(head));
        judge(client, head, rest.substr(head.size(), length));
        client.asked.pop_front();
        rest.remove_prefix(head.size() + length);
    }
    client.received = std::string(rest);
}

void CheckingClients::judge(Client& client, std::string_view head, std::string_view body) {
    const Asked& asked = client.asked.front();
    const auto is = [&](std::string_view status) { return head.starts_with(status); };
    ++tally_.answers;
    if (head.contains("\r\nSet-Cookie:")) wrong("a cookie is set", asked, head, body);
    if (is("HTTP/1.1 200 ")) {
        ++tally_.ok;
        if (asked.forged) wrong("a forged cookie is let in", asked, head, body);
        if (asked.was_dead) wrong("a session that had ended is let in", asked, head, body);
        if (body != asked.who->body) wrong("the answer is another's", asked, head, body);
    } else if (is("HTTP/1.1 401 ")) {
        ++tally_.anonymous;
        const bool living = !asked.forged && asked.who->life == Life::living;
        if (living) wrong("a living session is called none", asked, head, body);
        if (body.contains('@')) wrong("a refusal names somebody", asked, head, body);
    } else if (is("HTTP/1.1 503 ")) {
        ++tally_.unavailable;
        if (asked.forged) wrong("a forged cookie needs no session service", asked, head, body);
        if (!head.contains("\r\nRetry-After: ")) wrong("503 without Retry-After", asked, head, body);
        if (body.contains('@')) wrong("an outage names somebody", asked, head, body);
        client.rests = std::chrono::steady_clock::now() + std::chrono::milliseconds(10 + random_() % 30);
    } else {
        wrong("a status that no check has", asked, head, body);
    }
}

void CheckingClients::wrong(std::string_view why, const Asked& asked, std::string_view head, std::string_view body) {
    constexpr std::size_t few = 10;
    ++tally_.wrong;
    if (tally_.examples.size() >= few) return;
    tally_.examples.push_back(std::string(why) + ", asked by " + asked.who->email + ":\n" + std::string(head) +
                              std::string(body));
}

}  // namespace gatehouse::test
