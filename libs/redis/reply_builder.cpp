#include "redis/reply_builder.hpp"

namespace gatehouse::redis {
namespace {

constexpr std::size_t kMostElements = 65536;  // of one array: Redis' own replies to us have at most some hundred

}  // namespace

// hiredis keeps for each array what its constructor gave: this object for the outermost, a Reply within.
Reply& ReplyBuilder::place(const redisReadTask& task) noexcept {
    if (task.parent == nullptr) return reply_;
    Reply& array = task.parent->parent == nullptr ? reply_ : *static_cast<Reply*>(task.parent->obj);
    return array.elements[static_cast<std::size_t>(task.idx)];
}

void* ReplyBuilder::made(const redisReadTask& task, Reply& reply) noexcept {
    if (task.parent != nullptr) return &reply;
    type = task.type;
    str = reply.text.data();
    len = reply.text.size();
    return static_cast<redisReply*>(this);
}

void* ReplyBuilder::text(const redisReadTask& task, std::string_view bytes) {
    Reply& reply = place(task);
    switch (task.type) {
        case REDIS_REPLY_STRING:
            reply.kind = Reply::Kind::string;
            break;
        case REDIS_REPLY_STATUS:
            reply.kind = Reply::Kind::status;
            break;
        case REDIS_REPLY_ERROR:
            reply.kind = Reply::Kind::error;
            break;
        default:
            return nullptr;  // RESP3, which was not asked for
    }
    reply.text.assign(bytes);
    return made(task, reply);
}

void* ReplyBuilder::array(const redisReadTask& task, std::size_t count) {
    if (task.type != REDIS_REPLY_ARRAY || count > kMostElements) return nullptr;
    Reply& reply = place(task);
    reply.kind = Reply::Kind::array;
    reply.elements.resize(count);
    return made(task, reply);
}

void* ReplyBuilder::integer(const redisReadTask& task, long long value) {
    Reply& reply = place(task);
    reply.kind = Reply::Kind::integer;
    reply.integer = value;
    return made(task, reply);
}

void* ReplyBuilder::nil(const redisReadTask& task) {
    Reply& reply = place(task);
    reply.kind = Reply::Kind::nil;
    return made(task, reply);
}

}  // namespace gatehouse::redis
