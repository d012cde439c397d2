// What the outage tests ask, whatever is down.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/deployment.hpp"

namespace gatehouse::test {

inline void check_unavailable(const HttpResponse& response, std::string_view code) {
    INFO(response.body);
    CHECK(response.status == 503);
    CHECK(response.json("error_code") == code);
    CHECK(std::stoi(response.header("Retry-After")) >= 1);
    CHECK(response.count("Set-Cookie") == 0);  // an outage is never a logout
}

// What /health says once it says 503: it answers from a memory of one second.
inline HttpResponse unhealthy(Deployment& deployment) {
    HttpResponse health;
    CHECK(eventually([&] { return (health = http(deployment.gateway(), "GET", "/health")).status == 503; },
                     std::chrono::seconds(3)));
    return health;
}

inline bool served_again(Deployment& deployment, const SignedIn& who) {
    return eventually([&] { return deployment.check(who).status == 200; }, std::chrono::milliseconds(1500));
}

}  // namespace gatehouse::test
