#include "redis/commands.hpp"

#include <array>
#include <charconv>

#include "base/secret.hpp"

namespace gatehouse::redis {
namespace {

void append_head(std::string& bytes, char kind, std::size_t count) {
    std::array<char, 24> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), count).ptr;
    bytes += kind;
    bytes.append(text.data(), end);
    bytes += "\r\n";
}

}  // namespace

void Commands::add(std::span<const std::string_view> words) {
    std::size_t needed = 16;
    for (auto word : words) needed += word.size() + 16;
    bytes_.reserve(bytes_.size() + needed);
    append_head(bytes_, '*', words.size());
    for (auto word : words) {
        append_head(bytes_, '$', word.size());
        bytes_ += word;
        bytes_ += "\r\n";
    }
    ends_.push_back(bytes_.size());
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
