-- One contact's turn: read what is known, commit what became of it; and the contact's timers.
--
-- The field `v` of a contact's hash is its line (gateway/contact_line.h): a turn is computed from it, its commit names it, and
-- is taken only while it still stands there. What the line becomes is computed by the daemon.

local DAY_MS = 86400000
local SEEN_MAX = 512 -- message ids of one contact; beyond it those of before `remember` are looked for and dropped
local SLACK_MS = 2 * DAY_MS -- expiries are set this much late, because they are set once a day: store_redis.c
local SEEN_MS = 8 * DAY_MS + SLACK_MS -- how long an id is remembered from when it is written to `seen`: store.h, STORE_REMEMBER_S
local SEEN_TOLD = 32 -- as many ids of `seen` are told to who loads a contact

-- Returns line, state, USSD session, USSD text, facts: false where there is none.
local function held_of(contact)
  return unpack(redis.call('HMGET', contact, 'v', 's', 'session', 'text', 'f'), 1, 5)
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

-- The ids of the last OPEN turns are in their journal entries only: a worker that knows all ids of a contact need not ask whether one is
-- new, nor write it down again. How many they are is in the line.
local function open_of(line) return tonumber((line or ''):match('^%d+ %d+ %d+ %d+ %d+ (%d+)')) or 0 end

-- The message that an entry is of, as the daemon named it (turn.c): plain words that JSON leaves as they are.
local function id_of(entry)
  local channel, id = entry:match('"c":"([^"]*)".-"e":{.-"i":"([^"]*)"')
  return channel and channel .. ':' .. id
end

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

local function place_of(line) return line:match('^%d+ %d+ %d+ %d+ %d+ %d+ (%d+)') or '0' end
local function number_of(line) return tonumber(line:match('^%d+ %d+ %d+ (%d+)')) end

-- Keeps a ticket's line among the open ones, and with the contact which one is open; '' as line: it is closed.
local function keep_ticket(tickets, contact, id, line)
  if line == '' then
    redis.call('HDEL', tickets, id)
    redis.call('HDEL', contact, 'ticket')
  else
    redis.call('HSET', tickets, id, line)
    redis.call('HSET', contact, 'ticket', id)
  end
end

-- Forgets a contact: its keys, its name at its number, its place among the timers, its lines in the requests and the tickets, its
-- rows in trainings (which a wish asks for: they lie elsewhere). The ids of its messages stay, so that a provider's repeat is still known.
local function forget(contact, turns, index, requests, timers, tickets, wishes, who, now)
  local line = redis.call('HGET', contact, 'v')
  local open = redis.call('HGET', contact, 'ticket')
  if open then redis.call('HDEL', tickets, open) end
  for id in (redis.call('HGET', contact, 'requests') or ''):gmatch('%S+') do redis.call('XDEL', requests, id) end
  leave_place(timers, who, place_of(line), now)
  leave_number(index, number_of(line))
  cast_forget(contact, who)
  if redis.call('HEXISTS', contact, 'wished') == 1 then redis.call('XADD', wishes, '*', 'who', who, 'wish', '{"verb":"erase"}') end
  redis.call('DEL', contact, turns)
end

-- Gives the number of a text that consents share, and keeps one that is new.
local function text_number(texts, text)
  local number = redis.call('HGET', texts, text)
  if number then return number end
  number = redis.call('HLEN', texts) + 1
  redis.call('HSET', texts, text, number)
  return number
end

