-- The outbox: what is to be sent, what is being sent, what became of it.
--
-- A message's record (string `send`) is one line of words, "-" where there is none, and its code behind them:
--   STATE TRIES PROCESS AT DUE PARTS DELIVERY DELIVERY_CODE HEARD ASIDE PROVIDER_ID CODE
-- STATE: intent (the provider is being called), wait (it will be tried again), sent, dead, doubt, dropped, resent (a person had it sent
-- again, under a new id). HEARD: of several parts, "PART=DELIVERY;…". ASIDE: its entry in `doubt` or `dead`. Its entry stays in its
-- stream until the state is final; so does the record, which then is kept for KEEP_RECORD_S.
-- What is known of a provider's id (string `receipt`) is "ENTRY PART", or "? DELIVERY CODE" of a receipt that came before.

-- Texts, for a number costs the server a float's formatting each time that it is given to a command.
local KEEP_RECORD_S = '2592000' -- 30 days: so long WhatsApp's statuses can come
local KEEP_EARLY_S = '600'      -- a receipt may come before the send call's own answer

local RANK = {queued = 0, sent = 1, delivered = 2, read = 3, played = 4}
local FINAL = {sent = true, dead = true, dropped = true, doubt = true, resent = true}
local HAS_ENTRY = {wait = true, dead = true, doubt = true} -- an end that may need the message itself

local RECORD = '^' .. ('(%S+) '):rep(11) .. '(.*)$'

local function read_record(text)
  if not text then return nil end
  local r = {}
  r.state, r.tries, r.by, r.at, r.due, r.parts, r.delivery, r.delivery_code, r.heard, r.aside, r.provider_id, r.code = text:match(RECORD)
  return r.state and r or nil
end

local function new_record()
  return {state = 'new', tries = '0', by = '-', at = '0', due = '0', parts = '1', delivery = '-', delivery_code = '-', heard = '-',
          aside = '-', provider_id = '-', code = ''}
end

local function text_of(r)
  return table.concat({r.state, r.tries, r.by, r.at, r.due, r.parts, r.delivery, r.delivery_code, r.heard, r.aside, r.provider_id,
                       r.code}, ' ')
end

-- A word of a record: what would end it is written as %XX.
local function word(text)
  if text == '' then return '-' end
  if not text:find('%W') then return text end -- most ids: letters and digits
  if not text:find('[%s%%;=]') then return text end
  return (text:gsub('[%s%%;=]', function(c) return string.format('%%%02x', c:byte()) end))
end

-- Whether `status` moves on from `now` ('-': nothing was heard): forward, never back; failed only from below delivered.
local function moves(now, status)
  if now == 'failed' then return false end
  local rank = RANK[now] or 0
  if status == 'failed' then return rank < RANK.delivered end
  return RANK[status] ~= nil and (now == '-' or RANK[status] > rank)
end

-- Moves a record's delivery. Returns whether it moved.
local function advance(r, status, code)
  if not moves(r.delivery, status) then return false end
  r.delivery, r.delivery_code = status, word(code)
  return true
end

