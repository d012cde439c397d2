#include "session/credentials.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gatehouse::session {
namespace {

bool is_scope(std::string_view text) {
    return text == "login" || text == "introspect" || text == "revoke" || text == "admin" || text == kDisabled;
}

void add(Credentials& to, std::size_t number, std::string_view item) {
    auto entry = crypto::parse_credential_entry(item);
    if (!entry) {
        to.mistakes.push_back(fmt::format("entry {}: {}", number, entry.error().detail));
        return;
    }
    if (!std::ranges::all_of(entry->scopes, is_scope)) {
        to.mistakes.push_back(
            fmt::format("entry {}: {} has a scope that is none of login, introspect, revoke, admin and disabled",
                        number, entry->name));
        return;
    }
    if (std::ranges::find(to.entries, entry->hash, &crypto::CredentialEntry::hash) != to.entries.end()) {
        to.mistakes.push_back(
            fmt::format("entry {}: {} stands there already, with the same hash", number, entry->name));
        return;
    }
    to.entries.push_back(*std::move(entry));
}

}  // namespace

Credentials parse_credentials(std::string_view text) {
    Credentials read;
    std::size_t number = 0;
    while (!text.empty()) {
        std::string_view line = take_item(text, '\n');
        while (!line.empty()) {
            const std::string_view item = take_item(line);
            if (!item.empty()) add(read, ++number, item);
        }
    }
    if (number == 0) read.mistakes.emplace_back("holds no entry: nobody could ask");
    return read;
}

}  // namespace gatehouse::session
