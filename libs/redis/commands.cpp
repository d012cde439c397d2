#include "redis/commands.hpp"

#include <array>
#include <charconv>
#include <cstring>

#include "base/secret.hpp"

namespace gatehouse::redis {
namespace {

constexpr std::size_t kMostOfHead = 1 + 20 + 2;

// `$12\r\n` at `to`; returns its end.
char* put_head(char* to, char kind, std::size_t count) {
    *to++ = kind;
    to = std::to_chars(to, to + kMostOfHead, count).ptr;
    *to++ = '\r';
    *to++ = '\n';
    return to;
}

}  // namespace

void Commands::add(std::span<const std::string_view> words) {
    std::size_t bytes = 0;
    for (auto text : words) bytes += text.size() + 16;
    begin(words.size(), bytes);
    for (auto text : words) word(text);
}

void Commands::begin(std::size_t words, std::size_t bytes) {
    std::array<char, kMostOfHead> head;
    bytes_.reserve(bytes_.size() + head.size() + bytes);
    bytes_.append(head.data(), put_head(head.data(), '*', words));
    ends_.push_back(bytes_.size());
}

// In one step: a batch of checks has two hundred of them.
void Commands::word(std::string_view text) {
    const std::size_t before = bytes_.size();
    const auto write = [&](char* bytes, std::size_t /*most*/) {
        char* at = put_head(bytes + before, '$', text.size());
        std::memcpy(at, text.data(), text.size());
        at += text.size();
        *at++ = '\r';
        *at++ = '\n';
        return static_cast<std::size_t>(at - bytes);
    };
    bytes_.resize_and_overwrite(before + kMostOfHead + text.size() + 2, write);
    ends_.back() = bytes_.size();
}

std::string_view Commands::operator[](std::size_t index) const noexcept {
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(bytes_).substr(begin, ends_[index] - begin);
}

void Commands::wipe_bytes() noexcept {
    wipe(bytes_);
    ends_.clear();
}

}  // namespace gatehouse::redis
