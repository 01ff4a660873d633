-- The outbox: what is to be sent, what is being sent, what became of it.
--
-- A message's record (hash `send`) is in one state: intent (the provider is being called), wait (it will be tried again), sent, dead,
-- doubt, dropped, resent (a person had it sent again, under a new id). Its entry stays in its stream until the state is final.

local KEEP_RECORD_S = 30 * 86400 -- WhatsApp's statuses can come for 30 days
local KEEP_EARLY_S = 600         -- a receipt may come before the send call's own answer

local RANK = {queued = 0, sent = 1, delivered = 2, read = 3, played = 4}
local FINAL = {sent = true, dead = true, dropped = true, doubt = true, resent = true}

-- Whether `status` moves on from `now`: forward, never back; failed only from below delivered.
local function moves(now, status)
  if now == 'failed' then return false end
  local rank = RANK[now or 'queued'] or 0
  if status == 'failed' then return rank < RANK.delivered end
  return RANK[status] ~= nil and (not now or RANK[status] > rank)
end

-- The delivery of a message of several parts: failed when one failed, else as far as its slowest.
local function of_parts(send, parts)
  local slowest, heard = 'played', 0
  local record = redis.call('HGETALL', send)
  for i = 1, #record, 2 do
    local status = record[i]:sub(1, 2) == 'd:' and record[i + 1]
    if status == 'failed' then return 'failed' end
    if status then
      heard = heard + 1
      if RANK[status] < RANK[slowest] then slowest = status end
    end
  end
  return heard >= parts and slowest or 'queued'
end

-- Moves a record's delivery. Returns whether it moved.
local function advance(send, status, code)
  if not moves(redis.call('HGET', send, 'delivery'), status) then return 0 end
  redis.call('HSET', send, 'delivery', status, 'delivery_code', code)
  return 1
end

-- Takes one part's status into account: field "d:PART".
local function advance_part(send, part, status, code)
  local parts = tonumber(redis.call('HGET', send, 'parts') or '1')
  if part == '' or parts < 2 then return advance(send, status, code) end
  if not moves(redis.call('HGET', send, 'd:' .. part), status) then return 0 end
  redis.call('HSET', send, 'd:' .. part, status)
  advance(send, of_parts(send, parts), code)
  return 1
end

local function holds_lease(lease, owner, token)
  return redis.call('GET', lease) == owner .. ' ' .. token
end

-- Takes a message out of doubt, because somebody knows now. `doubt` is the stream.
local function leave_doubt(doubt, send)
  local aside = redis.call('HGET', send, 'aside')
  if aside then
    redis.call('XDEL', doubt, aside)
    redis.call('HDEL', send, 'aside')
  end
end

-- A person's limits are told as one text: what is of the channel alone, and behind "|" what the person's channels share.
local function limits_text(own, shared)
  return shared == '' and own or own .. '|' .. shared
end

-- Sets a person's limits if they are what is expected; what is shared is compared only where it changes. held: what they are;
-- without a contact (exists) nothing is kept. Returns whether they were.
local function swap_limits(contact, channel, held, before, after)
  local own, shared = before:match('^([^|]*)|?(.*)$')
  local own_then, shared_then = after:match('^([^|]*)|?(.*)$')
  if own ~= held.own or (shared ~= held.shared and shared ~= shared_then) then return false end
  if held.exists and own_then ~= own then redis.call('HSET', contact, 'lim:' .. channel, own_then) end
  if held.exists and shared_then ~= shared then redis.call('HSET', contact, 'lim', shared_then) end
  return true
end

