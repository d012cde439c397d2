// The session services that can be asked, and which of them is asked next. Used on one loop's thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "base/secret.hpp"
#include "proto/error_code.hpp"
#include "session_client/session_client.hpp"
#include "web/client.hpp"

namespace gatehouse::session_client {

class SessionClient::Servers {
public:
    Servers(Loop& loop, const Options& options, web::Client::Options connections);

    // A 200, or the service's own refusal, or service_unavailable. Tries each of the other servers once as long as the
    // one asked knows nothing of the request; with Retry::once in any case, also if it cannot serve now, and then a
    // server that hangs gets its share of the wait only.
    struct Answer {
        std::string body;
        std::size_t server;  // who gave it, for avoid()
    };
    Task<proto::Outcome<Answer>> call(web::Method method, std::string_view target, Secret body, Caller caller,
                                      web::Retry retry, Deadline by);

    // It answers, and quickly, but cannot serve: for a second the others are asked first. False: all others are avoided
    // already, perhaps because they do not answer at all, and it is asked as before.
    bool avoid(std::size_t server) noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return servers_.size(); }

    // From the next call on.
    void use_credential(const Secret& credential);

    // An answer did not match its question: nothing that is still on these connections is believed.
    void distrust_connections() noexcept;

private:
    struct Server {
        std::unique_ptr<web::Client> client;
        SteadyTime avoid_until{};
    };
    struct Choice {
        std::size_t server;
        std::ptrdiff_t left;  // it and those that could be asked after it; at least 1
    };
    using Tried = boost::container::small_vector<std::size_t, 4>;
    [[nodiscard]] Choice choose(const Tried& tried) const;

    std::vector<Server> servers_;
    std::shared_ptr<const Secret> authorization_;  // the header's value; a call keeps its own
};

}  // namespace gatehouse::session_client
