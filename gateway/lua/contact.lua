-- One contact's turn: read what is known, commit what became of it; and the contact's timers.

local DAY_MS = 86400000
local SEEN_MAX = 512 -- message ids of one contact; beyond it those of before REMEMBER are looked for and dropped
local SLACK_MS = 8 * DAY_MS -- expiries are set this much late, so that they need not be set at every turn

local HELD = {'v', 'born', 'state', 'session', 'text'}

local function held_of(contact)
  local held = redis.call('HMGET', contact, unpack(HELD))
  return held[1] or '0', held[2] or '0', held[3] or '', held[4] or '', held[5] or ''
end

-- A recorded answer is kept as "MS ANSWER"; an erasure leaves "MS".
local function recorded_of(seen, id)
  local kept = redis.call('HGET', seen, id)
  return kept and (kept:match('^%d+ (.*)$') or '')
end

-- Reads a contact and whether a message was seen before.
-- keys: contact, seen. args: message id. Returns {recorded reply or false, version, born, state, USSD session, USSD text}.
local function load(keys, args)
  return {recorded_of(keys[2], args[1]), held_of(keys[1])}
end

-- Gives a reader of the flat argument list: next value, or a counted list of values.
local function reader(args, at)
  local take = function()
    at = at + 1
    return args[at - 1]
  end
  return take, function(width)
    local rows = {}
    for i = 1, tonumber(take()) do
      local row = {}
      for j = 1, width do row[j] = take() end
      rows[i] = row
    end
    return rows
  end
end

-- A timer is a member "NAME CHANNEL CONTACT" of the shard's timers, by its due time, and a field "t:NAME" of the contact that says
-- "DUE CHANNEL".
local function timer_held(contact, name)
  local due, channel = (redis.call('HGET', contact, 't:' .. name) or ''):match('^(%d+) (%S+)$')
  return due, channel
end

local function timer_drop(timers, contact, who, name)
  local due, channel = timer_held(contact, name)
  if not due then return end
  redis.call('ZREM', timers, name .. ' ' .. channel .. ' ' .. who)
  redis.call('HDEL', contact, 't:' .. name)
end

local function timer_set(timers, contact, who, name, channel, due)
  timer_drop(timers, contact, who, name)
  if due == '0' then return end
  redis.call('ZADD', timers, due, name .. ' ' .. channel .. ' ' .. who)
  redis.call('HSET', contact, 't:' .. name, due .. ' ' .. channel)
end

local function timers_drop_all(timers, contact, who)
  for _, field in ipairs(redis.call('HKEYS', contact)) do
    local name = field:match('^t:(.*)$')
    if name then timer_drop(timers, contact, who, name) end
  end
end

-- Forgets a contact: its keys, its timers, its lines in the requests, and the words in its recorded replies, whose ids stay so that a
-- provider's repeat is still known.
local function forget(contact, facts, seen, turns, requests, timers, who, but)
  local kept = redis.call('HGETALL', seen)
  for i = 1, #kept, 2 do
    if kept[i] ~= but then redis.call('HSET', seen, kept[i], kept[i + 1]:match('^%d+')) end
  end
  for id in (redis.call('HGET', contact, 'requests') or ''):gmatch('%S+') do redis.call('XDEL', requests, id) end
  timers_drop_all(timers, contact, who)
  redis.call('DEL', contact, facts, turns)
end

-- Drops the message ids that need not be remembered any more.
local function trim_seen(seen, oldest)
  local kept = redis.call('HGETALL', seen)
  for i = 1, #kept, 2 do
    if tonumber(kept[i + 1]:match('^%d+')) < oldest then redis.call('HDEL', seen, kept[i]) end
  end
end

-- Drops turns of before `oldest` from the head of the list. Returns the time of the oldest that is left.
local function trim_turns(turns, oldest)
  while true do
    local at = tonumber((redis.call('LINDEX', turns, 0) or ''):match('^%d+'))
    if not at or at >= oldest then return at end
    redis.call('LPOP', turns)
  end
end