-- Takes one part's status into account. The delivery of a message of several parts: failed when one failed, else as far as its slowest.
local function advance_part(r, part, status, code)
  if part == '' or tonumber(r.parts) < 2 then return advance(r, status, code) end
  if status ~= 'failed' and not RANK[status] then return false end
  local name, slowest, failed, count, was, others = word(part), status, status == 'failed', 1, '-', {}
  for heard, its in r.heard:gmatch('([^;=]+)=([^;=]+)') do
    if heard == name then
      was = its
    else
      others[#others + 1] = heard .. '=' .. its
      count, failed = count + 1, failed or its == 'failed'
      if not failed and RANK[its] < RANK[slowest] then slowest = its end
    end
  end
  if not moves(was, status) then return false end
  others[#others + 1] = name .. '=' .. status
  r.heard = table.concat(others, ';')
  advance(r, failed and 'failed' or count >= tonumber(r.parts) and slowest or 'queued', code)
  return true
end

-- Takes a message out of doubt, because somebody knows now. `doubt` is the stream.
local function leave_doubt(doubt, r)
  if r.aside == '-' then return end
  redis.call('XDEL', doubt, r.aside)
  r.aside = '-'
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

local YES = ('1'):byte()
local FRESH = ' 0 1 - - - - - ' -- how the record of a message ends that was never heard of before its first intent

-- Asks leave for one message; `fresh` is the record of one that was never called. Returns the answer and, when it goes, its record.
local function leave(contact, held, text, owner, now, fresh, head, channel, before, after)
  local after_out, resend, limited = head:byte(1, 3)
  local r = read_record(text)
  if r and FINAL[r.state] then return 'done' end
  if held ~= head:sub(5) then return 'lost' end
  local ours = r and r.state == 'intent' and r.by == owner
  local open = r and r.state == 'intent' and not ours
  if open then
    if r.delivery ~= '-' and r.delivery ~= 'queued' then return 'sent' end -- also when it failed there
    if resend ~= YES then return 'doubt' end
  end
  if r and r.state == 'wait' and tonumber(r.due) > tonumber(now) then return 'later ' .. r.due end
  local person
  if limited == YES then
    person = redis.call('HMGET', contact, 'v', 'out', 'in:' .. channel, 'lim:' .. channel, 'lim')
  elseif after_out ~= YES then
    person = redis.call('HMGET', contact, 'v', 'out')
  end
  -- What another process left open may have gone before the person went out.
  if after_out ~= YES and (not person[1] or person[2] == '1') then return open and 'doubt' or 'drop' end
  if limited == YES and not ours then
    local known = {exists = person[1], own = person[4] or '', shared = person[5] or ''}
    if not swap_limits(contact, channel, known, before, after) then
      return 'limits ' .. (person[3] or '0') .. ' ' .. limits_text(known.own, known.shared)
    end
  end
  if not r then return 'go 1', fresh end
  r.state, r.tries, r.by, r.at = 'intent', string.format('%.0f', tonumber(r.tries) + 1), owner, now
  return 'go ' .. r.tries, text_of(r)
end

-- The token under which a process holds a shard; false when it does not.
local function held_token(lease, owner)
  local held = redis.call('GET', lease)
  return held and held:sub(1, #owner + 1) == owner .. ' ' and held:sub(#owner + 2)
end

-- Asks leave to call the provider with each of many messages, and writes that we are about to. Each is decided about by itself; their
-- shards may differ, which one server takes.
-- keys: for each send; then for each contact, lease. args: process, now in ms, how many, then for each "FLAGS TOKEN"
--   (FLAGS are AFTER, RESEND and LIMITED, each '1' or '0': it may go after an opt-out; what another process left open is called again;
--   limits count) and, where limits count, channel, limits expected, limits then.
-- Returns for each "WORD": see store.h, enum leave; "go TRIES", "later DUE", "limits LAST-MESSAGE-MS LIMITS", or "error WHY" when it failed
-- by itself.
local function intent(keys, args)
  local owner, now, count, at, answers, writes, tokens = args[1], args[2], tonumber(args[3]), 4, {}, {}, {}
  local fresh = 'intent 1 ' .. owner .. ' ' .. now .. FRESH
  local texts = redis.call('MGET', unpack(keys, 1, count))
  for i = 1, count do
    local contact, lease = keys[count + 2 * i - 1], keys[count + 2 * i]
    local head, channel, before, after = args[at], args[at + 1], args[at + 2], args[at + 3]
    at = at + (head:byte(3) == YES and 4 or 1)
    if tokens[lease] == nil then tokens[lease] = held_token(lease, owner) end
    local good, answer, record = pcall(leave, contact, tokens[lease], texts[i], owner, now, fresh, head, channel, before, after)
    answers[i] = good and answer or 'error ' .. tostring(type(answer) == 'table' and answer.err or answer)
    if good and record then writes[#writes + 1], writes[#writes + 2] = keys[i], record end
  end
  if writes[1] then redis.call('MSET', unpack(writes)) end
  return answers
end

-- Gives a fresh entry of a message that is to be sent again, and lets the old record say so.
local function send_again(stream, r, class, entry, now)
  local id = append(stream, 'class', class, 'entry', entry, 'again', now)
  r.state, r.code = 'resent', 'as ' .. id
  return id
end

-- Ties a provider's id to its message, and takes the receipt that came before.
local function take_early(r, receipt, part, id)
  local before = redis.call('SET', receipt, id .. ' ' .. part, 'EX', KEEP_RECORD_S, 'GET')
  local status, code = (before or ''):match('^%? (%S+) (.*)$')
  if status then advance_part(r, part, status, code) end
end

-- Writes what became of one message. `e` has what the arguments of chaski_end say of it. Returns 1 or 0 as that does.
local function finish(e, text, owner, now)
  local r = read_record(text) or new_record()
  local late = r.state == 'doubt' and r.by == owner and e.state ~= 'doubt'
  if FINAL[r.state] and not late then return 1 end
  local own_call = late or (r.state == 'intent' and r.by == owner)
  if not own_call and redis.call('GET', e.lease) ~= owner .. ' ' .. e.token then return 0 end
  if late then leave_doubt(e.doubt, r) end
  if late and e.state == 'wait' then
    send_again(e.stream, r, e.class, e.entry, now)
  else
    r.state, r.at, r.due, r.parts, r.code, r.provider_id = e.state, now, e.due, e.parts, e.code, word(e.ids[1] or '')
    if e.state == 'wait' then
      redis.call('SET', e.send, text_of(r))
      return 1
    end
    redis.call('XDEL', e.stream, e.id)
    for i, id in ipairs(e.ids) do take_early(r, e.receipts[i], tonumber(e.parts) > 1 and id or '', e.id) end
    if e.state == 'dead' or e.state == 'doubt' then
      r.aside = redis.call('XADD', e.state == 'dead' and e.dead or e.doubt, '*', 'id', e.id, 'class', e.class, 'code', e.code, 'at', now,
                           'entry', e.entry)
    end
  end
  redis.call('SET', e.send, text_of(r), 'EX', KEEP_RECORD_S)
  return 1
end

-- Nearly every end: this process called once (its record begins with `called`), the provider took it and gave one id, and no receipt came
-- before. Does what finish() would, for less. Returns whether it was so; else nothing is done.
local function finish_plain(text, called, gone, head, send, stream, receipt, id, code, provider_id)
  if head:sub(1, 5) ~= 'sent ' or head:sub(-6) ~= ' 0 1 1' or not text then return false end
  if text:sub(1, #called) ~= called or text:sub(-#FRESH) ~= FRESH then return false end
  local before = redis.call('SET', receipt, id .. ' ', 'EX', KEEP_RECORD_S, 'GET')
  if before and before:sub(1, 1) == '?' then
    redis.call('SET', receipt, before, 'EX', KEEP_EARLY_S)
    return false
  end
  redis.call('XDEL', stream, id)
  redis.call('SET', send, gone .. word(provider_id) .. ' ' .. code, 'EX', KEEP_RECORD_S)
  return true
end

-- Reads what chaski_end is told of one message: its keys begin behind `key`, its arguments at `at`. Returns it and the next two.
local function take_end(send, keys, args, key, at)
  local shard = send:match('^.-}:')
  local e = {send = send, stream = keys[key + 1], dead = shard .. 'dead', doubt = shard .. 'doubt', lease = shard .. 'lease',
             id = args[at + 1], code = args[at + 2], ids = {}, receipts = {}}
  local ids
  e.state, e.token, e.due, e.parts, ids = args[at]:match('^(%a+) (%d+) (%d+) (%d+) (%d+)$')
  key, at = key + 1, at + 3
  if HAS_ENTRY[e.state] then e.class, e.entry, at = args[at], args[at + 1], at + 2 end
  for n = 1, tonumber(ids) do e.receipts[n], e.ids[n] = keys[key + n], args[at + n - 1] end
  return e, key + tonumber(ids), at + tonumber(ids)
end

-- Writes what became of each of many messages; told again, because the answer to the first telling was lost, it changes nothing.
-- keys: for each send; then for each stream, and for each of its provider ids a receipt. An unusual end needs its shard's dead, doubt or
-- lease too: where these lie follows from send, and most ends are spared them.
-- args: process, now in ms, how many, then for each "STATE TOKEN DUE PARTS IDS", id, code, unless it is sent or dropped class and entry, and its
--   IDS provider ids.
-- Returns for each 1, 0 when the lease is another's and there was no call of this process to tell of, or -1 when it failed by itself.
local function finish_all(keys, args)
  local owner, now, count, answers = args[1], args[2], tonumber(args[3]), {}
  local texts = redis.call('MGET', unpack(keys, 1, count))
  local called, gone = 'intent 1 ' .. owner .. ' ', 'sent 1 ' .. owner .. ' ' .. now .. ' 0 1 - - - - '
  local key, at = count, 4
  for i = 1, count do
    local plain, done = pcall(finish_plain, texts[i], called, gone, args[at], keys[i], keys[key + 1], keys[key + 2], args[at + 1],
                              args[at + 2], args[at + 3])
    if plain and done then
      answers[i], key, at = 1, key + 2, at + 4
    else
      local e
      e, key, at = take_end(keys[i], keys, args, key, at)
      local good, answer = pcall(finish, e, texts[i], owner, now)
      answers[i] = good and answer or -1
    end
  end
  return answers
end

-- Takes a receipt for a message that we know. keys: send, doubt. args: part, status, code. Returns 1 when it moved the record.
local function receipt(keys, args)
  local send, doubt = unpack(keys)
  local r = read_record(redis.call('GET', send))
  if not r then return 0 end
  local settled = r.state == 'doubt'
  if settled then
    leave_doubt(doubt, r)
    r.state = 'sent'
  end
  local moved = advance_part(r, args[1], args[2], args[3])
  if settled or moved then redis.call('SET', send, text_of(r), 'KEEPTTL') end
  return moved and 1 or 0
end

-- Takes a receipt that names only the provider's id. keys: receipt. args: status, code.
-- Returns "ENTRY PART" when the message is known (tell it chaski_receipt then), else 1: it is kept, in its own right order, until the
-- send call's answer comes.
local function receipt_early(keys, args)
  local known = redis.call('GET', keys[1])
  local status = known and known:match('^%? (%S+)')
  if known and not status then return known end
  if moves(status or '-', args[1]) then
    redis.call('SET', keys[1], '? ' .. args[1] .. ' ' .. args[2], 'EX', KEEP_EARLY_S)
  else
    redis.call('EXPIRE', keys[1], KEEP_EARLY_S)
  end
  return 1
end

-- What a person decided about a message in doubt or dead. keys: stream, send, dead, doubt. args: id, sent | resend | drop, now in ms.
-- Returns {word}: 'ok' (with the new id when it is sent again), 'unknown', or the state that is not to be decided about.
local function resolve(keys, args)
  local stream, send, dead, doubt = unpack(keys)
  local r = read_record(redis.call('GET', send))
  if not r then return {'unknown'} end
  if r.aside == '-' or (r.state ~= 'doubt' and r.state ~= 'dead') then return {r.state} end
  local place = r.state == 'dead' and dead or doubt
  local item = redis.call('XRANGE', place, r.aside, r.aside)[1]
  local answer = {'ok'}
  redis.call('XDEL', place, r.aside)
  r.aside = '-'
  if args[2] == 'resend' and item then
    local fields = {}
    for i = 1, #item[2], 2 do fields[item[2][i]] = item[2][i + 1] end
    answer[2] = send_again(stream, r, fields.class, fields.entry, args[3])
  else
    r.state, r.at = args[2] == 'sent' and 'sent' or 'dropped', args[3]
  end
  redis.call('SET', send, text_of(r), 'KEEPTTL')
  return answer
end

-- Counts a shard's messages. keys: outbox, bulk, doubt, dead. Returns {waiting, in doubt, dead}.
local function tally(keys)
  local function len(at) return redis.call('XLEN', keys[at]) end
  return {len(1) + len(2), len(3), len(4)}
end

redis.register_function{function_name = 'chaski_tally', callback = tally, flags = {'no-writes'}}
redis.register_function('chaski_intent', intent)
redis.register_function('chaski_end', finish_all)
redis.register_function('chaski_receipt', receipt)
redis.register_function('chaski_receipt_early', receipt_early)
redis.register_function('chaski_resolve', resolve)
