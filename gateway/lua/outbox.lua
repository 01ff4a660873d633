-- The outbox: what is to be sent, what is being sent, what became of it.
--
-- A message's record (hash `send`) is in one state: intent (the provider is being called), wait (it will be tried again), sent, dead, doubt,
-- dropped. Its entry stays in the stream, pending, until the state is final.

local KEEP_RECORD_S = 30 * 86400 -- WhatsApp's statuses can come for 30 days
local KEEP_EARLY_S = 600         -- a receipt may come before the send call's own answer

local RANK = {queued = 0, sent = 1, delivered = 2, read = 3, played = 4}

-- Moves a record's delivery forward, never back; `failed` counts only below delivered.
local function advance(send, status, code)
  local now = redis.call('HGET', send, 'delivery')
  if now == 'failed' then return 0 end
  local rank = RANK[now or 'queued'] or 0
  if status == 'failed' then
    if rank >= RANK.delivered then return 0 end
  elseif not RANK[status] or (now and RANK[status] <= rank) then
    return 0
  end
  redis.call('HSET', send, 'delivery', status, 'delivery_code', code)
  return 1
end

-- Asks leave to call the provider, and writes that we are about to.
-- keys: contact, send. args: class, now in ms, the asking process (a word of its own, which another never has).
-- Returns 'go' (also when this process asks again, because it did not hear the answer), 'drop' (the person opted out or was erased, and
-- this is no confirmation), 'doubt' (another process had leave and did not tell the end) or 'done' (it has its final state: the entry
-- was read while its result was being written).
local function intent(keys, args)
  local contact, send = keys[1], keys[2]
  local state = redis.call('HGET', send, 'state')
  if state and state ~= 'intent' and state ~= 'wait' then return 'done' end
  if state == 'intent' and redis.call('HGET', send, 'by') ~= args[3] then return 'doubt' end
  if args[1] ~= 'confirmation' then
    if redis.call('EXISTS', contact) == 0 or redis.call('HGET', contact, 'out') == '1' then return 'drop' end
  end
  redis.call('HSET', send, 'state', 'intent', 'at', args[2], 'by', args[3])
  redis.call('HINCRBY', send, 'tries', 1)
  redis.call('EXPIRE', send, KEEP_RECORD_S)
  return 'go'
end

-- Writes what became of a call; told again, because the answer to the first telling was lost, it changes nothing.
-- keys: outbox, send, aside (the dead or doubt stream), receipt (provider id -> entry), early (a receipt that came first).
-- args: group, entry id, state, provider id, code, now in ms, entry. Returns the number of tries so far.
local function result(keys, args)
  local outbox, send, aside, receipt, early = unpack(keys)
  local group, id, state, provider_id, code, now, entry = unpack(args)
  local tries = tonumber(redis.call('HGET', send, 'tries') or '0')
  if state ~= 'wait' and redis.call('XACK', outbox, group, id) == 0 then return tries end
  redis.call('HSET', send, 'state', state, 'at', now, 'code', code, 'provider_id', provider_id)
  redis.call('EXPIRE', send, KEEP_RECORD_S)
  if state == 'wait' then return tries end
  redis.call('XDEL', outbox, id)
  if state == 'sent' and provider_id ~= '' then
    redis.call('SET', receipt, id, 'EX', KEEP_RECORD_S)
    local first = redis.call('HMGET', early, 'delivery', 'delivery_code')
    if first[1] then advance(send, first[1], first[2] or '') end
    redis.call('DEL', early)
  elseif state == 'dead' or state == 'doubt' then
    redis.call('XADD', aside, '*', 'id', id, 'code', code, 'at', now, 'entry', entry)
  end
  return tries
end

-- Takes a receipt for a message that we know. keys: send. args: status, code. Returns 1 when it moved the record.
local function receipt(keys, args)
  if redis.call('EXISTS', keys[1]) == 0 then return 0 end
  return advance(keys[1], args[1], args[2])
end

-- Takes a receipt that names only the provider's id. keys: receipt, early. args: status, code.
-- Returns the entry's id when the message is known (tell it chaski_receipt then), else 1: it is kept, in its own right order, until
-- the send call's answer comes.
local function receipt_early(keys, args)
  local id = redis.call('GET', keys[1])
  if id then return id end
  advance(keys[2], args[1], args[2])
  redis.call('EXPIRE', keys[2], KEEP_EARLY_S)
  return 1
end

redis.register_function('chaski_intent', intent)
redis.register_function('chaski_result', result)
redis.register_function('chaski_receipt', receipt)
redis.register_function('chaski_receipt_early', receipt_early)