-- Keeps what is kept for a time from growing, or staying, beyond it. `fields` are the contact's, to be set with the rest.
local function keep_in_bounds(seen, turns, held, fields, now, remember, keep)
  local until_ms, first = tonumber(held[1] or '0'), tonumber(held[2] or now)
  if until_ms < now + remember then
    redis.call('PEXPIRE', seen, remember + SLACK_MS)
    redis.call('PEXPIRE', turns, keep + SLACK_MS)
    if redis.call('HLEN', seen) > SEEN_MAX then trim_seen(seen, now - remember) end
    fields[#fields + 1], fields[#fields + 2] = 'keep', string.format('%.0f', now + remember + SLACK_MS)
  end
  if not held[2] or first < now - keep then
    fields[#fields + 1], fields[#fields + 2] = 'first', string.format('%.0f', trim_turns(turns, now - keep) or now)
  end
end

-- Commits one turn, or nothing: a contact that moved on gives its newer self; else a message that was seen, its recorded reply.
-- keys: seen, contact, facts, turns, outbox, bulk, consent, requests, timers.
-- args: who, channel, message id, version expected, born, state, reply, ms to remember the message, now in ms, ms to keep the turn,
--   USSD session, USSD text, ms of the person's message (0: none), opted out ('' leaves it), erase ('1'), turn,
--   timer fired ('' none), its due time, then counted lists: facts (slot, value; '' forgets), outbox (class, bulk, entry), consents
--   (entry), requests (entry), timers (name, due; '0' takes it back).
-- Returns {'seen', reply}, {'conflict', version, born, state, session, text} or {'ok', version, outbox ids...}.
local function commit(keys, args)
  local seen, contact, facts, turns, outbox, bulk, consent, requests, timers = unpack(keys)
  if not timers then return redis.error_reply('ERR an older chaski is still running: restart it') end
  local take, take_rows = reader(args, 1)
  local who, channel, id, expected, born, state, reply = take(), take(), take(), take(), take(), take(), take()
  local remember, now_text, keep = tonumber(take()), take(), tonumber(take())
  local session, text, inbound, opted_out, erase, turn, fired, fired_due =
    take(), take(), take(), take(), take(), take(), take(), take()
  local now = tonumber(now_text)

  local held = redis.call('HMGET', contact, 'v', 'born', 'keep', 'first')
  -- Before the id: one that was made from what the contact was (a USSD hop's) means nothing when the contact moved on.
  if (held[1] or '0') ~= expected or (held[2] or '0') ~= born then return {'conflict', held_of(contact)} end
  if redis.call('HSETNX', seen, id, now_text .. ' ' .. reply) == 0 then return {'seen', recorded_of(seen, id)} end

  local version = string.format('%.0f', tonumber(expected) + 1)
  if born == '0' then born = now_text end
  local fields = {'v', version, 'born', born, 'state', state}
  local function set(name, value) fields[#fields + 1], fields[#fields + 2] = name, value end
  if session ~= '' then set('session', session) set('text', text) end
  if inbound ~= '0' then set('in:' .. channel, inbound) end
  if opted_out ~= '' then set('out', opted_out) end
  redis.call('RPUSH', turns, now_text .. ' ' .. turn)
  keep_in_bounds(seen, turns, {held[3], held[4]}, fields, now, remember, keep)
  redis.call('HSET', contact, unpack(fields))
  for _, fact in ipairs(take_rows(2)) do
    if fact[2] == '' then redis.call('HDEL', facts, fact[1]) else redis.call('HSET', facts, fact[1], fact[2]) end
  end
  local done = {'ok', version}
  for _, message in ipairs(take_rows(3)) do
    done[#done + 1] = append(message[2] == '1' and bulk or outbox, 'class', message[1], 'entry', message[3])
  end
  for _, row in ipairs(take_rows(1)) do redis.call('XADD', consent, '*', 'entry', row[1]) end
  for _, row in ipairs(take_rows(1)) do
    local made = redis.call('XADD', requests, '*', 'entry', row[1])
    redis.call('HSET', contact, 'requests', (redis.call('HGET', contact, 'requests') or '') .. ' ' .. made)
  end
  if fired ~= '' and timer_held(contact, fired) == fired_due then timer_drop(timers, contact, who, fired) end
  for _, row in ipairs(take_rows(2)) do timer_set(timers, contact, who, row[1], channel, row[2]) end
  if opted_out == '1' then timers_drop_all(timers, contact, who) end
  if erase == '1' then forget(contact, facts, seen, turns, requests, timers, who, id) end
  return done
end

-- Reads the timers that are due. keys: timers. args: now in ms, how many at most. Returns {member, due, ...}, the earliest first.
local function due(keys, args)
  return redis.call('ZRANGE', keys[1], '-inf', args[1], 'BYSCORE', 'LIMIT', 0, args[2], 'WITHSCORES')
end

-- Moves a timer, if it is still set for that time. keys: timers, contact. args: name, channel, who, due before, due then (0: away).
local function postpone(keys, args)
  local timers, contact = unpack(keys)
  local name, channel, who, before, after = unpack(args)
  local member = name .. ' ' .. channel .. ' ' .. who
  if tonumber(redis.call('ZSCORE', timers, member) or '-1') ~= tonumber(before) then return 0 end
  if after == '0' then
    redis.call('ZREM', timers, member)
    redis.call('HDEL', contact, 't:' .. name)
  else
    redis.call('ZADD', timers, after, member)
    if redis.call('EXISTS', contact) == 1 then redis.call('HSET', contact, 't:' .. name, after .. ' ' .. channel) end
  end
  return 1
end

redis.register_function{function_name = 'chaski_load', callback = load, flags = {'no-writes'}}
redis.register_function('chaski_commit', commit)
redis.register_function{function_name = 'chaski_due', callback = due, flags = {'no-writes'}}
redis.register_function('chaski_postpone', postpone)
