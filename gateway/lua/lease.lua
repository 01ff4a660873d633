-- Who works on what: the processes that are there, the leases of shards with their fencing tokens, and what all must agree on about a
-- channel's limits.

local ABSENT_MS = 6000 -- a process that has not told of itself for so long is gone

-- keys: workers. args: process, now in ms, '1' when it leaves. Returns how many processes are there.
local function attend(keys, args)
  local owner, now, leaves = args[1], tonumber(args[2]), args[3] == '1'
  if leaves then redis.call('ZREM', keys[1], owner) else redis.call('ZADD', keys[1], now, owner) end
  redis.call('ZREMRANGEBYSCORE', keys[1], '-inf', '(' .. string.format('%.0f', now - ABSENT_MS))
  -- Nor does what was told by a clock that was set back since: who is there tells again within a second.
  redis.call('ZREMRANGEBYSCORE', keys[1], '(' .. string.format('%.0f', now + ABSENT_MS), '+inf')
  return redis.call('ZCARD', keys[1])
end

-- Takes, renews or (0 ms) gives back a shard's lease. The token rises with each new holder.
-- keys: lease, fence. args: process, ms. Returns the token, 0 when another process holds it or nobody does any more.
local function lease(keys, args)
  local owner, keep = args[1], tonumber(args[2])
  local holder, token = (redis.call('GET', keys[1]) or ''):match('^(%S+) (%d+)$')
  if holder and holder ~= owner then return 0 end
  if keep <= 0 then
    redis.call('DEL', keys[1])
    return 0
  end
  if holder then
    redis.call('PEXPIRE', keys[1], keep)
    return tonumber(token)
  end
  local fresh = redis.call('INCR', keys[2])
  redis.call('SET', keys[1], owner .. ' ' .. fresh, 'PX', keep)
  return fresh
end

local LIMITS_KEEP_S = 3 * 86400 -- the longest limit counts a day

-- keys: limits. args: what it must be ('' at first), what it becomes. Returns 1, or what it is.
local function swap(keys, args)
  local held = redis.call('GET', keys[1]) or ''
  if held ~= args[1] then return held end
  redis.call('SET', keys[1], args[2], 'EX', LIMITS_KEEP_S)
  return 1
end

redis.register_function('chaski_attend', attend)
redis.register_function('chaski_lease', lease)
redis.register_function('chaski_swap', swap)
