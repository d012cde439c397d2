// Chunked bodies: the same body however the bytes arrive, within the limit.
#include <algorithm>
#include <string>

#include "fuzz/expect.hpp"
#include "web/chunked.hpp"

using namespace gatehouse;
using fuzz::expect;
using State = web::ChunkedDecoder::State;

namespace {

constexpr std::size_t kLimit = 256;

struct Decoded {
    State state = State::more;
    std::string body;
    std::size_t used = 0;
};

Decoded decode(std::string_view bytes, std::size_t step) {
    web::ChunkedDecoder decoder(kLimit);
    Decoded result;
    for (std::size_t from = 0; from < bytes.size() && result.state == State::more; from += step) {
        std::string_view part = bytes.substr(from, step);
        const std::size_t given = part.size();
        result.state = decoder.feed(part, result.body);
        result.used += given - part.size();
        if (result.state == State::more) expect(part.empty(), "what is not the end is consumed");
    }
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text(data, size);
    const Decoded whole = decode(bytes, std::max<std::size_t>(1, bytes.size()));
    expect(whole.body.size() <= kLimit, "the limit holds");
    for (std::size_t step : {1u, 3u}) {
        const Decoded parts = decode(bytes, step);
        expect(parts.state == whole.state, "the verdict does not depend on how the bytes arrive");
        if (whole.state != State::complete) continue;
        expect(parts.body == whole.body && parts.used == whole.used, "nor do the body and its end");
    }
    return 0;
}
