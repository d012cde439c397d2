// A client of the Flask backend, written from what that backend documents and from nothing of Gatehouse: it keeps
// cookies by their names, reads the documented members, and hands the CSRF token back in a header.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "support/http.hpp"

namespace gatehouse::test {

class FlaskClient {
public:
    explicit FlaskClient(Endpoint server) : server_(std::move(server)) {}

    // As a browser has it that was signed in at the Flask backend.
    void keep_cookie(const std::string& name, const std::string& value) { cookies_[name] = value; }

    // POST /auth/login: true if {"success": true}.
    bool login(std::string_view email, std::string_view password) {
        last_ = send("POST", "/auth/login", fmt::format(R"({{"email": "{}", "password": "{}"}})", email, password));
        if (last_.status != 200 || last_.json("success") != "true") return false;
        csrf_token_ = last_.json("csrf_token");
        return last_.json("message") == "Login successful" && csrf_token_ != "(absent)" &&
               std::ranges::none_of(std::array{"user.user_id", "user.full_name", "user.email", "user.role"},
                                    [&](const char* member) { return last_.json(member) == "(absent)"; });
    }
    // GET /auth/check: true if {"authenticated": true} and the user is there.
    bool check() {
        last_ = send("GET", "/auth/check");
        return last_.status == 200 && last_.json("authenticated") == "true" && last_.json("user.email") != "(absent)";
    }
    // POST /auth/logout
    bool logout() {
        last_ = send("POST", "/auth/logout");
        return last_.status == 200 && last_.json("success") == "true" && last_.json("message") == "Logout successful";
    }
    // Status and error_code of a sign-in with this body.
    std::string refusal(const std::string& body) {
        last_ = send("POST", "/auth/login", body);
        const bool shaped = last_.json("success") == "false" && last_.json("message") != "(absent)";
        return fmt::format("{} {}{}", last_.status, last_.json("error_code"), shaped ? "" : " in another shape");
    }
    [[nodiscard]] const HttpResponse& last() const noexcept { return last_; }

private:
    HttpResponse send(std::string_view method, std::string_view target, const std::string& body = "") {
        HttpHeaders headers{{"User-Agent", "python-requests/2.31.0"}, {"Accept", "*/*"}};
        std::string jar;
        for (const auto& [name, value] : cookies_) jar += (jar.empty() ? "" : "; ") + name + "=" + value;
        if (!jar.empty()) headers.emplace_back("Cookie", jar);
        if (!csrf_token_.empty()) headers.emplace_back("X-CSRFToken", csrf_token_);
        auto response = http(server_, method, target, headers, body);
        for (const auto& [name, value] : response.headers) {
            if (name == "Set-Cookie") take(value);
        }
        return response;
    }
    void take(const std::string& cookie) {
        const auto equals = cookie.find('=');
        const auto name = cookie.substr(0, equals);
        const auto value = cookie.substr(equals + 1, cookie.find(';') - equals - 1);
        if (value.empty() || cookie.find("Max-Age=0") != std::string::npos) {
            cookies_.erase(name);
        } else {
            cookies_[name] = value;
        }
    }

    Endpoint server_;
    std::map<std::string, std::string> cookies_;
    std::string csrf_token_;
    HttpResponse last_;
};

}  // namespace gatehouse::test
