-- What partners' systems are told: a shard's events in the order of the turns that they tell of, how far each endpoint has got in them,
-- and among staff's keys what became of the deliveries.
--
-- An event lies in the stream for WEBHOOK_KEEP_MS, told or not, so that it can be told again; when its person is erased, it is gone at
-- once. Its fields, in this order: to (her number), who (the digest that stands for her), at (ms), type, may (purposes, as bits), data.

local WEBHOOK_KEEP_MS = 7 * 86400000
local WEBHOOK_PAGE = 256
local WEBHOOK_TRIES = 1000 -- deliveries that are remembered of an endpoint; of those that failed for good ten times as many

-- Takes a person's events away.
local function untell(events, who)
  local from = '-'
  while true do
    local page = redis.call('XRANGE', events, from, '+', 'COUNT', WEBHOOK_PAGE)
    for _, event in ipairs(page) do
      if event[2][2] == who then redis.call('XDEL', events, event[1]) end
    end
    if #page < WEBHOOK_PAGE then return end
    from = '(' .. page[#page][1]
  end
end

-- Writes a turn's events. `seen` is a key that ends in the person's digest. args from `at` on: how many events follow, these (type,
-- purposes, data). When she is gone, what is there of her is taken away first, and what tells of that has not her number.
local function tell(events, who, seen, now, gone, args, at)
  if gone then untell(events, who) end
  local count = tonumber(args[at])
  if count == 0 then return end
  local digest, oldest = seen:match(':seen:(.*)$'), string.format('%.0f', redis.call('TIME')[1] * 1000 - WEBHOOK_KEEP_MS)
  for i = 1, count do
    local from = at + 3 * i - 2
    redis.call('XADD', events, 'MINID', oldest, '*', 'to', gone and '' or who, 'who', digest, 'at', now, 'type', args[from],
               'may', args[from + 1], 'data', args[from + 2])
  end
end

-- Keeps how far an endpoint is in a shard. keys: webhooks' places, lease. args: process, token, endpoint, place. Returns 1, or 0 when the
-- lease is another's.
local function webhook_place(keys, args)
  if redis.call('GET', keys[2]) ~= args[1] .. ' ' .. args[2] then return 0 end
  redis.call('HSET', keys[1], args[3], args[4])
  return 1
end

-- Writes down how a delivery ended. keys: the endpoint's tries, dead, and since when endpoints fail. args: endpoint, now in ms, delivered |
-- failed | dead, the line. Returns since when it fails, ms as text; '0' when it does not.
local function webhook_log(keys, args)
  redis.call('XADD', keys[1], 'MAXLEN', '~', WEBHOOK_TRIES, '*', 'try', args[4])
  if args[3] == 'dead' then redis.call('XADD', keys[2], 'MAXLEN', '~', 10 * WEBHOOK_TRIES, '*', 'try', args[4]) end
  if args[3] == 'delivered' then
    redis.call('HDEL', keys[3], args[1])
    return '0'
  end
  redis.call('HSETNX', keys[3], args[1], args[2])
  return redis.call('HGET', keys[3], args[1])
end

redis.register_function('chaski_webhook_place', webhook_place)
redis.register_function('chaski_webhook_log', webhook_log)
