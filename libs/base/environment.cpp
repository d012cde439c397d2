#include <cerrno>
#include <fstream>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "base/settings.hpp"
#include "base/text.hpp"

namespace gatehouse {
namespace {

bool is_name(std::string_view text) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    constexpr std::string_view digits = "0123456789";
    return !text.empty() && digits.find(text.front()) == std::string_view::npos &&
           text.find_first_not_of(std::string(letters) + std::string(digits)) == std::string_view::npos;
}

// What stands behind the closing quote may be blank or a comment.
bool is_rest_of_line(std::string_view text) {
    text = trim(text);
    return text.empty() || text.front() == '#';
}

// 'as it is' or "with \" \\ \n inside". Nothing: no closing quote, or text behind it.
std::optional<std::string> unquote(std::string_view text) {
    const char quote = text.front();
    std::string value;
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] == quote) return is_rest_of_line(text.substr(at + 1)) ? std::optional(value) : std::nullopt;
        if (quote == '"' && text[at] == '\\' && at + 1 < text.size()) {
            ++at;
            if (text[at] != '"' && text[at] != '\\' && text[at] != 'n') value += '\\';
            value += text[at] == 'n' ? '\n' : text[at];
        } else {
            value += text[at];
        }
    }
    return std::nullopt;
}

// Unquoted: up to a # behind a blank.
std::string_view cut_comment(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '#' && (at == 0 || text[at - 1] == ' ' || text[at - 1] == '\t')) {
            return trim(text.substr(0, at));
        }
    }
    return trim(text);
}

// False: the line cannot be read.
bool read_line(std::string_view line, Environment& into) {
    line = trim(line);
    if (line.empty() || line.front() == '#') return true;
    if (line.starts_with("export ")) line = trim(line.substr(7));
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || !is_name(line.substr(0, equals))) return false;
    const std::string name(line.substr(0, equals));
    const std::string_view rest = trim(line.substr(equals + 1));
    if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) {
        into.insert_or_assign(name, std::string(cut_comment(rest)));
        return true;
    }
    const auto value = unquote(rest);
    if (value) into.insert_or_assign(name, *value);
    return value.has_value();
}

}  // namespace

Result<Environment> read_dotenv(const std::string& path) {
    Environment found;
    errno = 0;
    std::ifstream file(path);
    if (!file) {
        if (errno == ENOENT) return found;
        return fail(Errc::invalid_input,
                    fmt::format("{} cannot be read: {}", path, std::generic_category().message(errno)));
    }
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        const std::string_view text =
            number == 1 && line.starts_with("\xEF\xBB\xBF") ? std::string_view(line).substr(3) : line;
        if (!read_line(text, found)) {
            return fail(Errc::invalid_input, fmt::format("{}:{}: not a line of the form NAME=VALUE", path, number));
        }
    }
    if (file.bad()) return fail(Errc::invalid_input, fmt::format("{} cannot be read", path));
    return found;
}

Result<Environment> read_environment(const std::string& dotenv) {
    auto env = read_dotenv(dotenv);
    if (!env) return env;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        if (const auto equals = text.find('='); equals != std::string_view::npos && equals > 0) {
            env->insert_or_assign(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
        }
    }
    return env;
}

}  // namespace gatehouse
