-- One contact's turn: read what is known, commit what became of it.

local DAY_MS = 86400000
local IDS_MAX = 1000 -- recorded replies of a contact that an erasure can find: the newest

-- Reads a contact and whether a message was seen before.
-- keys: contact, seen. Returns {recorded reply or false, version, state, USSD session, USSD text}.
local function load(keys)
  local held = redis.call('HMGET', keys[1], 'v', 'state', 'session', 'text')
  return {redis.call('GET', keys[2]), held[1] or '0', held[2] or '', held[3] or '', held[4] or ''}
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

-- Forgets a contact: its keys, its lines in the requests, and the words in its recorded replies, whose keys stay so that a provider's
-- repeat is still known. Those keys cannot be declared, for only the list knows them: they are the contact's own, of the same slot.
local function forget(contact, facts, journal, requests, ids, but)
  for _, seen in ipairs(redis.call('LRANGE', ids, 0, -1)) do
    if seen ~= but then redis.call('SET', seen, '', 'XX', 'KEEPTTL') end
  end
  for id in (redis.call('HGET', contact, 'requests') or ''):gmatch('%S+') do redis.call('XDEL', requests, id) end
  redis.call('DEL', contact, facts, journal, ids)
end

-- Commits one turn, or nothing: a message that was seen gives its recorded reply; a contact that moved on gives its newer self.
-- keys: contact, facts, seen, journal, outbox, consent, requests, ids (the seen keys of the contact).
-- args: version expected, state, reply, seconds to remember the message, now in ms, days to keep the journal, USSD session, USSD text, opted
--   out ('' leaves it), erase ('1'), journal entry, then counted lists: facts (slot, value; '' forgets), outbox (class, entry),
--   consents (entry), requests (entry).
-- Returns {'seen', reply}, {'conflict', version, state, session, text} or {'ok', version, outbox ids...}.
local function commit(keys, args)
  if #keys < 8 then return redis.error_reply('ERR an older chaski is still running: restart it') end
  local contact, facts, seen, journal, outbox, consent, requests, ids = unpack(keys)
  local take, take_rows = reader(args, 1)
  local expected, state, reply, remember = tonumber(take()), take(), take(), take()
  local now, keep_days, session, text, opted_out, erase, entry =
    tonumber(take()), tonumber(take()), take(), take(), take(), take(), take()

  local recorded = redis.call('GET', seen)
  if recorded then return {'seen', recorded} end
  local held = redis.call('HMGET', contact, 'v', 'state', 'session', 'text')
  if tonumber(held[1] or '0') ~= expected then
    return {'conflict', held[1] or '0', held[2] or '', held[3] or '', held[4] or ''}
  end

  redis.call('SET', seen, reply, 'EX', remember)
  redis.call('RPUSH', ids, seen)
  redis.call('LTRIM', ids, -IDS_MAX, -1)
  redis.call('EXPIRE', ids, remember)
  redis.call('HSET', contact, 'v', expected + 1, 'state', state, 'session', session, 'text', text)
  if opted_out ~= '' then redis.call('HSET', contact, 'out', opted_out) end
  local oldest = string.format('%.0f', math.max(0, now - keep_days * DAY_MS))
  redis.call('XADD', journal, 'MINID', '~', oldest, '*', 'turn', entry)
  for _, fact in ipairs(take_rows(2)) do
    if fact[2] == '' then redis.call('HDEL', facts, fact[1]) else redis.call('HSET', facts, fact[1], fact[2]) end
  end
  local done = {'ok', tostring(expected + 1)}
  for _, message in ipairs(take_rows(2)) do
    done[#done + 1] = redis.call('XADD', outbox, '*', 'class', message[1], 'entry', message[2])
  end
  for _, row in ipairs(take_rows(1)) do redis.call('XADD', consent, '*', 'entry', row[1]) end
  for _, row in ipairs(take_rows(1)) do
    local id = redis.call('XADD', requests, '*', 'entry', row[1])
    redis.call('HSET', contact, 'requests', (redis.call('HGET', contact, 'requests') or '') .. ' ' .. id)
  end
  if erase == '1' then forget(contact, facts, journal, requests, ids, seen) end
  return done
end

redis.register_function{function_name = 'chaski_load', callback = load, flags = {'no-writes'}}
redis.register_function('chaski_commit', commit)