-- The rest of a commit, which few turns have: see there. `at` is where it begins.
local function commit_more(keys, args, at)
  local call, contact, seen, turns = redis.call, keys[1], keys[2], keys[3]
  local index, bulk, consent, texts, requests, timers, tickets, wishes = unpack(keys, 5, 12)
  local who, now, place, remember, keep, erase, ticket, ticket_line = unpack(args, at, at + 7)
  at = at + 8
  for _ = 1, tonumber(args[at]) do
    append(bulk, 'class', args[at + 1], 'entry', args[at + 2])
    at = at + 2
  end
  at = at + 1
  for _ = 1, tonumber(args[at]) do
    call('RPUSH', consent, args[at + 2] .. text_number(texts, args[at + 1]))
    at = at + 2
  end
  at = at + 1
  for i = at + 1, at + tonumber(args[at]) do
    local made = call('XADD', requests, '*', 'entry', args[i])
    call('HSET', contact, 'requests', (call('HGET', contact, 'requests') or '') .. ' ' .. made)
  end
  at = at + 1 + tonumber(args[at])
  for i = at + 1, at + tonumber(args[at]) do
    call('XADD', wishes, '*', 'who', who, 'wish', args[i])
    call('HSET', contact, 'wished', 1)
  end
  if place ~= '' then move_place(timers, who, place_of(args[1]), place, now) end
  if remember ~= '' then tend(seen, turns, args[1] == '', now, remember, keep) end
  if ticket ~= '' then keep_ticket(tickets, contact, ticket, ticket_line) end
  if erase == '1' then forget(contact, turns, index, requests, timers, tickets, wishes, who, now) end
  if keys[13] then tell(keys[13], who, seen, now, erase == '1', args, at + tonumber(args[at]) + 1) end
end

-- Writes what most turns change of a contact; most come from a message, and most of these teach a fact.
local function hold(contact, args)
  local call, facts, inbound = redis.call, args[9] or '', args[7]
  if inbound == '' then
    call('HSET', contact, 'v', args[5], 's', args[6])
    if facts ~= '' then call('HSET', contact, 'f', facts) end
  elseif facts == '' then
    call('HSET', contact, 'v', args[5], 's', args[6], inbound, args[8])
  else
    call('HSET', contact, 'v', args[5], 's', args[6], inbound, args[8], 'f', facts)
  end
end

-- A count as the daemon writes it; most are 0.
local function count_of(text)
  if text == '0' or not text then return 0 end
  return tonumber(text)
end

-- What the server would answer had the turn been a call of its own: the daemon tells by it a fault of this library from one of the server's.
local function fault(message)
  return {err = message:match('^user_function') and 'ERR ' .. message or message .. ' on user_function'}
end

