-- One contact: read what is known, what commit.lua's turns do to it, and its timers.
--
-- A turn is computed from a contact's line (line.lua); its commit names it by the line's first words, and is taken only while it still
-- stands there. What the line becomes is computed by the daemon.

local DAY_MS = 86400000
local SEEN_MAX = 512 -- message ids of one contact; beyond it those of before `remember` are looked for and dropped
local SLACK_MS = 2 * DAY_MS -- expiries are set this much late, because they are set once a day: store_redis.c
local SEEN_MS = 8 * DAY_MS + SLACK_MS -- how long an id is remembered from when it is written to `seen`: store.h, STORE_REMEMBER_S
local SEEN_TOLD = 32 -- as many ids of `seen` are told to who loads a contact

-- Returns line, state, USSD session, USSD text, facts: false where there is none.
local function held_of(contact)
  local held = redis.call('HMGET', contact, 'v', 's', 'session', 'text', 'f')
  held[1], held[2] = line_of(held[1], held[2])
  return unpack(held, 1, 5)
end

-- A message is remembered as "MS VERSION[ REPLY]": when, which version of the contact its turn made (0 where its words went to the
-- outbox: nothing is answered to a repeat then), and the answer of one that erased.
-- The turn is the journal's, where it lies as far from the end as its version from the present one. One of a contact that was erased
-- since has another instant, and is forgotten.
-- Returns false, or reply ('' none) and turn ('' none).
local function recorded_of(keys, id)
  local kept = redis.call('HGET', keys[2], id)
  if not kept then return false, false end
  local ms, version, reply = kept:match('^(%d+) (%d+) ?(.*)$')
  local present = (redis.call('HGET', keys[1], 'v') or '0'):match('^%d+')
  if reply ~= '' or version == '0' or tonumber(present) < tonumber(version) then return reply, '' end
  local turn = redis.call('LINDEX', keys[3], version - present - 1) or ''
  local at, text = turn:match('^(%d+) (.*)$')
  return '', at == ms and text or ''
end

-- The message that an entry is of, as the daemon named it: its head (gateway/journal_pack.h).
local function id_of(entry) return entry:match('^%d+ ([^\n]*)') end

