// A web::Server on 127.0.0.1 with its own loops, whose handler echoes what it understood.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "async/io_threads.hpp"
#include "raw_connection.hpp"
#include "web/server.hpp"

namespace gatehouse::web::test {

// What the server's observer was told. Copies: touching every view shows one that dangles.
struct Observed {
    std::string method;
    std::string path;
    std::string fields;
    std::string request_id;
    int status = 0;
};

// "POST /a?b host=x body=c", whatever the path.
inline Task<Response> echo(Request& request) {
    Response response;
    response.content_type = "text/plain";
    response.body.append(request.method_text).append(" ").append(request.target);
    response.body.append(" host=").append(request.host).append(" body=").append(request.body);
    co_return response;
}

class TestServer {
public:
    static ServerOptions quick_options() {
        ServerOptions options;
        options.listen = {{"127.0.0.1", 0, {}}};
        options.fixed_headers = "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n";
        return options;
    }

    explicit TestServer(ServerOptions options = quick_options(), const Handler& handler = echo, std::size_t loops = 2)
        : threads_({.threads = loops}),
          server_(threads_, observed_by(this, std::move(options)), counting(this, handler, loops)) {
        const auto listening = server_.listen();
        if (!listening) throw std::runtime_error(listening.error().detail);
        server_.start();
        threads_.start();
    }
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;
    ~TestServer() {
        threads_.stop();
        threads_.join();
    }

    [[nodiscard]] Endpoint endpoint(std::size_t index = 0) const { return server_.endpoints().at(index); }
    [[nodiscard]] Server& server() noexcept { return server_; }
    [[nodiscard]] IoThreads& threads() noexcept { return threads_; }
    [[nodiscard]] std::size_t open_connections() const noexcept { return server_.open_connections(); }
    [[nodiscard]] std::size_t handled() const noexcept { return handled_; }
    // An answer is read before it is observed: each loop ends what it is at first.
    [[nodiscard]] std::vector<Observed> observed() {
        threads_.on_each([](Loop&) {});
        const std::lock_guard lock(mutex_);
        return observed_;
    }

private:
    static ServerOptions observed_by(TestServer* self, ServerOptions options) {
        options.observe = [self](const Exchange& exchange) {
            Observed seen{std::string(exchange.request.method_text),
                          std::string(exchange.request.path),
                          {},
                          exchange.request.request_id,
                          exchange.status};
            for (const Header& field : exchange.request.headers) {
                seen.fields.append(field.name).append("=").append(field.value).append(";");
            }
            const std::lock_guard lock(self->mutex_);
            self->observed_.push_back(std::move(seen));
        };
        return options;
    }
    static std::vector<Handler> counting(TestServer* self, const Handler& handler, std::size_t loops) {
        auto counted = [self, handler](Request& request) {
            ++self->handled_;
            return handler(request);
        };
        return std::vector<Handler>(loops, counted);
    }

    std::mutex mutex_;
    std::vector<Observed> observed_;
    std::atomic<std::size_t> handled_{0};
    IoThreads threads_;
    Server server_;
};

}  // namespace gatehouse::web::test
