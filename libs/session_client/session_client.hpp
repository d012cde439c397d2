// The typed client of the session service's internal API: "who is this?", sign-in, sign-out, health.
//
// One object per I/O loop, used on its thread only. Checks and sign-ins have connections of their own, so that a
// sign-in (tens of milliseconds) never stands before a check (microseconds). With several servers the one with the
// fewest requests outstanding is asked; one that could not be reached, or let a check wait, is left alone for a second.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "async/io_threads.hpp"
#include "async/task.hpp"
#include "base/deadline.hpp"
#include "base/secret.hpp"
#include "base/settings.hpp"
#include "proto/error_code.hpp"
#include "proto/health.hpp"
#include "proto/introspect.hpp"
#include "proto/login.hpp"
#include "web/cookie.hpp"
#include "web/tls.hpp"

namespace gatehouse::session_client {

struct Options {
    std::vector<Endpoint> servers;  // at least one
    Secret credential;              // "ghs_<name>_…" (crypto/service_credential.hpp)
    std::string credential_file{};  // where it came from, to be read anew; empty: from elsewhere
    // With servers on TCP, all of which then speak TLS; null: plain HTTP.
    std::shared_ptr<web::TlsClientContext> tls{};
    std::size_t login_connections = 64;  // per server: most sign-ins under way at once
    std::size_t waiting_checks = 4096;   // past it a check is Unavailable at once

    [[nodiscard]] Options copy() const;  // with the credential: each loop's client takes its own
};

// The request on whose behalf is asked: both go on to the session service's log. Borrowed until the answer.
struct Caller {
    std::string_view request_id;
    std::string_view traceparent;  // empty: none
};

// Not known now: 503, never a logout.
struct Unavailable {
    proto::Failure why;
};
// A live session. Its texts are borrowed from the message that brought it, with those of up to 63 others, which lives
// as long as a copy of this: copy what is to outlive it. Copying and moving this copies no text.
struct Active : proto::ActiveView {
    std::shared_ptr<const void> message;
};
using Check = std::variant<Active, proto::Inactive, Unavailable>;

// Of several tokens.
struct AnyCheck {
    Check check;
    std::string_view token;  // whose session lives; borrowed, empty if none does
    bool unclear = false;    // Inactive because two live, or because too many came to ask
};

class SessionClient {
public:
    SessionClient(Loop& loop, Options options);
    ~SessionClient();  // no call may be under way

    // Whose session is it? `token` is a token (crypto/token.hpp), or a cookie's value that begins with one; anything
    // else is Inactive without asking. Checks that arrive in one turn of the loop travel together in one request.
    Task<Check> introspect(std::string_view token, Caller caller, Deadline by, proto::Touch touch = proto::Touch::yes);

    // Of the tokens that one request presented (cookie.hpp): the one whose session lives. Inactive if there is none; if
    // two live, as there is no telling which of them the user meant; and without asking if there are more than four.
    // The texts must outlive the call.
    Task<AnyCheck> introspect_any(web::CookieValues tokens, Caller caller, Deadline by,
                                  proto::Touch touch = proto::Touch::yes);

    // Refusals of the service come back with its own code (invalid_credentials, rate_limit_exceeded, hashing_busy, …).
    // service_unavailable: it could not be reached, answered nonsense or does not accept our credential. Never sent
    // twice.
    Task<proto::Outcome<proto::LoginAnswer>> login(proto::LoginRequest request, Caller caller, Deadline by);

    // Ends the sessions of these tokens; Ok means that no check of them succeeds any more, and also when there were
    // none.
    Task<proto::Outcome<void>> revoke(std::vector<Secret> tokens, Caller caller, Deadline by);

    // From the next call on. Those under way end with the one that they began with.
    void use_credential(const Secret& credential);

    // What the service's dependencies say.
    Task<proto::Outcome<proto::Health>> health(Caller caller, Deadline by);

private:
    class Servers;
    class CheckBatcher;
    std::unique_ptr<Servers> logins_;
    std::unique_ptr<Servers> checks_;
    std::unique_ptr<Servers> probes_;
    std::unique_ptr<CheckBatcher> batcher_;
};

}  // namespace gatehouse::session_client
