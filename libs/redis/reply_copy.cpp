#include "redis/reply_copy.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace gatehouse::redis {
namespace {

// First words of error replies that say "not now" or "not you": nothing is wrong with the command.
constexpr std::array<std::string_view, 15> kRefusals{"READONLY",    "LOADING",  "NOAUTH",     "WRONGPASS", "NOPERM",
                                                     "MASTERDOWN",  "OOM",      "MISCONF",    "BUSY",      "NOREPLICAS",
                                                     "CLUSTERDOWN", "TRYAGAIN", "UNKILLABLE", "MOVED",     "EXECABORT"};
constexpr std::string_view kTooManyClients = "ERR max number of clients reached";

Error error_of(std::string_view text) {
    const auto word = text.substr(0, text.find(' '));
    const bool refused = std::ranges::find(kRefusals, word) != kRefusals.end() || text == kTooManyClients;
    text = text.substr(0, text.find(", with args"));
    return {refused ? Errc::unavailable : Errc::protocol, std::string(text.substr(0, 200)),
            std::source_location::current()};
}

bool copy(const redisReply& from, Reply& to) {
    using Kind = Reply::Kind;
    switch (from.type) {
        case REDIS_REPLY_NIL:
            to.kind = Kind::nil;
            return true;
        case REDIS_REPLY_INTEGER:
            to.kind = Kind::integer;
            to.integer = from.integer;
            return true;
        case REDIS_REPLY_STATUS:
            to.kind = Kind::status;
            break;
        case REDIS_REPLY_ERROR:
            to.kind = Kind::error;
            break;
        case REDIS_REPLY_STRING:
            to.kind = Kind::string;
            break;
        case REDIS_REPLY_ARRAY:
            to.kind = Kind::array;
            to.elements.resize(from.elements);
            for (std::size_t i = 0; i < from.elements; ++i) {
                if (!copy(*from.element[i], to.elements[i])) return false;
            }
            return true;
        default:
            return false;  // RESP3, which was not asked for
    }
    to.text.assign(from.str, from.len);
    return true;
}

}  // namespace

Result<Reply> copy_reply(const redisReply& reply) {
    if (reply.type == REDIS_REPLY_ERROR) return std::unexpected(error_of({reply.str, reply.len}));
    Result<Reply> ours;
    if (!copy(reply, *ours)) return fail(Errc::protocol, "a reply of an unknown type");
    return ours;
}

}  // namespace gatehouse::redis
