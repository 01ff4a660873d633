-- Broadcasts: in each shard a ledger of who is to get one and what became of each; and their records, among staff's.
--
-- A shard's people are numbered from 0, in the order of the list `people`. The ledger of broadcast N lies in cast:N:
--   people  list: who each is; '' whom the shard has forgotten since
--   rows    number → "STATE REASON" of those that are settled: sent, delivered, read, failed, dropped, doubt, excluded
--   out     number → "ENTRY COST" of those on their way in the stream; '' of those that were taken back from there
--   sums    how many are in each state, and: people, next (the first that was never fed), cost, gate ('' | paused | cancelled)
-- Who has no row is queued; behind a cancellation, dropped. The shard's set `casts` has the numbers of its ledgers.
--
-- Who is invited to a training by one is in the shard's hash `invited`: who → "TRAINING MS", the last of them.
--
-- The id of a notice tells which row is its own: "MS-S", S = (N + 1) * 2^32 + number. Those of all else in bulk are below 2^33.

local CAST_SPAN = BULK_NUMBER

-- Gives the broadcast and the number of whom an entry goes to; nil where it is of none.
local function cast_of(id)
  local dash = id:find('-', 1, true)
  if #id - dash < 10 then return nil end -- a reply
  local number = tonumber(id:sub(dash + 1))
  if number < 2 * CAST_SPAN then return nil end
  return math.floor(number / CAST_SPAN) - 1, string.format('%.0f', number % CAST_SPAN)
end

local function cast_key(prefix, cast, kind) return string.format('%scast:%.0f:%s', prefix, cast, kind) end

-- Takes a cost off the sums; of none there is no "-0".
local function cast_uncost(sums, cost) redis.call('HINCRBY', sums, 'cost', string.format('%.0f', 0 - tonumber(cost))) end

-- Settles a row, or (queued) opens it again. Whoever is dropped costs nothing.
local function cast_settle(rows, sums, out, number, state, reason)
  local was = (redis.call('HGET', rows, number) or 'queued'):match('^%S+')
  if state == 'queued' then redis.call('HDEL', rows, number) else redis.call('HSET', rows, number, state .. ' ' .. reason) end
  if was ~= state then
    redis.call('HINCRBY', sums, was, -1)
    redis.call('HINCRBY', sums, state, 1)
  end
  local cost = state ~= 'queued' and (redis.call('HGET', out, number) or ''):match(' (%d+)$')
  if state ~= 'queued' then redis.call('HDEL', out, number) end
  if cost and state == 'dropped' then cast_uncost(sums, cost) end
end

-- Notes in the ledger what a message has become, where it is a notice. `key` is any of the shard's.
local function cast_note(key, id, state, reason)
  local cast, number = cast_of(id)
  if not cast then return end
  local prefix = key:match('^.-}:')
  cast_settle(cast_key(prefix, cast, 'rows'), cast_key(prefix, cast, 'sums'), cast_key(prefix, cast, 'out'), number, state, reason)
end

-- Notes that a notice goes again, under a new id.
local function cast_again(key, id)
  local cast, number = cast_of(id)
  if not cast then return end
  local prefix = key:match('^.-}:')
  local out = cast_key(prefix, cast, 'out')
  cast_settle(cast_key(prefix, cast, 'rows'), cast_key(prefix, cast, 'sums'), out, number, 'queued', '')
  redis.call('HSET', out, number, id .. ' 0')
end

-- Takes a person's name out of every ledger of the shard; the sums stay. `contact` is her key.
local function cast_forget(contact, who)
  local prefix = contact:match('^.-}:')
  redis.call('HDEL', prefix .. 'invited', who)
  for _, cast in ipairs(redis.call('SMEMBERS', prefix .. 'casts')) do
    local people = cast_key(prefix, tonumber(cast), 'people')
    local place = redis.call('LPOS', people, who)
    if place then redis.call('LSET', people, place, '') end
  end
end

