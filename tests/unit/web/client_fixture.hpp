// A client on a loop that the test turns, and servers that do what a test wants.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "scripted_server.hpp"
#include "support/catch.hpp"
#include "support/run_task.hpp"
#include "web/client.hpp"

namespace gatehouse::web::test {

using namespace std::chrono_literals;
using gatehouse::test::run_task;
using gatehouse::test::turn_for;
using gatehouse::test::turn_until;
using Answer = Result<ClientResponse>;

inline ClientRequest request(std::string target, std::string body = {}) {
    ClientRequest made;
    made.target = std::move(target);
    made.body = Secret(std::move(body));
    return made;
}

inline Client::Options quick() {
    Client::Options options;
    options.connections = 2;
    options.waiting = 2;
    return options;
}

// A client on a loop that the test turns.
struct ClientFixture {
    explicit ClientFixture(Endpoint server, Client::Options options = quick())
        : client(loop, std::move(server), options) {}

    Answer send(ClientRequest made, Retry retry = Retry::if_unsent, std::chrono::milliseconds limit = 5s) {
        return run_task(loop, client.send(made, retry, Deadline::after(limit)));
    }
    // Starts one and leaves it under way.
    std::shared_ptr<std::optional<Answer>> begin(ClientRequest made, std::chrono::milliseconds limit = 5s) {
        auto outcome = std::make_shared<std::optional<Answer>>();
        auto run = [](Client& with, ClientRequest one, Deadline by,
                      std::shared_ptr<std::optional<Answer>> to) -> Task<> {
            auto answer = co_await with.send(one, Retry::if_unsent, by);
            to->emplace(std::move(answer));
        };
        loop.tasks.spawn("send", run(client, std::move(made), Deadline::after(limit), outcome));
        turn_for(loop, 20ms);
        return outcome;
    }
    bool ended(const std::shared_ptr<std::optional<Answer>>& outcome) {
        return turn_until(loop, [&] { return outcome->has_value(); });
    }

    Loop loop{0};
    Client client;
};

inline Errc code(const Answer& answer) {
    REQUIRE_FALSE(answer);
    return answer.error().code;
}

inline void echo_for_ever(ScriptedPeer& peer, int) {
    for (auto got = peer.read_request(); !got.empty(); got = peer.read_request()) {
        peer.answer(got.substr(0, got.find(" HTTP")));
    }
}
inline ScriptedServer::Script answering(std::string bytes) {
    return [bytes = std::move(bytes)](ScriptedPeer& peer, int) {
        if (peer.read_request().empty()) return;
        peer.send(bytes);
        peer.wait_for_close();
    };
}

}  // namespace gatehouse::web::test
