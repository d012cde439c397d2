// The text of one log line while it is put together: on the stack, as a line is written at every request and an
// ordinary one is a few hundred bytes; one that is longer moves to memory of its own.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/put_text.hpp"

namespace gatehouse::log {

class Line {
public:
    Line() noexcept { at_ = first_.data(), end_ = first_.data() + first_.size(); }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    [[nodiscard]] std::string_view view() const noexcept { return {begin(), static_cast<std::size_t>(at_ - begin())}; }

    // As it is.
    void text(std::string_view text) {
        room(text.size());
        at_ = put_text(at_, text);
    }

    // `,"name":`
    void key(const Name& name) {
        room(name.member().size());
        std::memcpy(at_, name.member().data(), name.member().size());
        at_ += name.size();
    }

    // With quotes, escaped where it must be.
    void json(std::string_view text) {
        room(json_string_bound(text.size()));
        at_ = write_json_string(at_, text);
    }

    void number(std::int64_t number) {
        room(kMostDigits);
        at_ = put_number(at_, number);
    }

    // Of three digits: zeros in front.
    void thousandths(unsigned number) {
        room(3);
        put_thousandths(number);
    }

    // To the microsecond: 12.345.
    void milliseconds(std::chrono::nanoseconds span) {
        room(1 + kMostDigits + 4);
        if (span.count() < 0) *at_++ = '-';
        const auto microseconds = std::chrono::abs(span) / std::chrono::microseconds(1);
        at_ = put_number(at_, microseconds / 1000);
        *at_++ = '.';
        put_thousandths(static_cast<unsigned>(microseconds % 1000));
    }

private:
    [[nodiscard]] const char* begin() const noexcept { return more_.empty() ? first_.data() : more_.data(); }
    void room(std::size_t bytes) {
        if (static_cast<std::size_t>(end_ - at_) < bytes) [[unlikely]] {
            grow(bytes);
        }
    }
    void grow(std::size_t bytes);

    void put_thousandths(unsigned number) noexcept {
        for (const unsigned unit : {100U, 10U, 1U}) *at_++ = static_cast<char>('0' + number / unit % 10);
    }

    std::array<char, 4096> first_;  // not cleared: what is read was written
    std::string more_;              // in its place once it is too small
    char* at_ = nullptr;
    char* end_ = nullptr;
};

}  // namespace gatehouse::log
