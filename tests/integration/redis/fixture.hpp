// A client on a loop of the test's own, and the questions that the tests ask it.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "redis/client.hpp"
#include "support/redis_server.hpp"
#include "support/run_task.hpp"

namespace gatehouse::test {

using namespace std::chrono_literals;

inline redis::Options redis_at(const std::string& url) { return redis::parse_redis_url(url).value(); }
inline redis::Options redis_at(std::uint16_t port) { return redis_at("redis://127.0.0.1:" + std::to_string(port)); }

struct TestClient {
    explicit TestClient(redis::Options options) : client(loop, std::move(options)) {}

    bool connected(std::chrono::milliseconds limit = 3s) {
        return turn_until(loop, [this] { return client.connected(); }, limit);
    }
    bool disconnected(std::chrono::milliseconds limit = 3s) {
        return turn_until(loop, [this] { return !client.connected(); }, limit);
    }
    Result<redis::Reply> ask(std::initializer_list<std::string_view> words, std::chrono::milliseconds limit = 5s) {
        return run_task(loop, client.command(redis::Commands(words), Deadline::after(limit)));
    }
    // The text of a reply, or the error's name.
    std::string text(std::initializer_list<std::string_view> words, std::chrono::milliseconds limit = 5s) {
        return text_of(ask(words, limit));
    }
    // The same, but only handlers that are ready are run: "(none yet)" if that is not enough for a reply.
    std::string text_at_once(std::initializer_list<std::string_view> words) {
        std::optional<Result<redis::Reply>> reply;
        auto ask = [](Task<Result<redis::Reply>> asking, std::optional<Result<redis::Reply>>& into) -> Task<> {
            into = co_await std::move(asking);
        };
        spawn(loop.context.get_executor(), ask(client.command(redis::Commands(words), Deadline::after(5s)), reply),
              [](const std::exception_ptr&) {});
        loop.context.restart();
        loop.context.poll();
        if (reply) return text_of(*reply);
        turn_until(loop, [&] { return reply.has_value(); });
        return "(none yet)";
    }

    Loop loop{0};
    redis::Client client;

private:
    static std::string text_of(const Result<redis::Reply>& reply) {
        return reply ? reply->text : "(" + std::string(to_string(reply.error().code)) + ")";
    }
};

}  // namespace gatehouse::test
