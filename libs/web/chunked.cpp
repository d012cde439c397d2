#include "web/chunked.hpp"

#include <algorithm>

#include "web/head_rules.hpp"

namespace gatehouse::web {
namespace {

constexpr std::size_t kMostOverhead = 1024;
constexpr unsigned kMostSizeDigits = 8;

constexpr int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}
constexpr bool is_text(char c) noexcept { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }

}  // namespace

ChunkedDecoder::State ChunkedDecoder::feed(std::string_view& input, std::string& body) {
    while (!input.empty()) {
        if (part_ == Part::data) {
            const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
            if (take > limit_ - body.size()) return State::too_large;
            body.append(input.substr(0, take));
            input.remove_prefix(take);
            left_ -= take;
            if (left_ == 0) part_ = Part::data_cr;
            continue;
        }
        const char c = input.front();
        input.remove_prefix(1);
        if (const State state = step(c); state != State::more) return state;
        if (part_ == Part::data && left_ > limit_ - body.size()) return State::too_large;
    }
    return State::more;
}

ChunkedDecoder::State ChunkedDecoder::step(char c) noexcept {
    const auto bounded_text = [&] { return is_text(c) && ++overhead_ <= kMostOverhead; };
    switch (part_) {
        case Part::size:
            if (const int value = hex_value(c); value >= 0) {
                if (++digits_ > kMostSizeDigits) return State::bad;
                left_ = left_ * 16 + static_cast<unsigned>(value);
                return State::more;
            }
            if (digits_ == 0) return State::bad;
            if (c == ';') return part_ = Part::extension, State::more;
            if (c == '\r') return part_ = Part::size_lf, State::more;
            return State::bad;
        case Part::extension:
            if (c == '\r') return part_ = Part::size_lf, State::more;
            return bounded_text() ? State::more : State::bad;
        case Part::size_lf:
            if (c != '\n') return State::bad;
            part_ = left_ == 0 ? Part::trailer_start : Part::data;
            digits_ = 0;
            return State::more;
        case Part::data:
            return State::bad;  // handled by feed()
        case Part::data_cr:
            return c == '\r' ? (part_ = Part::data_lf, State::more) : State::bad;
        case Part::data_lf:
            return c == '\n' ? (part_ = Part::size, State::more) : State::bad;
        case Part::trailer_start:
            if (c == '\r') return part_ = Part::end_lf, State::more;
            part_ = Part::trailer_name;
            return is_token_character(c) && bounded_text() ? State::more : State::bad;
        case Part::trailer_name:
            if (c == ':') return part_ = Part::trailer, State::more;
            return is_token_character(c) && bounded_text() ? State::more : State::bad;
        case Part::trailer:
            if (c == '\r') return part_ = Part::trailer_lf, State::more;
            return bounded_text() ? State::more : State::bad;
        case Part::trailer_lf:
            return c == '\n' ? (part_ = Part::trailer_start, State::more) : State::bad;
        case Part::end_lf:
            return c == '\n' ? State::complete : State::bad;
    }
    return State::bad;
}

}  // namespace gatehouse::web
