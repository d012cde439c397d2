// POST /v1/login: the gateway asks the session service to sign somebody in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "proto/user.hpp"

namespace gatehouse::proto {

inline constexpr std::size_t kPreviousTokens = 8;

// Who is signing in, as the gateway saw it.
struct Client {
    std::string ip;          // text form
    std::string user_agent;  // as sent; may be empty
};

struct LoginRequest {
    std::string email;                    // as typed
    Secret password;                      // bytes as sent
    std::vector<Secret> previous_tokens;  // sessions that this browser has already; ended by success. At most 8
    Client client;
};

struct LoginAnswer {
    User user;
    Secret token;          // 56 characters (crypto/token.hpp)
    std::int64_t iat = 0;  // Unix seconds
    std::int64_t exp = 0;  // the session's absolute end
};

// {"email","password","previous_tokens":[…],"client":{"ip","user_agent"}}
[[nodiscard]] std::string to_json(const LoginRequest& request);
// invalid_input: names the member. previous_tokens and client may be absent.
[[nodiscard]] Result<LoginRequest> login_request_from_json(std::string_view body);

// {"user":{…},"token","iat","exp"}
[[nodiscard]] std::string to_json(const LoginAnswer& answer);
// protocol: it is not one.
[[nodiscard]] Result<LoginAnswer> login_answer_from_json(std::string_view body);

}  // namespace gatehouse::proto
