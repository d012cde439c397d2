#include "base/settings.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/edit_distance.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"

namespace gatehouse {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view masked = "********";
constexpr std::size_t nearest_distance = 2;
constexpr std::size_t short_name = 6;              // a shorter one is near to too much: one step only
constexpr std::string_view systems[] = {"PAGER"};  // set by systems, and one step from a name of ours
constexpr std::size_t secret_file_bytes = 64 * 1024;

// A value that is wrong, short enough for a sentence. Only for variables that are not secret.
std::string in_quotes(std::string_view value) {
    std::string out;
    append_json_string(out, cut_utf8(value, 40));
    return out;
}

struct Unit {
    std::string_view name;
    milliseconds length;
};
constexpr std::array units{Unit{"ms", milliseconds(1)}, Unit{"s", std::chrono::seconds(1)},
                           Unit{"m", std::chrono::minutes(1)}, Unit{"h", std::chrono::hours(1)},
                           Unit{"d", std::chrono::days(1)}};

std::optional<milliseconds> parse_duration(std::string_view text, milliseconds bare_unit) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_number<std::int64_t>(text.substr(0, digits));
    const auto name = text.substr(digits);
    const auto* unit = std::ranges::find_if(units, [&](const Unit& u) { return u.name == name; });
    if (!number || (unit == units.end() && !name.empty())) return std::nullopt;
    const auto length = name.empty() ? bare_unit : unit->length;
    if (*number > milliseconds::max() / length) return std::nullopt;
    return length * *number;
}

// 5400 s -> "90m": in the largest unit that leaves no rest.
std::string print_duration(milliseconds value) {
    for (auto unit = units.rbegin(); unit != units.rend(); ++unit) {
        if (value >= unit->length && value % unit->length == milliseconds::zero()) {
            return fmt::format("{}{}", value / unit->length, unit->name);
        }
    }
    return fmt::format("{}ms", value.count());
}

// Not a secret that was put where its file's name belongs? Those have no directory of this host in front.
bool is_surely_path(const std::string& text) {
    const auto first_ends = text.find('/', 1);
    std::error_code ignored;
    return text.starts_with('/') && first_ends != std::string::npos &&
           std::filesystem::is_directory(text.substr(0, first_ends), ignored);
}

// Kubernetes and Docker links put these into every container, named after services: REDIS_PORT=tcp://…,
// GATEHOUSE_SESSION_SERVICE_HOST=…. Nobody typed them.
bool is_service_link(std::string_view name, std::string_view value) {
    return name.ends_with("_SERVICE_HOST") || name.find("_SERVICE_PORT") != std::string_view::npos ||
           name.find("_TCP") != std::string_view::npos || value.starts_with("tcp://");
}

}  // namespace

Result<Secret> read_secret_file(const std::string& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string bytes(secret_file_bytes + 1, '\0');
    if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())) && !file.eof()) {
        return fail(Errc::invalid_input, fmt::format("cannot be read: {}", std::generic_category().message(errno)));
    }
    const auto length = static_cast<std::size_t>(file.gcount());
    std::string_view content(bytes.data(), length);
    if (content.ends_with('\n')) content.remove_suffix(1);
    Secret secret(content);
    wipe(bytes);
    if (length > secret_file_bytes) return fail(Errc::invalid_input, "names a file over 64 KiB");
    if (secret.empty()) return fail(Errc::invalid_input, "names an empty file");
    return secret;
}

Settings::Settings(Environment env, std::span<const std::string_view> known)
    : env_(std::move(env)), known_(known.begin(), known.end()) {}

bool Settings::is_set(std::string_view name) const {
    const auto found = env_.find(name);
    return found != env_.end() && !found->second.empty();
}

bool Settings::is_secret_set(std::string_view name) const {
    return is_set(name) || is_set(std::string(name) + "_FILE");
}

std::optional<std::string> Settings::text(std::string_view name) {
    auto value = is_set(name) ? std::optional(env_.find(name)->second) : std::nullopt;
    shown_.insert_or_assign(std::string(name), Setting{std::string(name), value.value_or(""), !value});
    return value;
}

std::string Settings::text(std::string_view name, std::string_view fallback) {
    auto value = text(name);
    if (value) return *std::move(value);
    shown_.find(name)->second.value = fallback;
    return std::string(fallback);
}

