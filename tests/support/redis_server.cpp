#include "support/redis_server.hpp"

#include <cstring>
#include <signal.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace gatehouse::test {
namespace {

// A blocking connection that speaks just enough RESP2 for a test's own questions.
class PlainClient {
public:
    explicit PlainClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval limit{2, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    ~PlainClient() { ::close(fd_); }
    PlainClient(const PlainClient&) = delete;
    PlainClient& operator=(const PlainClient&) = delete;

    std::string ask(const std::vector<std::string>& words) {
        if (!connected_) throw std::runtime_error("redis cannot be reached");
        std::string request = "*" + std::to_string(words.size()) + "\r\n";
        for (const auto& word : words) request += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
        if (::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
            throw std::runtime_error("redis does not take the command");
        }
        return reply();
    }

private:
    std::string reply() {
        const std::string head = line();
        const std::string rest = head.substr(1);
        if (head[0] == '$') {
            if (rest == "-1") return "(nil)";
            const std::string text = take(std::stoul(rest));
            take(2);
            return text;
        }
        if (head[0] == '*') {
            std::string all;
            for (long left = std::stol(rest); left > 0; --left) all += reply() + "\n";
            return all;
        }
        return head[0] == '-' ? head : rest;
    }
    std::string line() {
        std::string text;
        while (!text.ends_with("\r\n")) text += take(1);
        text.resize(text.size() - 2);
        return text;
    }
    std::string take(std::size_t count) {
        std::string text(count, '\0');
        if (count == 0) return text;
        if (::recv(fd_, text.data(), count, MSG_WAITALL) != static_cast<ssize_t>(count)) {
            throw std::runtime_error("redis gave no reply");
        }
        return text;
    }

    int fd_;
    bool connected_ = false;
};

}  // namespace

RedisServer::RedisServer(RedisOptions options) : options_(std::move(options)), port_(free_port()) { start(); }

void RedisServer::start() {
    std::vector<std::string> argv{"redis-server",
                                  "--port",
                                  std::to_string(port_),
                                  "--bind",
                                  "127.0.0.1",
                                  "--unixsocket",
                                  socket_path(),
                                  "--dir",
                                  directory_.path().string(),
                                  "--save",
                                  "",
                                  "--daemonize",
                                  "no",
                                  "--protected-mode",
                                  "no"};
    if (!options_.requirepass.empty()) argv.insert(argv.end(), {"--requirepass", options_.requirepass});
    argv.insert(argv.end(), options_.arguments.begin(), options_.arguments.end());
    process_.emplace(std::move(argv), directory_ / "redis.log");
    const bool up = eventually([this] {
        if (!process_->running()) return true;
        try {
            return command({"PING"}) == "PONG";
        } catch (const std::runtime_error&) {
            return false;
        }
    });
    if (!up || !process_->running()) throw std::runtime_error("redis-server did not start:\n" + process_->output());
}

void RedisServer::kill() { process_->kill(); }

void RedisServer::stop() {
    process_->signal(SIGTERM);
    process_->wait();
}

void RedisServer::restart() {
    stop();
    start();
}

void RedisServer::freeze() { process_->freeze(); }
void RedisServer::thaw() { process_->thaw(); }

std::string RedisServer::command(const std::vector<std::string>& words) {
    PlainClient client(socket_path());
    if (!options_.requirepass.empty()) client.ask({"AUTH", options_.requirepass});
    return client.ask(words);
}

}  // namespace gatehouse::test
