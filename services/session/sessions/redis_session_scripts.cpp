#include "session/sessions/redis_session_scripts.hpp"

#include <string>

namespace gatehouse::session::scripts {
namespace {

// Redis' own clock decides.
const std::string kNow = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text(number) return string.format('%.0f', number) end
)lua";

// Of epochs (session_record.hpp).
const std::string kOlder = R"lua(
local function older(one, other)
    one, other = string.match(one, '^0*(.*)$'), string.match(other, '^0*(.*)$')
    return #one < #other or (#one == #other and one < other)
end
)lua";

const std::string kHead = R"lua(
local function read(record)
    local epoch, created, touched, absolute, idle, members =
        string.match(record, '^1 (%d+) (%d+) (%d+) (%d+) (%d+) (.*)$')
    if not epoch or #epoch > 19 then return nil end
    return epoch, created, touched, absolute, idle, members
end
)lua";

}  // namespace

// SET comes first: Redis refuses it when memory is short only as long as the script has written nothing.
const redis::Script create(kNow + kOlder + R"lua(
local record, index = KEYS[1], KEYS[2]
local stored = redis.call('GET', KEYS[3])
if stored and older(ARGV[1], stored) then return {'stale', stored} end
local idle, absolute, most = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[5])
local hash, prefix = ARGV[6], ARGV[7]
local head = '1 ' .. ARGV[1] .. ' ' .. text(now) .. ' 0 ' .. ARGV[3] .. ' ' .. ARGV[2] .. ' '
redis.call('SET', record, head .. ARGV[4], 'PX', math.min(idle, absolute))
for i = 4, #KEYS do
    redis.call('DEL', KEYS[i])
    redis.call('ZREM', index, ARGV[i + 4])
end
redis.call('ZREMRANGEBYSCORE', index, '-inf', text(now))
if redis.call('ZCARD', index) >= most then
    local live = {}
    for _, other in ipairs(redis.call('ZRANGE', index, 0, -1)) do
        if redis.call('EXISTS', prefix .. other) == 1 then live[#live + 1] = other
        else redis.call('ZREM', index, other) end
    end
    for i = 1, #live - most + 1 do
        redis.call('DEL', prefix .. live[i])
        redis.call('ZREM', index, live[i])
    end
end
redis.call('ZADD', index, text(now + absolute), hash)
if redis.call('PTTL', index) < absolute then redis.call('PEXPIRE', index, ARGV[3]) end
return {'created', text(now)}
)lua");

const redis::Script touch(kNow + kOlder + kHead + R"lua(
local record, index = KEYS[1], KEYS[2]
local found = redis.call('GET', record)
if not found then return 0 end
local epoch, created, touched, absolute, idle, members = read(found)
if not epoch then return redis.error_reply('UNREADABLE session record') end
local stored, given = redis.call('GET', KEYS[3]), ARGV[1]
local age = math.max(now - created, 0)  -- a clock may have been set back
local left = absolute - age
if (stored and older(epoch, stored)) or (given ~= '' and older(epoch, given)) or left <= 0 then
    redis.call('DEL', record)
    redis.call('ZREM', index, ARGV[3])
    return 0
end
if given ~= '' then
    local kept, at = ARGV[2], 1
    while at <= #members do
        local letter, length = string.match(members, '^(.)(%d+):', at)
        if not letter then return redis.error_reply('UNREADABLE session record') end
        local stop = at + 1 + #length + tonumber(length)
        if stop > #members then return redis.error_reply('UNREADABLE session record') end
        if not string.find('ienr', letter, 1, true) then kept = kept .. string.sub(members, at, stop) end
        at = stop + 1
    end
    members = kept
end
local head = '1 ' .. epoch .. ' ' .. created .. ' ' .. text(age) .. ' ' .. absolute .. ' ' .. idle .. ' '
redis.call('SET', record, head .. members, 'PX', math.min(tonumber(idle), left))
return 1
)lua");

const redis::Script revoke(R"lua(
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('DEL', KEYS[1])
)lua");

// A record that cannot be read ends too: who asks for the end of all sessions must get it.
const redis::Script revoke_all(kOlder + kHead + R"lua(
local index, epoch = KEYS[1], ARGV[1]
local stored = redis.call('GET', KEYS[2])
if stored and older(epoch, stored) then return 0 end
redis.call('SET', KEYS[2], epoch, 'PX', ARGV[2])
local ended = 0
for _, hash in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    local found = redis.call('GET', ARGV[3] .. hash)
    local own = found and read(found)
    if not found or not own or older(own, epoch) then
        redis.call('ZREM', index, hash)
        ended = ended + redis.call('DEL', ARGV[3] .. hash)
    end
end
return ended
)lua");

const redis::Script list(R"lua(
local hashes = redis.call('ZRANGE', KEYS[1], 0, -1)
local records = {}
for i, hash in ipairs(hashes) do records[i] = redis.call('GET', ARGV[1] .. hash) end
return {redis.call('GET', KEYS[2]) or '', hashes, records}
)lua");

}  // namespace gatehouse::session::scripts
