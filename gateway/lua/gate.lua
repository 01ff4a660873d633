-- The gate of a broadcast in a shard: what was fed and is not being sent is taken back, so that nothing more of it goes.

-- Takes a notice out of the stream, unless a provider is being called with it or was. Its record says so to whoever has it in memory, and to
-- receipts: what becomes of this id is the ledger's no more. Returns whether it did.
local function take_back(prefix, bulk, id, now)
  local day = math.floor(tonumber(id:match('^%d+')) / (DAY_S * 1000))
  local sends = string.format('%ssends:%.0f', prefix, day)
  local r = read_record(redis.call('HGET', sends, id)) or new_record()
  if r.state ~= 'new' and r.state ~= 'wait' then return false end
  r.state, r.at, r.code = 'resent', now, 'taken back'
  redis.call('XDEL', bulk, id)
  redis.call('HSET', sends, id, text_of(r))
  keep(sends, redis.call('HGET', sends, 'kept'), now)
  return true
end

-- Opens ('') or shuts (paused, cancelled) the gate; a cancellation is for good, and settles all who wait.
-- keys: bulk, rows, sums, out. args: gate, now in ms. Returns 1.
local function cast_gate(keys, args)
  local bulk, rows, sums, out = unpack(keys)
  local was, people, next = unpack(redis.call('HMGET', sums, 'gate', 'people', 'next'), 1, 3)
  if was == 'cancelled' or (was or '') == args[1] then return 1 end
  redis.call('HSET', sums, 'gate', args[1])
  if args[1] == '' or not people then return 1 end
  local prefix, fed = bulk:match('^.-}:'), redis.call('HGETALL', out)
  for i = 1, #fed, 2 do
    local id, cost = fed[i + 1]:match('^(%S+) (%d+)$')
    if id and take_back(prefix, bulk, id, args[2]) then
      cast_uncost(sums, cost)
      redis.call('HSET', out, fed[i], '')
      id = nil
    end
    if not id and args[1] == 'cancelled' then cast_settle(rows, sums, out, fed[i], 'dropped', 'cancelled') end
  end
  if args[1] == 'cancelled' then
    local left = tonumber(people) - tonumber(next)
    redis.call('HINCRBY', sums, 'queued', 0 - left)
    redis.call('HINCRBY', sums, 'dropped', left)
  end
  return 1
end

redis.register_function('chaski_cast_gate', cast_gate)
