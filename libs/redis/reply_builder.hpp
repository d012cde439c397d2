// Makes hiredis build our replies while it reads, instead of objects of its own that would be copied and freed: one
// allocation for each text, one for each array. Private to libs/redis.
#pragma once

#include <string_view>

#include <hiredis/hiredis.h>

#include "redis/reply.hpp"

namespace gatehouse::redis {

// One per connection, and no smaller lifetime than its reader's: the reply that is being read. hiredis looks at the
// `type` of whatever it is given for a reply, and at the `str` of an error, so that it begins with a redisReply.
class ReplyBuilder : public redisReply {
public:
    ReplyBuilder() : redisReply{} {}
    ReplyBuilder(const ReplyBuilder&) = delete;
    ReplyBuilder& operator=(const ReplyBuilder&) = delete;

    // Each for one of hiredis' constructor functions, and answers what that has to: null refuses, which ends the
    // connection.
    void* text(const redisReadTask& task, std::string_view bytes);
    void* array(const redisReadTask& task, std::size_t count);
    void* integer(const redisReadTask& task, long long value);
    void* nil(const redisReadTask& task);
    void clear() { reply_ = {}; }

    // The whole reply, when hiredis says that it is there.
    [[nodiscard]] Reply& reply() noexcept { return reply_; }

private:
    Reply& place(const redisReadTask& task) noexcept;
    void* made(const redisReadTask& task, Reply& reply) noexcept;

    Reply reply_;
};

}  // namespace gatehouse::redis