-- Commits one turn, or nothing: a contact that moved on gives its newer self; else a message that was seen, what is recorded of it.
-- keys: contact, seen, turns; where something goes out, is marked or there is more, also outbox; where something is marked or there is
--   more, also index (its columns and its list of people are "INDEX:…", in the same slot); where there is more, also bulk, consent,
--   texts, requests, timers, tickets, wishes, and then where something is told to partners' systems, or the person is erased, webhooks. The
--   contact's name is what its key ends in.
-- args, the fewest that a turn can do with, because each is hashed and copied on its way through Lua: line expected ('' for a contact
--   never seen), message id ('' it is known to be new, and stays open), what is remembered of it, "MS TURN", the line then (a new
--   contact's number is 000000), the state, the field of the channel's last message and its ms ('' both: a timer's turn). Whatever
--   follows may be cut off behind its last part: the facts ('' as they are), how many other arguments of the contact's hash follow,
--   these (field, value), how many replies, these (class, entry), how many columns in which the person is another than before, these
--   (name, from which byte on, value), and then who, now in ms, place among the timers ('' as it is, '0' none), ms after which seen and
--   turns are to go ('' both: it is no time to tend), '1' to erase, the id of a ticket that changes ('' none) and its line ('' closed),
--   then counted lists: bulk (class, entry), consents (text, line but for the text's number: gateway/consent_row.h), requests (entry),
--   wishes of trainings (JSON), and where the key webhooks is there, what webhook.lua's tell() takes.
-- Returns 1, {'first', number, ids in seen} of a new contact, {'seen', reply, turn} or {'conflict', line, state, session, text, facts}.
local function commit(keys, args)
  local call, contact = redis.call, keys[1]
  -- Before the id: one that was made from what the contact was (a USSD hop's) means nothing when the contact moved on.
  if (call('HGET', contact, 'v') or '') ~= args[1] then return {'conflict', held_of(contact)} end
  if args[2] ~= '' then
    local open = open_of(args[1])
    if open > 0 then close_seen(keys[2], keys[3], open, tonumber(args[1]:match('^%d+'))) end
    if call('HSETNX', keys[2], args[2], args[3]) == 0 then return {'seen', recorded_of(keys, args[2])} end
  end
  local number = args[1] == '' and next_number(keys[5], contact:match(':contact:(.*)$'))
  if number then args[5] = args[5]:gsub('^(%d+ %d+ %d+) 000000', string.format('%%1 %06d', number), 1) end
  call('RPUSH', keys[3], args[4])
  hold(contact, args)
  if not args[10] then return 1 end
  local at = 11 + count_of(args[10])
  if at > 11 then call('HSET', contact, unpack(args, 11, at - 1)) end
  for _ = 1, count_of(args[at]) do
    call('XADD', keys[4], '*', 'class', args[at + 1], 'entry', args[at + 2])
    at = at + 2
  end
  at = at + 1
  for _ = 1, count_of(args[at]) do
    local name, from, value = args[at + 1], args[at + 2], args[at + 3]
    mark(keys[5], number and number * #value or from, name, value)
    at = at + 3
  end
  if args[at + 1] then commit_more(keys, args, at + 1) end
  return number and {'first', number, call('HLEN', keys[2])} or 1
end

-- Commits the turns that came together, in their order, each as if it had come alone: one that is refused, or that fails, is no other's
-- affair. keys, args: as redis_join.h has them, each part's those of commit(). Returns the answers, a failed turn's as an error.
local function commit_all(keys, args)
  local sizes, answers, key, arg = args[1], {}, 1, 2
  for i = 1, #sizes, 3 do
    local key_count, high, low = sizes:byte(i, i + 2)
    local next_key, next_arg = key + key_count, arg + 256 * high + low
    local good, answer = pcall(commit, {unpack(keys, key, next_key - 1)}, {unpack(args, arg, next_arg - 1)})
    answers[#answers + 1] = good and answer or fault(answer)
    key, arg = next_key, next_arg
  end
  return answers
end

-- Cuts a line into its head, its place, and its timers: {name, channel, due as text}.
local function line_cut(line)
  local head, place, rest = line:match('^(%d+ %d+ %d+ %d+ %d+ %d+) (%d+)(.*)$')
  local timers = {}
  for name, channel, due in (rest or ''):gmatch(' (%S+) (%S+) (%d+)') do timers[#timers + 1] = {name, channel, due} end
  return head, place, timers
end

-- Writes a line with its timers, and moves the contact to its place among those of the shard ('0': none).
local function line_set(timers, contact, who, head, from, place, list, now)
  local words = {head, place}
  for _, timer in ipairs(list) do words[#words + 1] = table.concat(timer, ' ') end
  redis.call('HSET', contact, 'v', table.concat(words, ' '))
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
  local line = redis.call('HGET', contact, 'v')
  if not line then
    redis.call('ZREM', timers, who)
    return found
  end
  local head, place, list = line_cut(line)
  for _, timer in ipairs(list) do
    if tonumber(timer[3]) <= now then for i = 1, 3 do found[#found + 1] = timer[i] end end
  end
  if #found == 0 then line_set(timers, contact, who, head, place, first_of(list), list, now) end
  return found
end

-- Moves a timer, if it is still set for that time. keys: timers, contact. args: name, channel, who, due before, due then (0: away).
local function postpone(keys, args)
  local timers, contact = keys[1], keys[2]
  local name, channel, who, before, after = unpack(args)
  local head, place, list = line_cut(redis.call('HGET', contact, 'v') or '')
  for i, timer in ipairs(list) do
    if timer[1] == name and timer[2] == channel and timer[3] == before then
      if after == '0' then table.remove(list, i) else timer[3] = after end
      local first = first_of(list)
      if first ~= '0' and tonumber(first) > tonumber(place) then first = place end
      line_set(timers, contact, who, head, place, first, list, place)
      return 1
    end
  end
  return 0
end

redis.register_function{function_name = 'chaski_load', callback = load, flags = {'no-writes'}}
redis.register_function('chaski_commit', commit_all)
redis.register_function('chaski_due', due)
redis.register_function('chaski_postpone', postpone)
redis.register_function('chaski_unpack', unpack_span)
