// What the handlers of one I/O loop work with. Made by app.cpp, one per loop; borrowed, on that loop's thread only.
#pragma once

#include <vector>

#include "async/blocking_pool.hpp"
#include "session/accounts/account_store.hpp"
#include "session/config.hpp"
#include "session/sessions/session_store.hpp"

namespace gatehouse::session {

class Hashing;       // login/hashing.hpp
class LoginService;  // login/login_service.hpp
class Metrics;       // metrics.hpp
class Readiness;     // readiness.hpp
class Touch;         // sessions/touch.hpp

struct Services {
    const Config& config;
    const std::vector<crypto::CredentialEntry>&
        callers;  // another list after a SIGHUP: no reference outlasts a co_await
    Readiness& readiness;
    Metrics& metrics;
    AccountStore& accounts;  // blocks: call it in a job of `database`
    BlockingPool& database;
    Hashing& hashing;
    SessionStore& sessions;  // this loop's own
    LoginService& login;
    Touch& touch;
};

}  // namespace gatehouse::session
