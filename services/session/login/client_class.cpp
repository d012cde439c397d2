#include "session/login/client_class.hpp"

#include <span>

namespace gatehouse::session {
namespace {

struct Mark {
    std::string_view in_user_agent;
    std::string_view name;
};

// The first that is found counts: nearly all browsers claim to be Safari too, and Edge and Opera to be Chrome.
constexpr Mark kPrograms[] = {
    {"Edg", "Edge"},       {"OPR/", "Opera"},     {"Firefox/", "Firefox"},  {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"},
    {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},        {"Wget/", "Wget"},     {"python", "Python"},
    {"Python", "Python"},  {"okhttp", "okhttp"},  {"Go-http-client", "Go"}, {"node", "Node"},
};
constexpr Mark kSystems[] = {
    {"iPhone", "iOS"},    {"iPad", "iOS"},        {"Android", "Android"}, {"Windows", "Windows"},
    {"CrOS", "ChromeOS"}, {"Macintosh", "macOS"}, {"Linux", "Linux"},
};

std::string_view first(std::span<const Mark> marks, std::string_view user_agent) {
    for (const Mark& mark : marks) {
        if (user_agent.find(mark.in_user_agent) != std::string_view::npos) return mark.name;
    }
    return {};
}

}  // namespace

std::string client_class(std::string_view user_agent) {
    if (user_agent.empty()) return {};
    const std::string_view program = first(kPrograms, user_agent);
    const std::string_view system = first(kSystems, user_agent);
    std::string name(program.empty() ? "other" : program);
    if (!system.empty()) name.append(" on ").append(system);
    return name;
}

}  // namespace gatehouse::session
