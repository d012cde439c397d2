#include "ctl/table.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace gatehouse::ctl {

namespace {

std::size_t code_points(std::string_view utf8) {
    auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; };
    return static_cast<std::size_t>(std::ranges::count_if(utf8, begins));
}

}  // namespace

std::string harmless(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto c = static_cast<unsigned char>(text[at]);
        const bool c1 = c == 0xC2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0;
        if (c1) ++at;  // U+0080 to U+009F
        out += c < 0x20 || c == 0x7F || c1 ? '?' : text[at];
    }
    return out;
}

std::string Table::text() const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t n = 0; n < row.size(); ++n) widths[n] = std::max(widths[n], code_points(harmless(row[n])));
    }
    std::string out;
    for (const auto& row : rows_) {
        for (std::size_t n = 0; n < row.size(); ++n) {
            const auto cell = harmless(row[n]);
            out += cell;
            if (n + 1 < row.size()) out.append(widths[n] - code_points(cell) + 2, ' ');
        }
        out += '\n';
    }
    return out;
}

std::string listing(const std::vector<std::pair<std::string, std::string>>& members) {
    std::size_t width = 0;
    for (const auto& [name, value] : members) width = std::max(width, name.size());
    std::string out;
    for (const auto& [name, value] : members) out += fmt::format("{:<{}}  {}\n", name, width, harmless(value));
    return out;
}

std::string time_text(std::optional<std::int64_t> unix_seconds) {
    if (!unix_seconds) return "-";
    return fmt::format("{:%Y-%m-%d %H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(*unix_seconds)));
}

std::string span_text(std::int64_t seconds) {
    if (seconds < 60) return fmt::format("{} s", seconds);
    const auto minutes = seconds / 60;
    if (minutes < 60) return fmt::format("{} min", minutes);
    const auto hours = minutes / 60;
    if (hours < 24) return minutes % 60 ? fmt::format("{} h {} min", hours, minutes % 60) : fmt::format("{} h", hours);
    return hours % 24 ? fmt::format("{} d {} h", hours / 24, hours % 24) : fmt::format("{} d", hours / 24);
}

}  // namespace gatehouse::ctl
