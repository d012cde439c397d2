// Request heads: the same verdict however the bytes arrive, and what is taken is framed in one way only.
#include <algorithm>
#include <optional>
#include <string>

#include "fuzz/expect.hpp"
#include "web/cookie.hpp"
#include "web/head_rules.hpp"
#include "web/request_parser.hpp"

using namespace gatehouse;
using fuzz::expect;
using State = web::HeadScanner::State;

namespace {

constexpr std::size_t kMostFields = 64;

// The size of the head that is taken when the bytes come `step` at a time; empty: it is refused, or not complete. A NUL
// is found by the scanner or by the rules behind it, whichever sees it first: only the outcome counts.
std::optional<std::size_t> taken(std::string_view bytes, std::size_t step) {
    web::HeadScanner scanner;
    State state = State::more;
    for (std::size_t got = 0; got < bytes.size() && state == State::more;) {
        got = std::min(bytes.size(), got + step);
        state = scanner.scan(bytes.substr(0, got));
    }
    if (state != State::complete) return std::nullopt;
    expect(scanner.head_size() <= bytes.size(), "a head within the bytes");
    web::Request request;
    const auto framing = web::parse_head(bytes.substr(0, scanner.head_size()), kMostFields, request);
    if (!framing) {
        expect(framing.error().status >= 400, "a refusal has a status");
        return std::nullopt;
    }
    return scanner.head_size();
}

bool plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c != '\r' && c != '\n' && c != '\0'; });
}

void check_taken(const web::Request& request, const web::Framing& framing) {
    expect(!(framing.chunked && framing.content_length > 0), "one framing, not two");
    expect(request.headers.size() <= kMostFields, "the bound on fields");
    expect(request.count("content-length") <= 1 && request.count("transfer-encoding") <= 1, "each framing field once");
    expect(framing.chunked == (request.count("transfer-encoding") == 1), "chunked only when it says so");
    expect(request.count("host") <= 1, "one Host");
    expect(request.host.empty() || web::is_valid_host(request.host), "a Host that is one");
    expect(!request.path.empty(), "a path");
    expect(plain(request.target) && plain(request.method_text), "no line end within the request line");
    for (const auto& field : request.headers) {
        expect(!field.name.empty() && std::ranges::all_of(field.name, web::is_token_character), "a name is a token");
        expect(plain(field.value), "a value has no line end");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text(data, size);
    const auto size_taken = taken(bytes, std::max<std::size_t>(1, bytes.size()));
    for (std::size_t step : {1u, 2u, 7u}) {
        expect(taken(bytes, step) == size_taken, "the outcome does not depend on how the bytes arrive");
    }
    if (!size_taken) return 0;
    const std::string head(bytes.substr(0, *size_taken));  // its own allocation: ASan sees a view that leaves it
    web::Request request;
    const auto framing = web::parse_head(head, kMostFields, request);
    expect(framing.has_value(), "the same head is taken again");
    check_taken(request, *framing);
    std::string_view rest = head;
    const auto line = web::take_request_line(rest);
    expect(line && web::beast_reads_alike(head, *line, request.headers), "Beast reads it alike");
    expect(web::cookie_values(request, "session").size() <= 16, "the bound on cookies");
    return 0;
}
