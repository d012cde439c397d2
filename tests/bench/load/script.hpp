// What is sent and what must come back, from files: a cookie on a command line would be seen by everybody.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::bench {

struct Expected {
    int status = 0;
    std::string body;  // the byte 0x01 stands for any one byte: a CSRF token is never twice the same
};

struct Script {
    std::vector<std::string> requests;  // as they go over the wire, sent in turn
    std::vector<Expected> expected;     // one for all, or one for each request

    [[nodiscard]] const Expected& expected_of(std::size_t request) const {
        return expected[expected.size() == 1 ? 0 : request];
    }
};

// Both files hold records: "LENGTH\n" and so many bytes for a request, "STATUS LENGTH\n" and the body for an answer.
// Throws std::runtime_error if they are none.
[[nodiscard]] Script read_script(const std::string& requests_file, const std::string& expected_file);

// How many bytes of `text` are the first whole answer; 0: more must come. Only Content-Length framing is understood:
// throws std::runtime_error for anything else.
[[nodiscard]] std::size_t whole_answer(std::string_view text);

// Whether `answer`, a whole one, has the status and, byte for byte, the body that were expected.
[[nodiscard]] bool is_as_expected(std::string_view answer, const Expected& expected);

}  // namespace gatehouse::bench
