// Writes down what services answer the tests, so that tests/openapi can hold it against proto/*.yaml.
//
// GATEHOUSE_EXCHANGES names a directory: each process appends a JSON line per exchange to a file of its own there.
// Without it nothing is written. A line holds no cookie, no token and no query: of a secret only the form stays.
#pragma once

#include <string_view>

#include "base/settings.hpp"
#include "support/http.hpp"

namespace gatehouse::test {

// From now on what `server` answers is written down as an answer of `api`: "gateway" or "session"; empty: no more.
void write_down(const Endpoint& server, std::string_view api);

// Takes the requests out of what is sent on a connection, one for each response.
class SentRequests {
public:
    struct Request {
        std::string method;  // both empty: what was sent is no request line
        std::string path;    // without the query
    };
    void sent(std::string_view bytes) { bytes_ += bytes; }
    // The one that the next response answers.
    Request next();

private:
    std::string bytes_;
};

// Writes the exchange down if `server` is one of those named.
void write_down(const Endpoint& server, const SentRequests::Request& request, const HttpResponse& response);

}  // namespace gatehouse::test