std::optional<Secret> Settings::secret(std::string_view name) {
    const std::string file_name = std::string(name) + "_FILE";
    auto value = text(name);
    auto path = text(file_name);
    if (value) shown_.find(name)->second.value = masked;
    if (value && path) {
        mistake(name, fmt::format("and {} are both set; keep one", file_name));
        wipe(*value);
        return std::nullopt;
    }
    if (value) return Secret(std::move(*value));
    if (!path) return std::nullopt;
    auto content = read_secret_file(*path);
    if (!content) {
        const std::string& why = content.error().detail;
        mistake(file_name, is_surely_path(*path) ? fmt::format("({}) {}", *path, why) : why);
        return std::nullopt;
    }
    shown_.insert_or_assign(std::string(name), Setting{std::string(name), std::string(masked), false});
    return std::move(*content);
}

std::int64_t Settings::integer(std::string_view name, std::int64_t fallback, std::int64_t least, std::int64_t most) {
    const auto value = text(name, std::to_string(fallback));
    const auto number = parse_number<std::int64_t>(trim(value));
    if (number && *number >= least && *number <= most) return *number;
    mistake(name, fmt::format("must be a whole number from {} to {}, not {}", least, most, in_quotes(value)));
    return fallback;
}

std::size_t Settings::count(std::string_view name, std::size_t fallback, std::size_t least, std::size_t most) {
    const auto number = [](std::size_t value) { return static_cast<std::int64_t>(value); };
    return static_cast<std::size_t>(integer(name, number(fallback), number(least), number(most)));
}

milliseconds Settings::wait(std::string_view name, milliseconds fallback) {
    return duration(name, fallback, std::chrono::seconds(1), milliseconds(10), std::chrono::minutes(10));
}

bool Settings::flag(std::string_view name, bool fallback) {
    const auto value = text(name, fallback ? "on" : "off");
    const auto is = [&](std::string_view word) { return equals_ignoring_case(trim(value), word); };
    if (std::ranges::any_of(std::array{"on", "true", "yes", "1"}, is)) return true;
    if (std::ranges::any_of(std::array{"off", "false", "no", "0"}, is)) return false;
    mistake(name, fmt::format("must be on or off, not {}", in_quotes(value)));
    return fallback;
}

milliseconds Settings::duration(std::string_view name, milliseconds fallback, milliseconds unit, milliseconds least,
                                milliseconds most) {
    const auto value = text(name, print_duration(fallback));
    const auto parsed = parse_duration(trim(value), unit);
    if (parsed && *parsed >= least && *parsed <= most) {
        shown_.find(name)->second.value = print_duration(*parsed);
        return *parsed;
    }
    mistake(name,
            fmt::format("must be a duration from {} to {} (such as 250ms, 5s, 15m, 24h; a bare number counts in {}), "
                        "not {}",
                        print_duration(least), print_duration(most), print_duration(unit).substr(1), in_quotes(value)));
    return fallback;
}

std::vector<std::string> Settings::list(std::string_view name) {
    const auto value = text(name, "");
    std::vector<std::string> items;
    std::string_view rest = value;
    while (!rest.empty()) {
        if (const auto item = take_item(rest); !item.empty()) items.emplace_back(item);
    }
    return items;
}

std::string Settings::choice(std::string_view name, std::string_view fallback,
                             std::initializer_list<std::string_view> choices) {
    const auto value = text(name, fallback);
    for (const auto& allowed : choices) {
        if (equals_ignoring_case(trim(value), allowed)) return std::string(allowed);
    }
    mistake(name, fmt::format("must be one of {}, not {}", fmt::join(choices, ", "), in_quotes(value)));
    return std::string(fallback);
}

void Settings::mistake(std::string_view name, std::string_view what) {
    auto sentence = fmt::format("{} {}", name, what);
    if (std::ranges::find(mistakes_, sentence) == mistakes_.end()) mistakes_.push_back(std::move(sentence));
}

std::vector<std::string> Settings::mistakes() const {
    auto all = mistakes_;
    for (const auto& [name, value] : env_) {
        if (std::ranges::find(known_, name) != known_.end() || is_service_link(name, value)) continue;
        if (std::ranges::find(systems, name) != std::end(systems)) continue;
        std::string_view nearest;
        std::size_t nearest_so_far = nearest_distance + 1;
        for (const auto known : known_) {
            const auto distance = edit_distance(name, known, nearest_distance);
            if (distance >= nearest_so_far || (known.size() < short_name && distance > 1)) continue;
            nearest = known;
            nearest_so_far = distance;
        }
        if (!nearest.empty()) {
            all.push_back(fmt::format("{} is not a variable of Gatehouse; did you mean {}?", name, nearest));
        } else if (name.starts_with("GATEHOUSE_")) {
            all.push_back(fmt::format("{} is not a variable of Gatehouse", name));
        }
    }
    return all;
}

std::vector<Setting> Settings::shown() const {
    std::vector<Setting> all;
    all.reserve(shown_.size());
    for (const auto& [name, setting] : shown_) all.push_back(setting);
    return all;
}

}  // namespace gatehouse