-- Freezes who gets a broadcast in a shard, once: who comes second changes nothing. keys: people, sums, casts. args: broadcast, names,
-- each ended by a line end.
-- Returns how many there are.
local function cast_fill(keys, args)
  local people, sums = keys[1], keys[2]
  local held, names = redis.call('HGET', sums, 'people'), {}
  if held then return tonumber(held) end
  for name in args[2]:gmatch('[^\n]+') do names[#names + 1] = name end
  for first = 1, #names, 4096 do redis.call('RPUSH', people, unpack(names, first, math.min(first + 4095, #names))) end
  local cancelled = redis.call('HGET', sums, 'gate') == 'cancelled'
  redis.call('HSET', sums, 'people', #names, 'next', 0, cancelled and 'dropped' or 'queued', #names)
  redis.call('SADD', keys[3], args[1])
  return #names
end

-- Gives the numbers of those that were taken back, and how many are on their way.
local function cast_waiting(out)
  local fed, back, under_way = redis.call('HGETALL', out), {}, 0
  for i = 1, #fed, 2 do
    if fed[i + 1] == '' then back[#back + 1] = tonumber(fed[i]) else under_way = under_way + 1 end
  end
  table.sort(back)
  return back, under_way
end

-- Tells whom to feed next, so that `most` are on their way. keys: people, sums, out. args: most.
-- Returns {people (-1: not frozen yet), queued, cost}, then for each {number, who, line, opted out, state, what limits know of her on all
-- channels}.
local function cast_next(keys, args)
  local people, sums, out = unpack(keys)
  local held, next, queued, cost, gate = unpack(redis.call('HMGET', sums, 'people', 'next', 'queued', 'cost', 'gate'), 1, 5)
  local found = {{tonumber(held or -1), tonumber(queued or 0), tonumber(cost or 0)}}
  if not held or (gate and gate ~= '') then return found end
  local numbers, under_way = cast_waiting(out)
  local most = tonumber(args[1]) - under_way
  next, held = tonumber(next), tonumber(held)
  while #numbers < most and next < held do
    numbers[#numbers + 1] = next
    next = next + 1
  end
  local prefix, fields = people:match('^.-}:'), {'v', 'out', 's', 'lim'}
  for i = 1, math.min(most, #numbers) do
    local who = redis.call('LINDEX', people, numbers[i]) or ''
    local row = who ~= '' and redis.call('HMGET', prefix .. 'contact:' .. who, unpack(fields)) or {}
    row[1], row[3] = line_of(row[1], row[3])
    for at = 1, #fields do row[at] = row[at] or '' end
    found[#found + 1] = {numbers[i], who, unpack(row)}
  end
  return found
end

-- Tells whether rows are exactly those that are to be fed: taken back, or the next ones, and still who they were.
local function cast_fits(people, sums, out, args)
  local next = tonumber(redis.call('HGET', sums, 'next') or -1)
  for at = 6, #args, 5 do
    local number = tonumber(args[at])
    if number == next then next = next + 1
    elseif redis.call('HGET', out, args[at]) ~= '' then return false end
    if (redis.call('LINDEX', people, number) or '') ~= args[at + 1] then return false end
  end
  return next
end

-- Gives the milliseconds of a stream's next id, above all that it ever had.
local function stream_ms(stream, now)
  if redis.call('EXISTS', stream) == 0 then return tonumber(now) end
  local info = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return math.max(tonumber(now), tonumber(info[i + 1]:match('^%d+')) + 1) end
  end
end

-- Feeds people to the outbox, all or nothing: their entries, their rows, how far the shard is. So whatever is told twice, or by who lost
-- the shard, feeds nobody twice.
-- keys: lease, bulk, people, rows, sums, out. args: process, token, now in ms, broadcast, the training
-- that it invites to ('' none), then for each, by number: number, who, entry
-- ('': she gets none), cost or the reason, class.
-- Returns 1, 0 where the lease is another's, it is not sent any more, or these are not the next ones.
local function cast_feed(keys, args)
  local lease, bulk, people, rows, sums, out = unpack(keys)
  if redis.call('GET', lease) ~= args[1] .. ' ' .. args[2] then return 0 end
  if (redis.call('HGET', sums, 'gate') or '') ~= '' then return 0 end
  local next = cast_fits(people, sums, out, args)
  if not next then return 0 end
  local ms, base = stream_ms(bulk, args[3]), (tonumber(args[4]) + 1) * CAST_SPAN
  for at = 6, #args, 5 do
    local number, entry, cost = args[at], args[at + 2], args[at + 3]
    if entry == '' then
      cast_settle(rows, sums, out, number, 'excluded', cost)
    else
      local id = string.format('%.0f-%.0f', ms, base + tonumber(number))
      redis.call('XADD', bulk, id, 'class', args[at + 4], 'entry', entry)
      redis.call('HSET', out, number, id .. ' ' .. cost)
      redis.call('HINCRBY', sums, 'cost', cost)
      if args[5] ~= '' then redis.call('HSET', people:match('^.-}:') .. 'invited', args[at + 1], args[5] .. ' ' .. args[3]) end
    end
  end
  redis.call('HSET', sums, 'next', string.format('%.0f', next))
  return 1
end

-- Counts a shard that is through with a broadcast's sending, or with its cancellation. keys: book. args: field. Returns how many are.
local function cast_through(keys, args)
  if redis.call('HSETNX', keys[1], args[1], 1) == 1 then redis.call('HINCRBY', keys[1], args[2], 1) end
  return tonumber(redis.call('HGET', keys[1], args[2]) or 0)
end

-- Reserves what messages of a shard cost, under a cap over all shards. What a shard has reserved beyond what it fed (its feeder died
-- between the two) is given back first, so that the cap is met to the message.
-- keys: book. args: shard, what it fed so far costs, cap, then the cost of each message. Returns how many of them may go.
local function cast_reserve(keys, args)
  local field, fed, cap = 'cost:' .. args[1], tonumber(args[2]), tonumber(args[3])
  local held = redis.call('HMGET', keys[1], field, 'cost')
  local own = tonumber(held[1] or 0)
  local others, count, mine = tonumber(held[2] or 0) - own, 0, fed
  for i = 4, #args do
    if others + mine + tonumber(args[i]) > cap then break end
    mine, count = mine + tonumber(args[i]), count + 1
  end
  redis.call('HSET', keys[1], field, string.format('%.0f', mine), 'cost', string.format('%.0f', others + mine))
  return count
end

-- Changes a broadcast's record, as chaski_act does, and whether the workers look at it. keys: records, live, audit. args: id, its record as
-- seen ('' none), as it is to be, '1' when it is live, what is written down. Returns false where it is done, else the record as it is.
local function cast_act(keys, args)
  local present = redis.call('HGET', keys[1], args[1]) or ''
  if present ~= args[2] then return present end
  redis.call('HSET', keys[1], args[1], args[3])
  redis.call(args[4] == '1' and 'SADD' or 'SREM', keys[2], args[1])
  redis.call('XADD', keys[3], '*', 'act', args[5])
  local training = args[3]:match('"training":"(%d+)"') -- which training.lua counts it for
  if training then redis.call('SADD', 'ck:{staff}:training:' .. training .. ':casts', args[1]) end
  return false
end

local SUMS = {'people', 'queued', 'sent', 'delivered', 'read', 'failed', 'dropped', 'doubt', 'excluded', 'cost'}

-- Adds up a broadcast's sums over the shards, which one server takes. keys: sums … Returns them, in the order of SUMS.
local function cast_sums(keys)
  local total = {}
  for at = 1, #SUMS do total[at] = 0 end
  for _, sums in ipairs(keys) do
    for at, value in pairs(redis.call('HMGET', sums, unpack(SUMS))) do total[at] = total[at] + tonumber(value or 0) end
  end
  return total
end

-- Reads a shard's ledger from a number on. keys: people, rows, sums. args: number, how many are looked at, state ('' any).
-- Returns where to go on (-1: that is all), then for each of that state {number, who, state, reason}.
local function cast_rows(keys, args)
  local people, next, gate = unpack(redis.call('HMGET', keys[3], 'people', 'next', 'gate'), 1, 3)
  local from, found, numbers = tonumber(args[1]), {-1}, {}
  local to = math.min(from + tonumber(args[2]), tonumber(people or 0)) - 1
  for number = from, to do numbers[#numbers + 1] = number end
  if #numbers == 0 then return found end
  local names, rows = redis.call('LRANGE', keys[1], from, to), redis.call('HMGET', keys[2], unpack(numbers))
  for at, number in ipairs(numbers) do
    local closed = gate == 'cancelled' and number >= tonumber(next)
    local state, reason = (rows[at] or (closed and 'dropped cancelled' or 'queued ')):match('^(%S+) (.*)$')
    if args[3] == '' or args[3] == state then found[#found + 1] = {number, names[at], state, reason} end
  end
  if to + 1 < tonumber(people) then found[1] = to + 1 end
  return found
end

redis.register_function('chaski_cast_fill', cast_fill)
redis.register_function{function_name = 'chaski_cast_sums', callback = cast_sums, flags = {'no-writes'}}
redis.register_function{function_name = 'chaski_cast_rows', callback = cast_rows, flags = {'no-writes'}}
redis.register_function{function_name = 'chaski_cast_next', callback = cast_next, flags = {'no-writes'}}
redis.register_function('chaski_cast_feed', cast_feed)
redis.register_function('chaski_cast_through', cast_through)
redis.register_function('chaski_cast_reserve', cast_reserve)
redis.register_function('chaski_cast_act', cast_act)