-- Asks leave to call the provider, and writes that we are about to.
-- keys: contact, send, lease. args: process, token, now in ms, '1' when it may go after an opt-out, '1' when what another process left
--   open is called again, channel, '1' when limits count, limits expected, limits then.
-- Returns {word, due, tries, limits, ms of the person's last message there}: see store.h, enum leave.
local function intent(keys, args)
  local contact, send, lease = unpack(keys)
  local owner, token, now, after_out, resend, channel, limited, before, after = unpack(args)
  local record = redis.call('HMGET', send, 'state', 'by', 'due', 'delivery')
  local state = record[1]
  if state and FINAL[state] then return {'done'} end
  if not holds_lease(lease, owner, token) then return {'lost'} end
  if state == 'intent' and record[2] ~= owner then
    if record[4] and record[4] ~= 'queued' then return {'sent'} end -- also when it failed there
    if resend ~= '1' then return {'doubt'} end
  end
  if state == 'wait' and tonumber(record[3] or '0') > tonumber(now) then return {'later', record[3]} end
  local person = redis.call('HMGET', contact, 'v', 'out', 'in:' .. channel, 'lim:' .. channel, 'lim')
  if after_out ~= '1' and (not person[1] or person[2] == '1') then return {'drop'} end
  if limited == '1' and not (state == 'intent' and record[2] == owner) then
    local held = {exists = person[1], own = person[4] or '', shared = person[5] or ''}
    if not swap_limits(contact, channel, held, before, after) then
      return {'limits', '0', 0, limits_text(held.own, held.shared), person[3] or '0'}
    end
  end
  redis.call('HSET', send, 'state', 'intent', 'at', now, 'by', owner)
  redis.call('EXPIRE', send, KEEP_RECORD_S)
  return {'go', '0', redis.call('HINCRBY', send, 'tries', 1)}
end

-- Gives a fresh entry of a message that is to be sent again, and lets the old record say so.
local function send_again(stream, send, class, entry, now)
  local id = append(stream, 'class', class, 'entry', entry, 'again', now)
  redis.call('HSET', send, 'state', 'resent', 'as', id)
  return id
end

-- Takes receipts that came before their message's end.
local function take_early(send, receipt, early, part, id)
  redis.call('SET', receipt, id .. ' ' .. part, 'EX', KEEP_RECORD_S)
  local first = redis.call('HMGET', early, 'delivery', 'delivery_code')
  if first[1] then advance_part(send, part, first[1], first[2] or '') end
  redis.call('DEL', early)
end

-- Writes what became of a message; told again, because the answer to the first telling was lost, it changes nothing.
-- keys: stream, send, dead, doubt, lease, then for each provider id: receipt (provider id -> entry), early (a receipt that came first).
-- args: id, class, process, token, state, due, code, now in ms, entry, parts, provider ids...
-- Returns 1, or 0 when the lease is another's and there was no call of this process to tell of.
local function finish(keys, args)
  local stream, send, dead, doubt, lease = unpack(keys)
  local id, class, owner, token, state, due, code, now, entry, parts = unpack(args)
  local record = redis.call('HMGET', send, 'state', 'by')
  local late = record[1] == 'doubt' and record[2] == owner and state ~= 'doubt'
  if record[1] and FINAL[record[1]] and not late then return 1 end
  local own_call = late or (record[1] == 'intent' and record[2] == owner)
  if not own_call and not holds_lease(lease, owner, token) then return 0 end
  if late then
    leave_doubt(doubt, send)
    if state == 'wait' then
      send_again(stream, send, class, entry, now)
      return 1
    end
  end
  redis.call('HSET', send, 'state', state, 'at', now, 'code', code, 'due', due, 'parts', parts, 'provider_id', args[11] or '')
  redis.call('EXPIRE', send, KEEP_RECORD_S)
  if state == 'wait' then return 1 end
  redis.call('XDEL', stream, id)
  for i = 11, #args do
    local at = 6 + 2 * (i - 11)
    take_early(send, keys[at], keys[at + 1], tonumber(parts) > 1 and args[i] or '', id)
  end
  if state == 'dead' or state == 'doubt' then
    local aside = redis.call('XADD', state == 'dead' and dead or doubt, '*', 'id', id, 'class', class, 'code', code, 'at', now,
                             'entry', entry)
    redis.call('HSET', send, 'aside', aside)
  end
  return 1
end

-- Takes a receipt for a message that we know. keys: send, doubt. args: part, status, code. Returns 1 when it moved the record.
local function receipt(keys, args)
  local send, doubt = unpack(keys)
  if redis.call('EXISTS', send) == 0 then return 0 end
  if redis.call('HGET', send, 'state') == 'doubt' then
    leave_doubt(doubt, send)
    redis.call('HSET', send, 'state', 'sent')
  end
  return advance_part(send, args[1], args[2], args[3])
end

-- Takes a receipt that names only the provider's id. keys: receipt, early. args: status, code.
-- Returns "ENTRY PART" when the message is known (tell it chaski_receipt then), else 1: it is kept, in its own right order, until the
-- send call's answer comes.
local function receipt_early(keys, args)
  local known = redis.call('GET', keys[1])
  if known then return known end
  advance(keys[2], args[1], args[2])
  redis.call('EXPIRE', keys[2], KEEP_EARLY_S)
  return 1
end

-- What a person decided about a message in doubt or dead. keys: stream, send, dead, doubt. args: id, sent | resend | drop, now in ms.
-- Returns {word}: 'ok' (with the new id when it is sent again), 'unknown', or the state that is not to be decided about.
local function resolve(keys, args)
  local stream, send, dead, doubt = unpack(keys)
  local record = redis.call('HMGET', send, 'state', 'aside')
  local state, aside = record[1], record[2]
  if not state then return {'unknown'} end
  if not aside or (state ~= 'doubt' and state ~= 'dead') then return {state} end
  local place = state == 'dead' and dead or doubt
  local item = redis.call('XRANGE', place, aside, aside)[1]
  redis.call('XDEL', place, aside)
  redis.call('HDEL', send, 'aside')
  if args[2] == 'resend' and item then
    local fields = {}
    for i = 1, #item[2], 2 do fields[item[2][i]] = item[2][i + 1] end
    return {'ok', send_again(stream, send, fields.class, fields.entry, args[3])}
  end
  redis.call('HSET', send, 'state', args[2] == 'sent' and 'sent' or 'dropped', 'at', args[3])
  return {'ok'}
end

-- Counts a shard's messages. keys: outbox, bulk, doubt, dead. Returns {waiting, in doubt, dead}.
local function tally(keys)
  local function len(at) return redis.call('XLEN', keys[at]) end
  return {len(1) + len(2), len(3), len(4)}
end

redis.register_function{function_name = 'chaski_tally', callback = tally, flags = {'no-writes'}}
redis.register_function('chaski_intent', intent)
redis.register_function('chaski_end', finish)
redis.register_function('chaski_receipt', receipt)
redis.register_function('chaski_receipt_early', receipt_early)
redis.register_function('chaski_resolve', resolve)
