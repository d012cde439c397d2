// Decodes a chunked body (RFC 9112 section 7.1) strictly: what one parser takes for a size, every parser must.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::web {

class ChunkedDecoder {
public:
    enum class State : std::uint8_t { more, complete, bad, too_large };

    explicit ChunkedDecoder(std::size_t body_limit) noexcept : limit_(body_limit) {}

    // Consumes bytes from the front of `input` and appends what they carry to `body`. Chunk extensions and trailer
    // fields are read and dropped, bounded to 1 KiB in all. After `complete` the rest of `input` is the next request.
    State feed(std::string_view& input, std::string& body);

private:
    enum class Part : std::uint8_t {
        size,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer_start,
        trailer_name,
        trailer,
        trailer_lf,
        end_lf
    };
    State step(char c) noexcept;

    std::size_t limit_;
    std::size_t overhead_ = 0;  // bytes of extensions and trailers
    std::uint64_t left_ = 0;    // of this chunk
    unsigned digits_ = 0;
    Part part_ = Part::size;
};

}  // namespace gatehouse::web
