// Aligned columns for people. What came from a database or a client cannot move the cursor or colour the terminal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::ctl {

class Table {
public:
    explicit Table(std::vector<std::string> heads) { add(std::move(heads)); }
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] std::string text() const;  // with the heads, one line per row

private:
    std::vector<std::vector<std::string>> rows_;
};

// "name   value" lines, one per pair.
[[nodiscard]] std::string listing(const std::vector<std::pair<std::string, std::string>>& members);

// Control characters (C0, DEL, C1) become '?'.
[[nodiscard]] std::string harmless(std::string_view text);

// "2026-11-22 13:10:27Z"; "-" without a time.
[[nodiscard]] std::string time_text(std::optional<std::int64_t> unix_seconds);
// "45 s", "12 min", "3 h 20 min", "2 d 4 h".
[[nodiscard]] std::string span_text(std::int64_t seconds);

}  // namespace gatehouse::ctl