-- Writes down in `seen` the ids of the last `open` turns, which end with that of `version`; those that the journal dropped need it no more.
local function close_seen(seen, turns, open, version)
  local known, entries = {}, redis.call('LRANGE', turns, -open, -1)
  for i, entry in ipairs(entries) do
    known[2 * i - 1] = id_of(entry)
    known[2 * i] = string.format('%s %.0f', entry:match('^%d+'), version - #entries + i)
  end
  if #known == 0 then return end
  redis.call('HSET', seen, unpack(known))
  redis.call('PEXPIRE', seen, SEEN_MS)
end

-- Finds a message among the open turns, and gathers their ids. Returns its turn or false.
local function open_turn(turns, open, id, ids)
  local found = false
  for _, entry in ipairs(open > 0 and redis.call('LRANGE', turns, -open, -1) or {}) do
    local its = id_of(entry)
    ids[#ids + 1] = its
    if its == id then found = entry:match('^%d+ (.*)$') end
  end
  return found
end

-- Reads a contact and whether a message was seen before.
-- keys: contact, seen, turns. args: message id. Returns {reply or false, turn or false, line, state, USSD session, USSD text, facts, all
-- ids that are seen, a line each (false: too many)}.
local function load(keys, args)
  local line, state, session, text, facts = held_of(keys[1])
  local few = redis.call('HLEN', keys[2]) <= SEEN_TOLD
  local ids = few and redis.call('HKEYS', keys[2]) or {}
  local reply, turn = recorded_of(keys, args[1])
  local open = open_turn(keys[3], open_of(line), args[1], ids)
  if open then reply, turn = '', open end
  return {reply, turn, line, state, session, text, facts, few and table.concat(ids, '\n')}
end

-- Drops the message ids that need not be remembered any more.
local function trim_seen(seen, oldest)
  local kept = redis.call('HGETALL', seen)
  for i = 1, #kept, 2 do
    if tonumber(kept[i + 1]:match('^%d+')) < oldest then redis.call('HDEL', seen, kept[i]) end
  end
end

-- Drops turns of before `oldest` from the head of the list.
local function trim_turns(turns, oldest)
  while true do
    local at = tonumber((redis.call('LINDEX', turns, 0) or ''):match('^%d+'))
    if not at or at >= oldest then return end
    redis.call('LPOP', turns)
  end
end

-- Keeps what is kept for a time from growing, or staying, beyond it. `remember` and `keep` are in ms, as expiries are set: late.
local function tend(seen, turns, is_new, now, remember, keep)
  redis.call('PEXPIRE', seen, remember)
  redis.call('PEXPIRE', turns, keep)
  if redis.call('HLEN', seen) > SEEN_MAX then trim_seen(seen, now - remember + SLACK_MS) end
  if not is_new then trim_turns(turns, now - keep + SLACK_MS) end
end

-- Contacts whose place is hours away lie in lists, one a span of time, which take a sixth of what a sorted set takes; the set has
-- the span's name at its beginning, when chaski_unpack puts the list's contacts into the set. The lists' names are that of the set with
-- the span's number, in the same slot.
local SPAN_MS = 4194304

local function span_of(place) return math.floor(tonumber(place) / SPAN_MS) end
local function span_list(timers, span) return string.format('%s:%.0f', timers, span) end
local function span_mark(span) return string.format('\n%.0f', span) end

-- Takes a contact from the list of a span; one that moves has often come lately, so that it is searched from its end. A list that is
-- empty then loses its name in the set.
local function leave_list(timers, who, span)
  local list = span_list(timers, span)
  if redis.call('LREM', list, -1, who) == 0 then return false end
  if redis.call('LLEN', list) == 0 then redis.call('ZREM', timers, span_mark(span)) end
  return true
end

-- Takes a contact from its place ('0': it has none), as seen at `now`: from the list of a span that is to come, else from the set; where
-- clocks differ it may lie in the other.
local function leave_place(timers, who, place, now)
  if place == '0' then return end
  local span = span_of(place)
  local listed = span > span_of(now)
  if listed and leave_list(timers, who, span) then return end
  if redis.call('ZREM', timers, who) == 0 and not listed then leave_list(timers, who, span) end
end

-- Moves a contact from a place to another ('0': none), as seen at `now`.
local function move_place(timers, who, from, to, now)
  leave_place(timers, who, from, now)
  if to == '0' then return end
  local span = span_of(to)
  if span <= span_of(now) then
    redis.call('ZADD', timers, to, who)
  elseif redis.call('RPUSH', span_list(timers, span), who) == 1 then
    redis.call('ZADD', timers, span * SPAN_MS, span_mark(span))
  end
end

-- Puts contacts of a span that has begun where they are looked at. keys: timers, the span's list. args: its name, its beginning in ms,
-- how many at most.
local function unpack_span(keys, args)
  for _, who in ipairs(redis.call('LPOP', keys[2], args[3]) or {}) do redis.call('ZADD', keys[1], args[2], who) end
  if redis.call('LLEN', keys[2]) == 0 then redis.call('ZREM', keys[1], args[1]) end
  return 1
end

local CLOSED_MS = 90 * DAY_MS -- closed tickets are kept as long as the journal
local ENDED = '(%d+):(%S+)' -- the contact's field `closed`: "MS:ID ..."

-- Moves a ticket to the closed ones, TICKETS:closed (same slot): "ID LINE" by when it was closed.
local function close_ticket(tickets, contact, id, now)
  local call, closed, oldest = redis.call, tickets .. ':closed', now - CLOSED_MS
  local line = call('HGET', tickets, id)
  call('HDEL', tickets, id)
  call('HDEL', contact, 'ticket')
  call('ZREMRANGEBYSCORE', closed, '-inf', string.format('(%.0f', oldest))
  if not line then return end
  call('ZADD', closed, now, id .. ' ' .. line)
  local hers = {}
  for ms, its in (call('HGET', contact, 'closed') or ''):gmatch(ENDED) do
    if tonumber(ms) >= oldest then hers[#hers + 1] = ms .. ':' .. its end
  end
  hers[#hers + 1] = now .. ':' .. id
  call('HSET', contact, 'closed', table.concat(hers, ' '))
end

-- Takes a person's closed tickets away.
local function forget_closed(tickets, contact)
  local closed = tickets .. ':closed'
  for ms, id in (redis.call('HGET', contact, 'closed') or ''):gmatch(ENDED) do
    for _, member in ipairs(redis.call('ZRANGEBYSCORE', closed, ms, ms)) do
      if member:sub(1, #id + 1) == id .. ' ' then redis.call('ZREM', closed, member) end
    end
  end
end

-- Keeps a ticket's line among the open ones, and with the contact which one is open; '' as line: it is closed.
local function keep_ticket(tickets, contact, id, line, now)
  if line == '' then
    close_ticket(tickets, contact, id, now)
  else
    redis.call('HSET', tickets, id, line)
    redis.call('HSET', contact, 'ticket', id)
  end
end

-- Forgets a contact: its keys, its name at its number, its place among the timers, its lines in the requests and the tickets, its
-- rows in trainings (which a wish asks for: they lie elsewhere). The ids of its messages stay, so that a provider's repeat is still known.
local function forget(contact, turns, index, requests, timers, tickets, wishes, who, now)
  local line = line_read(contact)
  local open = redis.call('HGET', contact, 'ticket')
  if open then redis.call('HDEL', tickets, open) end
  forget_closed(tickets, contact)
  for id in (redis.call('HGET', contact, 'requests') or ''):gmatch('%S+') do redis.call('XDEL', requests, id) end
  leave_place(timers, who, place_of(line), now)
  leave_number(index, number_of(line))
  cast_forget(contact, who)
  if redis.call('HEXISTS', contact, 'wished') == 1 then redis.call('XADD', wishes, '*', 'who', who, 'wish', '{"verb":"erase"}') end
  redis.call('DEL', contact, turns)
end

-- Writes a line with its timers beside the state, and moves the contact to its place among those of the shard ('0': none).
local function line_set(timers, contact, who, head, from, place, list, state, now)
  local words = {head, place}
  for _, timer in ipairs(list) do words[#words + 1] = table.concat(timer, ' ') end
  line_write(contact, table.concat(words, ' '), state)
  move_place(timers, who, from, place, now)
end

local function first_of(list)
  local first = '0'
  for _, timer in ipairs(list) do
    if first == '0' or tonumber(timer[3]) < tonumber(first) then first = timer[3] end
  end
  return first
end

-- Tells which timers of a contact are due; where none is, its place among the shard's is moved to where it ought to be.
-- keys: timers, contact. args: who, now in ms. Returns {name, channel, due, ...}.
local function due(keys, args)
  local timers, contact = keys[1], keys[2]
  local who, now, found = args[1], tonumber(args[2]), {}
  local line, state = line_read(contact)
  if not line then
    redis.call('ZREM', timers, who)
    return found
  end
  local head, place, list = line_cut(line)
  for _, timer in ipairs(list) do
    if tonumber(timer[3]) <= now then for i = 1, 3 do found[#found + 1] = timer[i] end end
  end
  if #found == 0 then line_set(timers, contact, who, head, place, first_of(list), list, state, now) end
  return found
end

-- Moves a timer, if it is still set for that time. keys: timers, contact. args: name, channel, who, due before, due then (0: away).
local function postpone(keys, args)
  local timers, contact = keys[1], keys[2]
  local name, channel, who, before, after = unpack(args)
  local line, state = line_read(contact)
  local head, place, list = line_cut(line or '')
  for i, timer in ipairs(list) do
    if timer[1] == name and timer[2] == channel and timer[3] == before then
      if after == '0' then table.remove(list, i) else timer[3] = after end
      local first = first_of(list)
      if first ~= '0' and tonumber(first) > tonumber(place) then first = place end
      line_set(timers, contact, who, head, place, first, list, state, place)
      return 1
    end
  end
  return 0
end

redis.register_function{function_name = 'chaski_load', callback = load, flags = {'no-writes'}}
redis.register_function('chaski_due', due)
redis.register_function('chaski_postpone', postpone)
redis.register_function('chaski_unpack', unpack_span)
