#include "session/sessions/session_record.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "base/digits.hpp"
#include "base/text.hpp"

namespace gatehouse::session {
namespace {

std::unexpected<Error> unreadable(std::string_view what, std::source_location where = std::source_location::current()) {
    return fail(Errc::protocol, fmt::format("a session record cannot be read: {}", what), where);
}

// Takes digits and the character after them off the front of `text`. More than 18 are no time and no length.
std::optional<std::int64_t> take_number(std::string_view& text, char end) {
    const char* const begin = text.data();
    const char* const stop = begin + text.size();
    const char* at = begin;
    const auto value = take_digits(at, stop);
    if (at == begin || at == stop || *at != end) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(at - begin) + 1);
    return static_cast<std::int64_t>(value);
}

// The same of an epoch, which may have 19 digits.
std::optional<Epoch> take_epoch(std::string_view& text) {
    const char* const begin = text.data();
    const char* const stop = begin + text.size();
    const char* at = begin;
    auto number = take_digits(at, stop);
    if (static_cast<std::size_t>(at - begin) == kDigitsTaken && at != stop && *at >= '0' && *at <= '9') {
        number = 10 * number + static_cast<std::uint64_t>(*at++ - '0');  // 19 digits fit
    }
    if (at == begin || number > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(at - begin));
    return Epoch{static_cast<std::int64_t>(number)};
}

void append_member(std::string& to, char letter, std::string_view bytes) {
    fmt::format_to(std::back_inserter(to), "{}{}:", letter, bytes.size());
    to += bytes;
}

SystemTime at(std::int64_t unix_ms) { return SystemTime(std::chrono::milliseconds(unix_ms)); }

Result<void> read_member(char letter, std::string_view bytes, Session& into) {
    switch (letter) {
        case 'i': {
            const auto id = parse_number<std::int64_t>(bytes);
            if (!id) return unreadable("user id");
            into.user.id = UserId{*id};
            break;
        }
        case 'e':
            into.user.email.assign(bytes);
            break;
        case 'n':
            into.user.full_name.assign(bytes);
            break;
        case 'r':
            into.user.role.assign(bytes);
            break;
        case 'c':
            into.client.assign(bytes);
            break;
        default:
            break;  // written by a newer version
    }
    return {};
}

}  // namespace

std::string epoch_text(Epoch epoch) {
    return std::to_string(std::max<std::int64_t>(static_cast<std::int64_t>(epoch), 0));
}

Result<Epoch> read_epoch(std::string_view text) {
    const auto epoch = take_epoch(text);
    if (!epoch || !text.empty()) return unreadable("epoch");
    return *epoch;
}

std::string facts_members(const UserFacts& facts) {
    std::string members;
    append_member(members, 'i', std::to_string(static_cast<std::int64_t>(facts.id)));
    append_member(members, 'e', facts.email);
    append_member(members, 'n', facts.full_name);
    append_member(members, 'r', facts.role);
    return members;
}

std::string client_member(std::string_view client) {
    std::string member;
    append_member(member, 'c', client.substr(0, 32));
    return member;
}

Result<void> read_record(std::string_view record, Session& into) {
    if (!record.starts_with("1 ")) return unreadable("unknown version");
    record.remove_prefix(2);
    const auto epoch = take_epoch(record);
    if (!epoch || !record.starts_with(' ')) return unreadable("epoch");
    record.remove_prefix(1);
    const auto created = take_number(record, ' ');
    const auto touched = created ? take_number(record, ' ') : std::nullopt;
    const auto absolute = touched ? take_number(record, ' ') : std::nullopt;
    const auto idle = absolute ? take_number(record, ' ') : std::nullopt;
    if (!idle) return unreadable("times");

    into.user.epoch = *epoch;
    into.created_at = at(*created);
    into.touched_at = at(*created + *touched);  // each of 18 digits: the sum fits
    into.absolute_end = at(*created + *absolute);
    into.expires_in = std::chrono::milliseconds(std::min(*idle, *absolute - *touched));
    bool has_user = false;
    while (!record.empty()) {
        const char letter = record.front();
        record.remove_prefix(1);
        const auto length = take_number(record, ':');
        if (!length || static_cast<std::uint64_t>(*length) > record.size()) return unreadable("members");
        const auto bytes = record.substr(0, static_cast<std::size_t>(*length));
        if (auto read = read_member(letter, bytes, into); !read) return read;
        has_user = has_user || letter == 'i';
        record.remove_prefix(bytes.size());
    }
    if (!has_user) return unreadable("no user");
    return {};
}

}  // namespace gatehouse::session
