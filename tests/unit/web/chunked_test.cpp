#include "web/chunked.hpp"

#include <string>

#include "support/catch.hpp"

namespace gatehouse::web {
namespace {

using namespace std::string_literals;
using State = ChunkedDecoder::State;

struct Outcome {
    State state = State::more;
    std::string body;
    std::size_t left = 0;
};

// Feeds `bytes` in pieces of `step`.
Outcome decode(const std::string& bytes, std::size_t step, std::size_t limit = 100) {
    ChunkedDecoder decoder(limit);
    Outcome outcome;
    for (std::size_t at = 0; at < bytes.size() && outcome.state == State::more; at += step) {
        std::string_view piece = std::string_view(bytes).substr(at, step);
        const auto before = piece.size();
        outcome.state = decoder.feed(piece, outcome.body);
        outcome.left = bytes.size() - at - before + piece.size();
    }
    return outcome;
}

}  // namespace

TEST_CASE("a chunked body is the same however it is cut, and what follows is left alone") {
    const auto bytes = "3\r\nabc\r\n0B;x=\"y\"\r\n0\r\n\r\n defghi\r\n0;z\r\nA: b\r\nC:\r\n\r\nGET /"s;
    const auto fixed = "3\r\nabc\r\n0B;x=\"y\"\r\n0\r\n\r\n defgh\r\n0;z\r\nA: b\r\nC:\r\n\r\nGET /"s;
    for (std::size_t step = 1; step <= fixed.size(); ++step) {
        INFO(step);
        const auto outcome = decode(fixed, step);
        CHECK(outcome.state == State::complete);
        CHECK(outcome.body == "abc0\r\n\r\n defgh");
        CHECK(outcome.left == 5);
        CHECK(decode(bytes, step).state == State::bad);  // one byte more than the size says
    }
}

TEST_CASE("an unfinished chunked body waits for more, whole or not") {
    const auto bytes = "3\r\nabc\r\n0\r\nA: b\r\n\r\n"s;
    for (std::size_t size = 1; size < bytes.size(); ++size)
        CHECK(decode(bytes.substr(0, size), 1).state == State::more);
    CHECK(decode(bytes, 1).state == State::complete);
}

TEST_CASE("no other byte is accepted in the place of a chunk's framing") {
    const auto good = "1\r\na\r\n0\r\nA: b\r\n\r\n"s;
    for (const std::size_t at : {1U, 2U, 4U, 5U, 7U, 8U, 13U, 14U, 15U, 16U}) {
        for (const char c : {'\0', ' ', '\t', '\n', '\r', 'x', ':', '\x7f', '\xff'}) {
            auto bytes = good;
            if (bytes[at] == c) continue;
            bytes[at] = c;
            INFO(at << " " << static_cast<int>(c));
            CHECK(decode(bytes, 1).state == State::bad);
        }
    }
}

TEST_CASE("the body's limit holds before the data has come") {
    CHECK(decode("64\r\n" + std::string(100, 'a') + "\r\n0\r\n\r\n", 7).state == State::complete);
    CHECK(decode("65\r\n", 1).state == State::too_large);
    CHECK(decode("60\r\n" + std::string(96, 'a') + "\r\n5\r\n", 1).state == State::too_large);
    CHECK(decode("ffffffff\r\n", 1).state == State::too_large);
    CHECK(decode("100000000\r\n", 1).state == State::bad);
}

TEST_CASE("extensions and trailers share a bound of 1 KiB") {
    const std::string quarter(250, 'a');
    CHECK(decode("1;" + quarter + "\r\na\r\n0;" + quarter + "\r\nA: " + quarter + "\r\n\r\n", 3).state ==
          State::complete);
    CHECK(decode("1;" + quarter + "\r\na\r\n0;" + quarter + quarter + "\r\nA: " + quarter + quarter + "\r\n\r\n", 3)
              .state == State::bad);
}

TEST_CASE("a trailer is a field line or nothing") {
    for (const auto* trailer : {"A: b\r\n", "A:\r\n", "A: b:c\r\n", "!#$%&'*+-.^_`|~: \xff\t\r\n"}) {
        CHECK(decode("0\r\n"s + trailer + "\r\n", 1).state == State::complete);
    }
    for (const auto* trailer :
         {"A\r\n", ": b\r\n", "A : b\r\n", " A: b\r\n", "\tA: b\r\n", "GET / HTTP/1.1\r\n", "A: \x01\r\n"}) {
        INFO(trailer);
        CHECK(decode("0\r\n"s + trailer + "\r\n", 1).state == State::bad);
    }
}

}  // namespace gatehouse::web
