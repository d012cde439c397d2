// Bytes for a socket, and what they must lead to: one answer, and a connection that lives on or is closed.
#pragma once

#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "raw_connection.hpp"
#include "support/catch.hpp"
#include "test_server.hpp"

namespace gatehouse::web::test {

enum class After : bool { closed, kept };

struct Case {
    std::string name;
    std::string bytes;
    int status;
    After after;
};

inline constexpr std::string_view kProbe = "GET /probe HTTP/1.1\r\nHost: x\r\n\r\n";
inline constexpr std::string_view kSmuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

inline std::string get(const std::string& fields) { return "GET / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n"; }
inline std::string post(const std::string& fields, const std::string& body) {
    return "POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n" + body;
}
inline std::string chunked(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }
inline std::string line(const std::string& request_line) { return request_line + "\r\nHost: x\r\n\r\n"; }
inline std::string host(const std::string& fields) { return "GET / HTTP/1.1\r\n" + fields + "\r\n"; }

inline Case refused(std::string name, std::string bytes, int status = 400) {
    return {std::move(name), std::move(bytes), status, After::closed};
}
inline Case kept(std::string name, std::string bytes, int status = 200) {
    return {std::move(name), std::move(bytes), status, After::kept};
}
inline Case answered_and_closed(std::string name, std::string bytes) {
    return {std::move(name), std::move(bytes), 200, After::closed};
}

inline bool is_date(const std::string& text) {
    // IMF-fixdate: Sun, 06 Nov 1994 08:49:37 GMT
    if (text.size() != 29 || !text.ends_with(" GMT") || text.substr(3, 2) != ", ") return false;
    const std::string shape = "aaa, 00 aaa 0000 00:00:00 GMT";
    for (std::size_t i = 0; i < 25; ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (shape[i] == '0' ? std::isdigit(c) == 0 : shape[i] == 'a' ? std::isalpha(c) == 0 : text[i] != shape[i]) {
            return false;
        }
    }
    return true;
}

inline void check_headers(const RawResponse& response) {
    CHECK(response.header("X-Content-Type-Options") == "nosniff");
    CHECK(response.count("X-Content-Type-Options") == 1);
    CHECK(response.header("X-Frame-Options") == "DENY");
    CHECK(response.count("Date") == 1);
    CHECK(is_date(response.header("Date")));
    CHECK(response.count("Content-Length") == 1);
    CHECK(response.count("Connection") == 1);
    CHECK(response.count("Transfer-Encoding") == 0);
}

inline std::string expected_code(int status) {
    switch (status) {
        case 408:
            return "REQUEST_TIMEOUT";
        case 413:
            return "PAYLOAD_TOO_LARGE";
        case 431:
            return "HEADERS_TOO_LARGE";
        default:
            return "INVALID_REQUEST";
    }
}

inline void check_response(const RawResponse& response, const Case& row) {
    CHECK(response.status == row.status);
    check_headers(response);
    CHECK(response.header("Connection") == (row.after == After::kept ? "keep-alive" : "close"));
    if (row.status != 200) {
        CHECK(response.header("Content-Type") == "application/json");
        CHECK(response.body.starts_with(R"({"success":false,"message":")"));
        CHECK(response.body.find(R"("error_code":")" + expected_code(row.status) + '"') != std::string::npos);
        CHECK(response.body.find(R"("request_id":")") != std::string::npos);
    }
}

// One row on a connection of its own: one answer, then either another request works or the server closes.
inline void check_row(TestServer& server, const Case& row, bool (RawConnection::*send)(std::string_view) const,
                      std::string_view behind = {}) {
    INFO(row.name);
    const auto handled_before = server.handled();
    const bool handles = row.status == 200;
    RawConnection client(server.endpoint());
    (client.*send)(row.bytes);
    client.send(behind);
    if (row.after == After::kept) {
        check_response(client.response(), row);
        REQUIRE(client.send(kProbe));
        const auto probe = client.response();
        CHECK(probe.status == 200);
        CHECK(probe.body == "GET /probe host=x body=");
        client.shut_write();
        CHECK(client.responses_until_closed().empty());
        CHECK(server.handled() == handled_before + 1 + (handles ? 1U : 0U));
    } else {
        const auto all = client.responses_until_closed();
        CHECK(client.received().empty());
        CHECK_FALSE(client.timed_out());
        CHECK_FALSE(client.was_reset());  // it might lose the answer
        REQUIRE(all.size() == 1);
        check_response(all.front(), row);
        CHECK(server.handled() == handled_before + (handles ? 1U : 0U));
    }
}

}  // namespace gatehouse::web::test
