#include "base/result.hpp"

#include <fmt/format.h>

namespace gatehouse {

std::string_view to_string(Errc code) noexcept {
    switch (code) {
        case Errc::invalid_input:
            return "invalid_input";
        case Errc::not_found:
            return "not_found";
        case Errc::conflict:
            return "conflict";
        case Errc::refused:
            return "refused";
        case Errc::denied:
            return "denied";
        case Errc::overloaded:
            return "overloaded";
        case Errc::timeout:
            return "timeout";
        case Errc::unavailable:
            return "unavailable";
        case Errc::protocol:
            return "protocol";
        case Errc::cancelled:
            return "cancelled";
        case Errc::internal:
            return "internal";
    }
    return "internal";
}

std::string place(const std::source_location& where) {
    if (where.line() == 0) return {};
    std::string_view file = where.file_name();
    for (std::string_view root : {"/libs/", "/proto/", "/services/", "/tests/"}) {
        if (auto at = file.rfind(root); at != std::string_view::npos) {
            file.remove_prefix(at + 1);
            break;
        }
    }
    return fmt::format("{}:{}", file, where.line());
}

std::string describe(const Error& error) {
    const std::string where = place(error.where);
    const auto what = fmt::format("{}: {}", to_string(error.code), error.detail);
    return where.empty() ? what : fmt::format("{} ({})", what, where);
}

}  // namespace gatehouse
