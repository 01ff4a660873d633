-- The outbox: what is to be sent, what is being sent, what became of it.
--
-- A shard's hash `sends:DAY` has what is known of the messages whose ids are of that day (of the server's clock, which gave the ids):
--   ENTRY: a message's record, one line of words, "-" where there is none, and its code behind them:
--     STATE TRIES PROCESS AT DUE PARTS DELIVERY DELIVERY_CODE HEARD ASIDE PROVIDER_ID CODE
--   CHANNEL:PROVIDER_ID: "ENTRY PART", whom a receipt means that knows only the provider's id; where all of a channel's receipts name the
--     ENTRY there is none
--   kept: on which day, as those who tell ends count them, the hash was given KEEP_S to live
-- STATE: intent (the provider is being called), wait (it will be tried again), sent, dead, doubt, dropped, resent (a person had it sent
-- again, under a new id). HEARD: of several parts, "PART=DELIVERY;…". ASIDE: its entry in `doubt` or `dead`. Its entry stays in its
-- stream until the state is final. A hash a day holds a message in half the memory of a key for each record and each id, and what is told of
-- many messages goes in and out of it with one command.
-- A receipt that came before what it tells of is "DELIVERY CODE" in `receipt:CHANNEL:PROVIDER_ID`; `early` is there while one may be.

-- Texts, for a number costs the server a float's formatting each time that it is given to a command.
local KEEP_S = '2764800'   -- 32 days after the last end, but for one: for 30 days WhatsApp's statuses can come
local KEEP_EARLY_S = '600' -- a receipt may come before the send call's own answer
local DAY_S = 86400
local DAYS = 40            -- so old an id can be of which a receipt comes: kept for 32 days after its end, 7 of them waited for that

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

-- Asks leave for one message; `fresh` is the record of one that was never called, `leased` whether the shard's lease is the
-- one that was named. Returns the answer and, when it goes, its record.
local function leave(contact, leased, text, owner, now, fresh, head, channel, before, after)
  local after_out, resend, limited = head:byte(1, 3)
  local r = text and read_record(text)
  if r and FINAL[r.state] then return 'done' end
  if not leased then return 'lost' end
  local ours = r and r.state == 'intent' and r.by == owner
  local open = r and r.state == 'intent' and not ours
  if open then
    if r.delivery ~= '-' and r.delivery ~= 'queued' then return 'sent' end -- also when it failed there
    if resend ~= YES then return 'doubt' end
  end
  if r and r.state == 'wait' and tonumber(r.due) > tonumber(now) then return 'later ' .. r.due end
  local person
  if limited == YES then
    person = redis.call('HMGET', contact, 'v', 'out', 'lim:' .. channel, 'lim', 's')
  elseif after_out ~= YES then
    person = redis.call('HMGET', contact, 'v', 'out')
  end
  -- What another process left open may have gone before the person went out.
  if after_out ~= YES and (not person[1] or person[2] == '1') then return open and 'doubt' or 'drop' end
  if limited == YES and not ours then
    local known = {exists = person[1], own = person[3] or '', shared = person[4] or ''}
    if not swap_limits(contact, channel, known, before, after) then
      local line = line_of(person[1], person[5])
      return 'limits ' .. inbound_of(line or '', channel) .. ' ' .. limits_text(known.own, known.shared)
    end
  end
  if not r then return 1, fresh end
  local tries = tonumber(r.tries) + 1
  r.state, r.tries, r.by, r.at = 'intent', string.format('%.0f', tries), owner, now
  return tries, text_of(r)
end

