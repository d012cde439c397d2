-- http-request lua.gatehouse PATH: asks the gateway whether this request may pass. Allowed: it passes, with who it is in
-- Remote-* and txn.gatehouse set to "allowed". Else the gateway's answer is the client's: 401, the way to the sign-in page,
-- 403, 503. haproxy.cfg lets nothing pass without that variable, so that a fault in here closes.

local identity = {"Remote-User", "Remote-Groups", "Remote-Email", "Remote-Name"}
-- Of the client's headers what the answer depends on; the proxy's own are set in haproxy.cfg.
local asked_with = {"cookie", "accept", "sec-fetch-mode", "x-requested-with", "x-request-id",
    "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
-- Of a refusal.
local told = {"Content-Type", "Cache-Control", "Location", "WWW-Authenticate", "Retry-After", "X-Content-Type-Options"}

-- The values of a header of the gateway's answer, whatever its case.
local function values(headers, name)
    return headers and headers[name:lower()] or {}
end

local function question(txn)
    local theirs = txn.http:req_get_headers()
    local headers = {
        host = {"gatehouse"},
        ["x-forwarded-method"] = {txn.f:method()},
        ["x-forwarded-uri"] = {txn.f:pathq()},
    }
    for _, name in ipairs(asked_with) do
        local list = {}
        local i = 0
        while theirs[name] and theirs[name][i] do   -- from 0 on
            list[#list + 1] = theirs[name][i]
            i = i + 1
        end
        if #list > 0 then headers[name] = list end
    end
    return headers
end

local function refuse(txn, answer)
    local reply = txn:reply({status = answer.status, body = answer.body})
    for _, name in ipairs(told) do
        for _, value in pairs(values(answer.headers, name)) do reply:add_header(name, value) end
    end
    txn:done(reply)
end

core.register_action("gatehouse", {"http-req"}, function(txn, path)
    txn:set_var("txn.gatehouse", "unknown")
    local answer = core.httpclient():get({
        url = "http://gatehouse" .. path,
        dst = "abns@gatehouse-ask",
        headers = question(txn),
        timeout = 6000,
    })
    local status = answer and answer.status
    if status == 200 then
        for _, name in ipairs(identity) do
            local value = values(answer.headers, name)
            txn.http:req_set_header(name, value[0] or "")
        end
        txn:set_var("txn.gatehouse", "allowed")
    elseif status and status >= 300 and values(answer.headers, "X-Request-Id")[0] then   -- else it is none of the gateway
        refuse(txn, answer)
    end
end, 1)
