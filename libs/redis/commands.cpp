#include "redis/commands.hpp"

#include <array>
#include <charconv>

#include "base/secret.hpp"

namespace gatehouse::redis {
namespace {

// `$12\r\n`
void append_head(std::string& bytes, char kind, std::size_t count) {
    std::array<char, 24> text;
    text[0] = kind;
    char* end = std::to_chars(text.data() + 1, text.data() + text.size() - 2, count).ptr;
    *end++ = '\r';
    *end++ = '\n';
    bytes.append(text.data(), end);
}

}  // namespace

void Commands::add(std::span<const std::string_view> words) {
    std::size_t bytes = 0;
    for (auto text : words) bytes += text.size() + 16;
    begin(words.size(), bytes);
    for (auto text : words) word(text);
}

void Commands::begin(std::size_t words, std::size_t bytes) {
    bytes_.reserve(bytes_.size() + 16 + bytes);
    append_head(bytes_, '*', words);
    ends_.push_back(bytes_.size());
}

void Commands::word(std::string_view text) {
    append_head(bytes_, '$', text.size());
    bytes_ += text;
    bytes_ += "\r\n";
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