-- The token under which a process holds a shard; false when it does not.
local function held_token(lease, owner)
  local held = redis.call('GET', lease)
  return held and held:sub(1, #owner + 1) == owner .. ' ' and held:sub(#owner + 2)
end

-- Calls `each` for each run of a batch, with where its keys and arguments begin, how many messages it has, and how many came before; it
-- returns where the next begins. A run is of messages that share its keys and what is said first: of one shard and one day, as those that
-- were read together mostly are. Its ids stand together, so that a command takes them as they are.
local function each_run(runs, each)
  local key, at, done = 1, 4, 0
  for count in runs:gmatch('%d+') do
    count = tonumber(count)
    key, at = each(key, at, count, done)
    done = done + count
  end
end

local function trouble(why)
  return 'error ' .. tostring(type(why) == 'table' and why.err or why)
end

-- What a run gathers for its commands, as far as it counts them: used again by the next one, for a table that grows costs more than what
-- is put in.
local WRITES, ENDS, PLAIN = {}, {}, {}

-- Asks leave for a run of messages; its arguments begin at args[at]. Nearly all were never called, and nothing but the gate can hold them:
-- for these it does what leave() would.
local function leave_run(keys, args, key, at, count, fresh, answers, done)
  local owner, now, sends, head = args[1], args[2], keys[key], args[at]
  local leased = head:sub(5) == held_token(keys[key + 1], owner)
  local after_out, _, limited = head:byte(1, 3)
  local plain = leased and after_out ~= YES and limited ~= YES
  local texts = redis.call('HMGET', sends, unpack(args, at + 1, at + count))
  local writes, n, more = WRITES, 0, at + count + 1
  for i = 1, count do
    local contact, answer, record = keys[key + 1 + i], nil, nil
    if plain and not texts[i] then
      local person = redis.pcall('HMGET', contact, 'v', 'out')
      if person.err then
        answer = trouble(person)
      elseif not person[1] or person[2] == '1' then
        answer = 'drop'
      else
        answer, record = 1, fresh
      end
    else
      local good
      good, answer, record = pcall(leave, contact, leased, texts[i], owner, now, fresh, head, args[more], args[more + 1], args[more + 2])
      if not good then answer, record = trouble(answer), nil end
    end
    if limited == YES then more = more + 3 end
    answers[done + i] = answer
    if record then
      writes[n + 1], writes[n + 2] = args[at + i], record
      n = n + 2
    end
  end
  if n > 0 then redis.call('HSET', sends, unpack(writes, 1, n)) end
end

-- Asks leave to call the provider with each of many messages, and writes that we are about to. Each is decided about by itself; their
-- shards may differ, which one server takes.
-- keys: for each run sends, lease, then for each of its messages contact. args: process, now in ms, how many messages each run has
--   ("3 1 …"), then for each run "FLAGS TOKEN" (FLAGS are AFTER, RESEND and LIMITED, each '1' or '0': they may go after an opt-out; what
--   another process left open is called again; limits count), the ids of its messages and, where limits count, for each of them channel,
--   limits expected, limits then.
-- Returns for each how many tries it had, when it goes, else "WORD": see store.h, enum leave; "later DUE", "limits LAST-MESSAGE-MS LIMITS", or
-- "error WHY" when it failed by itself.
local function intent(keys, args)
  local answers, fresh = {}, 'intent 1 ' .. args[1] .. ' ' .. args[2] .. FRESH
  each_run(args[3], function(key, at, count, done)
    local good, why = pcall(leave_run, keys, args, key, at, count, fresh, answers, done)
    for i = done + 1, good and done or done + count do answers[i] = trouble(why) end
    return key + 2 + count, at + 1 + count * (args[at]:byte(3) == YES and 4 or 1)
  end)
  return answers
end

-- What a broadcast's ledger says of a message. `sends` tells of which shard.
local CAST_STATE = {dead = 'failed', doubt = 'doubt', dropped = 'dropped', sent = 'sent'}
local CAST_DELIVERY = {delivered = 'delivered', read = 'read', played = 'read', failed = 'failed'}

local function note(sends, id, r)
  local state = r.state == 'sent' and CAST_DELIVERY[r.delivery] or CAST_STATE[r.state]
  if state then cast_note(sends, id, state, r.delivery == 'failed' and r.delivery_code or r.code) end
end

-- Gives a fresh entry of a message that is to be sent again, and lets the old record say so.
local function send_again(stream, before, r, class, entry, now)
  local id
  if cast_of(before) then
    id = string.format('%.0f-%s', stream_ms(stream, now), before:match('%d+$'))
    redis.call('XADD', stream, id, 'class', class, 'entry', entry, 'again', now)
    cast_again(stream, id)
  else
    id = append(stream, 'class', class, 'entry', entry, 'again', now)
  end
  r.state, r.code = 'resent', 'as ' .. id
  return id
end

-- Takes the receipt that came before what it tells of; false where none did. `early` is the shard's key of that name.
local function take_early(early, name)
  local held = redis.call('GETDEL', early:sub(1, -6) .. 'receipt:' .. name)
  return held and {held:match('^(%S+) (.*)$')}
end

-- Writes what became of one message. `e` has what the arguments of chaski_end say of it. Returns 1 or 0 as that does.
local function finish(e, text, owner, now, early)
  local r = read_record(text) or new_record()
  local late = r.state == 'doubt' and r.by == owner and e.state ~= 'doubt'
  if FINAL[r.state] and not late then return 1 end
  local own_call = late or (r.state == 'intent' and r.by == owner)
  local shard = e.sends:match('^.-}:')
  if not own_call and redis.call('GET', shard .. 'lease') ~= owner .. ' ' .. e.token then return 0 end
  if late then leave_doubt(shard .. 'doubt', r) end
  if late and e.state == 'wait' then
    send_again(e.stream, e.id, r, e.class, e.entry, now)
  else
    r.state, r.at, r.due, r.parts, r.code = e.state, now, e.due, e.parts, e.code
    r.provider_id = word(e.names[1] and (e.named and e.names[1]:match(':(.*)$') or e.names[1]) or '')
    if e.state ~= 'wait' then redis.call('XDEL', e.stream, e.id) end
    for _, name in ipairs(e.named and e.names or {}) do
      local part = tonumber(e.parts) > 1 and name:match(':(.*)$') or ''
      local before = early and take_early(early, name)
      redis.call('HSET', e.sends, name, e.id .. ' ' .. part)
      if before then advance_part(r, part, before[1], before[2]) end
    end
    if e.state == 'dead' or e.state == 'doubt' then
      r.aside = redis.call('XADD', shard .. e.state, '*', 'id', e.id, 'class', e.class, 'code', e.code, 'at', now, 'entry', e.entry)
    end
    note(e.sends, e.id, r)
  end
  redis.call('HSET', e.sends, e.id, text_of(r))
  return 1
end

-- Nearly every end is of a message that this process called once (its record begins with `called`), that the provider took, giving one
-- id (so its head says), and of which no receipt came before. Such a one is only noted, for finish_run() to write what finish() would.
-- Looked for where it must stand: that makes no text, which cutting it out would.
local PLAIN_HEAD = '^sent %d+ 0 1 1 [01] [01]$'

local function is_plain(text, called)
  return text and text:find(called, 1, true) == 1 and text:find(FRESH, -#FRESH, true)
end

-- Takes what chaski_end is told of one message: the names, and class and entry where it has them, stand from args[at] on.
local function take_end(sends, stream, head, code, id, args, at)
  local e = {sends = sends, stream = stream, id = id, code = code, names = {}}
  local names, named
  e.state, e.token, e.due, e.parts, names, named = head:match('^(%a+) (%d+) (%d+) (%d+) (%d+) ([01]) [01]$')
  e.named = named == '1'
  if HAS_ENTRY[e.state] then e.class, e.entry, at = args[at], args[at + 1], at + 2 end
  for n = 1, tonumber(names) do e.names[n] = args[at + n - 1] end
  return e
end

-- Has a hash live on, once a day. Those who tell ends may lie by a day, which KEEP_S allows for.
local function keep(sends, kept, now)
  local today = math.floor(tonumber(now) / (DAY_S * 1000))
  if kept and tonumber(kept) == today then return end
  redis.call('HSET', sends, 'kept', string.format('%.0f', today))
  redis.call('EXPIRE', sends, KEEP_S)
end

-- Writes the ends of a run; its arguments begin at args[at], each of its messages has told.each behind the ids.
local function finish_run(keys, args, key, at, count, told, answers, done)
  local owner, now, sends, stream, head, code = args[1], args[2], keys[key], keys[key + 1], args[at], args[at + 1]
  local each, called, gone = told.each, told.called, told.gone
  local named, tidy = head:byte(-3) == YES, head:byte(-1) == YES
  local early = named and redis.call('EXISTS', keys[key + 2]) == 1 and keys[key + 2]
  local plain_head = told.plain and not early
  local texts = redis.call('HMGET', sends, 'kept', unpack(args, at + 2, at + 1 + count))
  local writes, n, ends, plain, ended, known = WRITES, 0, ENDS, PLAIN, 0, nil
  for i = 1, count do
    local id, text, from = args[at + 1 + i], texts[i + 1], at + 2 + count + (i - 1) * each
    if plain_head and (text == known or is_plain(text, called)) then
      local name = args[from]
      local given = named and name:sub((name:find(':', 1, true) or 0) + 1) or name
      known = text -- the same of those whose intents were written together
      writes[n + 1], writes[n + 2] = id, gone .. (tidy and given or word(given)) .. ' ' .. code
      n = n + 2
      if named then
        writes[n + 1], writes[n + 2] = name, id .. ' '
        n = n + 2
      end
      ended = ended + 1
      ends[ended], plain[ended] = id, done + i
    else
      local good, answer = pcall(finish, take_end(sends, stream, head, code, id, args, from), text, owner, now, early)
      answers[done + i] = good and answer or -1
    end
  end
  keep(sends, texts[1], now)
  if ended == 0 then return end
  redis.call('HSET', sends, unpack(writes, 1, n))
  redis.call('XDEL', stream, unpack(ends, 1, ended))
  if stream:sub(-5) == ':bulk' then
    for i = 1, ended do cast_note(sends, ends[i], 'sent', '') end
  end
  for i = 1, ended do answers[plain[i]] = 1 end
end

-- Writes what became of each of many messages; told again, because the answer to the first telling was lost, it changes nothing.
-- keys: for each run sends, stream, early. An unusual end needs its shard's dead, doubt or lease too, or a receipt: where these lie follows
-- from the others.
-- args: process, now in ms, how many messages each run has ("3 1 …"), then for each run "STATE TOKEN DUE PARTS IDS NAMED TIDY", code, the
--   ids of its messages and for each of them, unless they are sent or dropped, class and entry, and their IDS provider ids, as "CHANNEL:ID"
--   where NAMED is '1': a receipt may know no more; as "ID" where it is '0'. TIDY is '1' where each id is its own word() for certain.
-- Returns for each 1, 0 when the lease is another's and there was no call of this process to tell of, or -1 when it failed by itself.
local function finish_all(keys, args)
  local answers = {}
  local told = {called = 'intent 1 ' .. args[1] .. ' ', gone = 'sent 1 ' .. args[1] .. ' ' .. args[2] .. ' 0 1 - - - - '}
  each_run(args[3], function(key, at, count, done)
    local head = args[at]
    if head ~= told.head then -- else as of the run before
      local state, names = head:match('^(%a+) .- (%d+) %d %d$')
      told.head, told.plain = head, head:find(PLAIN_HEAD)
      told.each = tonumber(names) + (HAS_ENTRY[state] and 2 or 0)
    end
    pcall(finish_run, keys, args, key, at, count, told, answers, done)
    for i = done + 1, done + count do answers[i] = answers[i] or -1 end
    return key + 3, at + 2 + count * (1 + told.each)
  end)
  return answers
end

-- Takes a receipt for a message that we know. keys: sends, doubt. args: id, part, status, code. Returns 1 when it moved the record.
local function receipt(keys, args)
  local sends, doubt = keys[1], keys[2]
  local id, part, status, code = args[1], args[2], args[3], args[4]
  local r = read_record(redis.call('HGET', sends, id))
  if not r then return 0 end
  local settled = r.state == 'doubt'
  if settled then
    leave_doubt(doubt, r)
    r.state = 'sent'
  end
  local moved = advance_part(r, part, status, code)
  if settled or moved then
    redis.call('HSET', sends, id, text_of(r))
    if FINAL[r.state] then note(sends, id, r) end
  end
  return moved and 1 or 0
end

-- Takes a receipt that names only the provider's id. keys: sends (without its day: those of the last DAYS are looked at, the youngest first),
-- early, receipt. args: "CHANNEL:ID", status, code.
-- Returns "ENTRY PART" when the message is known (tell it chaski_receipt then), else 1: it is kept, in its own right order, until the
-- send call's answer comes.
local function receipt_early(keys, args)
  local sends, early, receipt_key = keys[1], keys[2], keys[3]
  local name, status, code = args[1], args[2], args[3]
  local today = math.floor(redis.call('TIME')[1] / DAY_S)
  for day = today + 1, today - DAYS, -1 do -- a clock that was set back gave ids of tomorrow
    local known = redis.call('HGET', string.format('%s:%.0f', sends, day), name)
    if known then return known end
  end
  local before = redis.call('GET', receipt_key)
  redis.call('SET', early, '1', 'EX', KEEP_EARLY_S)
  if moves(before and before:match('^%S+') or '-', status) then
    redis.call('SET', receipt_key, status .. ' ' .. code, 'EX', KEEP_EARLY_S)
  else
    redis.call('EXPIRE', receipt_key, KEEP_EARLY_S)
  end
  return 1
end

-- What a person decided about a message in doubt or dead. keys: stream, sends, dead, doubt. args: id, sent | resend | drop, now in ms.
-- Returns {word}: 'ok' (with the new id when it is sent again), 'unknown', or the state that is not to be decided about.
local function resolve(keys, args)
  local stream, sends, dead, doubt = unpack(keys)
  local r = read_record(redis.call('HGET', sends, args[1]))
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
    answer[2] = send_again(stream, args[1], r, fields.class, fields.entry, args[3])
  else
    r.state, r.at = args[2] == 'sent' and 'sent' or 'dropped', args[3]
    note(sends, args[1], r)
  end
  redis.call('HSET', sends, args[1], text_of(r))
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
