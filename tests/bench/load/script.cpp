#include "load/script.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace gatehouse::bench {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Takes a number and the character behind it off the front of `text`.
std::size_t take_number(std::string_view& text, char end) {
    std::size_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto length = static_cast<std::size_t>(stop - text.data());
    if (error != std::errc{} || length >= text.size() || *stop != end)
        throw std::runtime_error("a record has no length");
    text.remove_prefix(length + 1);
    return number;
}

std::string take_bytes(std::string_view& text, std::size_t count) {
    if (count > text.size()) throw std::runtime_error("a record is cut short");
    std::string bytes(text.substr(0, count));
    text.remove_prefix(count);
    return bytes;
}

bool is_header(std::string_view line, std::string_view name) {
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
    return line.size() > name.size() && std::ranges::equal(line.substr(0, name.size()), name, same);
}

// The head of `text` without its status line; empty: not whole yet.
std::string_view fields_of(std::string_view text) {
    const auto end = text.find(kHeadEnd);
    if (end == std::string_view::npos) return {};
    const auto first = text.find("\r\n") + 2;
    return text.substr(first, end + 2 - first);
}

std::size_t content_length(std::string_view fields) {
    constexpr std::string_view name = "content-length:";
    while (!fields.empty()) {
        const auto end = fields.find("\r\n");
        auto line = fields.substr(0, end);
        fields.remove_prefix(end + 2);
        if (!is_header(line, name)) continue;
        line.remove_prefix(std::min(line.find_first_not_of(' ', name.size()), line.size()));
        std::size_t length = 0;
        const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), length);
        if (error == std::errc{} && stop == line.data() + line.size()) return length;
    }
    throw std::runtime_error("an answer has no Content-Length");
}

}  // namespace

Script read_script(const std::string& requests_file, const std::string& expected_file) {
    Script script;
    const std::string requests = contents(requests_file);
    for (std::string_view rest = requests; !rest.empty();) {
        const auto length = take_number(rest, '\n');
        script.requests.push_back(take_bytes(rest, length));
    }
    const std::string expected = contents(expected_file);
    for (std::string_view rest = expected; !rest.empty();) {
        const auto status = take_number(rest, ' ');
        const auto length = take_number(rest, '\n');
        script.expected.push_back({static_cast<int>(status), take_bytes(rest, length)});
    }
    const auto count = script.expected.size();
    if (script.requests.empty() || (count != 1 && count != script.requests.size())) {
        throw std::runtime_error("there must be requests, and one answer for all or one for each");
    }
    return script;
}

std::size_t whole_answer(std::string_view text) {
    const auto fields = fields_of(text);
    if (fields.empty()) return 0;
    const auto head = static_cast<std::size_t>(fields.data() - text.data()) + fields.size() + 2;
    const auto length = head + content_length(fields);
    return text.size() < length ? 0 : length;
}

bool is_as_expected(std::string_view answer, const Expected& expected) {
    constexpr std::string_view version = "HTTP/1.1 ";
    if (!answer.starts_with(version)) return false;
    int status = 0;
    std::from_chars(answer.data() + version.size(), answer.data() + answer.size(), status);
    const auto body = answer.substr(answer.find(kHeadEnd) + kHeadEnd.size());
    const auto same = [](char got, char wanted) { return got == wanted || wanted == '\x01'; };
    return status == expected.status && std::ranges::equal(body, expected.body, same);
}

}  // namespace gatehouse::bench
