// Plays the session service over real sockets, as well or as badly as a test wants.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "../web/scripted_server.hpp"
#include "crypto/digest.hpp"
#include "crypto/token.hpp"
#include "proto/introspect.hpp"
#include "session_client/session_client.hpp"
#include "support/run_task.hpp"

namespace gatehouse::session_client::test {

using web::test::ScriptedPeer;

// Shut until it is opened; any number of threads may wait.
class Gate {
public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(10), [this] { return open_; });  // a failed test ends, too
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

struct Received {
    std::string text;  // the whole request
    int number = 0;    // which one, from 0
    int connection = 0;
    [[nodiscard]] std::string body() const { return text.substr(text.find("\r\n\r\n") + 4); }
    [[nodiscard]] std::string header(const std::string& name) const {
        const auto at = text.find("\r\n" + name + ": ");
        if (at == std::string::npos) return "(absent)";
        const auto begin = at + name.size() + 4;
        return text.substr(begin, text.find("\r\n", begin) - begin);
    }
    [[nodiscard]] proto::IntrospectRequest checks() const {
        auto request = proto::introspect_request_from_json(body());
        if (!request) throw std::runtime_error(request.error().detail);
        return *std::move(request);
    }
};

// The truth about a batch: everybody is somebody, and the address is the ref.
inline proto::IntrospectAnswer truth(const proto::IntrospectRequest& asked) {
    proto::IntrospectAnswer answer;
    answer.shape = asked.shape;
    for (const auto& item : asked.items) {
        proto::Active active;
        active.user = {7, "Jane Doe", item.ref, "student"};
        answer.items.push_back({item.ref, active});
    }
    return answer;
}

class FakeSession {
public:
    // Returns the answer's bytes; empty: cuts the connection instead. On the connection's own thread.
    using Script = std::function<std::string(const Received&)>;

    explicit FakeSession(Script script = answer_truly)
        : script_(std::move(script)), server_([this](ScriptedPeer& peer, int number) { serve(peer, number); }) {}

    static std::string ok(const std::string& body) { return status("200 OK", body); }
    static std::string status(const std::string& line, const std::string& body) {
        return "HTTP/1.1 " + line +
               "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
               body;
    }
    static std::string answer_truly(const Received& request) { return ok(to_json(truth(request.checks()))); }

    [[nodiscard]] Endpoint endpoint() const { return server_.endpoint(); }
    [[nodiscard]] int connections() const { return server_.connections(); }
    [[nodiscard]] std::vector<Received> received() {
        const std::lock_guard lock(mutex_);
        return received_;
    }

private:
    void serve(ScriptedPeer& peer, int connection) {
        for (auto text = peer.read_request(); !text.empty(); text = peer.read_request()) {
            Received request{std::move(text), 0, connection};
            {
                const std::lock_guard lock(mutex_);
                request.number = static_cast<int>(received_.size());
                received_.push_back(request);
            }
            const auto answer = script_(request);
            if (answer.empty()) return;
            peer.send(answer);
        }
    }

    Script script_;
    std::mutex mutex_;
    std::vector<Received> received_;
    web::test::ScriptedServer server_;  // last: its threads end first
};

inline constexpr const char* kCredential = "ghs_test_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

// A loop that the test turns itself, and a client on it.
class Client {
public:
    using Answer = std::shared_ptr<std::optional<Check>>;

    explicit Client(std::vector<Endpoint> servers, std::size_t waiting_checks = 4096) {
        Options options;
        options.servers = std::move(servers);
        options.credential = Secret(std::string_view(kCredential));
        options.waiting_checks = waiting_checks;
        client_.emplace(loop_, std::move(options));
    }
    ~Client() {
        turn_until(loop_, [this] { return loop_.tasks.size() == 0; });  // a client must not go before its calls
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    Loop& loop() { return loop_; }
    SessionClient& operator*() { return *client_; }
    SessionClient* operator->() { return &*client_; }

    // Asked as soon as the loop turns; those asked before it does arrive in one turn.
    Answer ask(std::string token, std::chrono::milliseconds wait = std::chrono::seconds(5),
               proto::Touch touch = proto::Touch::yes, Caller caller = {}) {
        auto answer = std::make_shared<std::optional<Check>>();
        loop_.tasks.spawn("ask", asking(*client_, std::move(token), wait, touch, std::move(caller), answer));
        return answer;
    }
    Check check(const std::string& token, std::chrono::milliseconds wait = std::chrono::seconds(5)) {
        return get(ask(token, wait));
    }
    // The answer, once it is there.
    Check get(const Answer& answer) {
        if (!turn_until(loop_, [&] { return answer->has_value(); })) throw std::runtime_error("no answer");
        return **answer;
    }
    bool turn_until(Loop& loop, const std::function<bool()>& ready) { return gatehouse::test::turn_until(loop, ready); }

private:
    static Task<> asking(SessionClient& client, std::string token, std::chrono::milliseconds wait, proto::Touch touch,
                         Caller caller, Answer to) {
        auto answer = co_await client.introspect(token, std::move(caller), Deadline::after(wait), touch);
        to->emplace(std::move(answer));
    }

    Loop loop_{0};
    std::optional<SessionClient> client_;
};

inline std::string new_token() { return std::string(crypto::new_token(crypto::tag_of("7")).view()); }
inline std::string ref_of(const std::string& token) {
    return crypto::hex(crypto::view(crypto::blake2b_256(token)).substr(0, 8));
}

// Whose session the answer says it is, or what else it says.
inline std::string says(const Check& check) {
    if (const auto* active = std::get_if<Active>(&check)) return std::string(active->user.email);
    return std::holds_alternative<proto::Inactive>(check) ? "inactive" : "unavailable";
}

}  // namespace gatehouse::session_client::test
