-- Trainings: their records among staff's, who has a seat in each, and what people are to be told about it.
--
-- Training N's record is field N of `trainings` (gateway/training.h). Its roster lies in training:N:
--   people   who → "STATE SEQ SHARD CHANNEL": seat, waiting, left, came; SEQ is her place in the order of signing up, 0 where she never did
--   waiting  sorted: who, by SEQ
--   before   who → the state that she had before she came, for staff may take that back
--   sums     how many are in each state, and: answered, signed (ever), seq (the last), and the marks of what was told to all
-- `trainees` tells in which trainings somebody has a row, so that BORRAR finds them. What a person is to be told lies in the stream
-- tells:SHARD of her shard, until the turn that tells it is committed. All of it has one hash tag, {staff}, so that a seat is given,
-- and told of, in one call.

local TRAINING = 'ck:{staff}:training:'
local TELLS = 'ck:{staff}:tells:'
local TELLING = 'ck:{staff}:telling' -- shard → how many wait in its stream
local TRAINEES = 'ck:{staff}:trainees'

local function training_of(trainings, id)
  local record = redis.call('HGET', trainings, id)
  return record and cjson.decode(record)
end

local function roster_row(id, who)
  local row = redis.call('HGET', TRAINING .. id .. ':people', who)
  if not row then return nil, '0' end
  return row:match('^(%S+) (%d+) (%d+) (%S*)$')
end

local function roster_tell(id, what, who, shard, channel, number)
  redis.call('XADD', TELLS .. shard, '*', 'training', id, 'what', what, 'who', who, 'channel', channel, 'number', number or 0)
  redis.call('HINCRBY', TELLING, shard, 1)
end

-- Tells whether somebody came to any.
local function roster_came(who)
  for id in (redis.call('HGET', TRAINEES, who) or ''):gmatch('%S+') do
    if roster_row(id, who) == 'came' then return true end
  end
end

-- Gives somebody another state. Who came, and who came to none after all, has that among her facts by a turn that tells her nothing.
local function roster_set(id, who, state, seq, shard, channel)
  local people, sums, waiting = TRAINING .. id .. ':people', TRAINING .. id .. ':sums', TRAINING .. id .. ':waiting'
  local was = roster_row(id, who)
  if state == 'came' and was ~= 'came' then redis.call('HSET', TRAINING .. id .. ':before', who, was or 'left') end
  if was then
    redis.call('HINCRBY', sums, was, -1)
  else
    redis.call('HINCRBY', sums, 'answered', 1)
    redis.call('HSET', TRAINEES, who, (redis.call('HGET', TRAINEES, who) or '') .. ' ' .. id)
  end
  redis.call('HINCRBY', sums, state, 1)
  redis.call('HSET', people, who, table.concat({state, seq, shard, channel}, ' '))
  if state == 'waiting' then redis.call('ZADD', waiting, seq, who) else redis.call('ZREM', waiting, who) end
  if state == 'came' and was ~= 'came' then roster_tell(id, 'trained', who, shard, channel) end
  if was == 'came' and not roster_came(who) then roster_tell(id, 'untrained', who, shard, channel) end
end

local function roster_free(id, training)
  local held = redis.call('HMGET', TRAINING .. id .. ':sums', 'seat', 'came')
  return training.seats - tonumber(held[1] or 0) - tonumber(held[2] or 0)
end

-- Gives seats that are free to those who wait, in their order.
local function roster_move_up(id, training, now)
  if training.cancelled or now >= training.starts then return end
  for _ = 1, roster_free(id, training) do
    local who = redis.call('ZRANGE', TRAINING .. id .. ':waiting', 0, 0)[1]
    if not who then return end
    local _, seq, shard, channel = roster_row(id, who)
    roster_set(id, who, 'seat', seq, shard, channel)
    roster_tell(id, 'moved', who, shard, channel)
  end
end

local wishes = {}

-- Each gives what is to be told, and its number.

function wishes.join(id, training, who, shard, channel, now)
  local state, seq = roster_row(id, who)
  if state == 'waiting' then return 'waiting', redis.call('ZRANK', TRAINING .. id .. ':waiting', who) + 1 end
  if state == 'seat' or state == 'came' then return state end
  if training.cancelled then return 'cancelled' end
  if now >= training.deadline or now >= training.starts then return 'closed' end
  if seq == '0' then redis.call('HINCRBY', TRAINING .. id .. ':sums', 'signed', 1) end
  seq = string.format('%.0f', redis.call('HINCRBY', TRAINING .. id .. ':sums', 'seq', 1))
  local waits = redis.call('ZCARD', TRAINING .. id .. ':waiting')
  if waits == 0 and roster_free(id, training) > 0 then
    roster_set(id, who, 'seat', seq, shard, channel)
    return 'seat'
  end
  roster_set(id, who, 'waiting', seq, shard, channel)
  return 'waiting', waits + 1
end

function wishes.leave(id, training, who, shard, channel, now)
  local state, seq = roster_row(id, who)
  if state == 'came' then return state end
  roster_set(id, who, 'left', seq, shard, channel)
  if state == 'seat' then roster_move_up(id, training, now) end
  return 'left'
end

function wishes.came(id, _, who, shard, channel)
  local _, seq = roster_row(id, who)
  roster_set(id, who, 'came', seq, shard, channel)
  return 'came'
end

-- Which training somebody leaves who names none: the first to begin of those that she is in.
local function first_of_hers(trainings, who, now)
  local found, starts
  for id in (redis.call('HGET', TRAINEES, who) or ''):gmatch('%S+') do
    local state, training = roster_row(id, who), training_of(trainings, id)
    local hers = (state == 'seat' or state == 'waiting') and training and training.starts > now
    if hers and (not starts or training.starts < starts) then found, starts = id, training.starts end
  end
  return found
end

local RANKS = {left = 1, waiting = 2, seat = 3, came = 4}

-- Gives one row of two that are of the same person to her, and takes the other's away; of two, the better stays.
local function roster_merge_row(id, from, to, shard, channel)
  local people, sums, waiting = TRAINING .. id .. ':people', TRAINING .. id .. ':sums', TRAINING .. id .. ':waiting'
  local state, seq = roster_row(id, from)
  if not state then return end
  local held = roster_row(id, to)
  redis.call('HDEL', people, from)
  redis.call('ZREM', waiting, from)
  redis.call('HINCRBY', sums, state, -1)
  redis.call('HINCRBY', sums, 'answered', -1)
  if not held or RANKS[state] > RANKS[held] then roster_set(id, to, state, seq, shard, channel) end
end

-- Gives all places of a number to another of the same person; done again, there are none. What is free then goes to who waits.
-- keys: trainings. args: from, to, to's shard, the channel where she is told, now in ms.
local function roster_merge(keys, args)
  local from, to, shard, channel, now = unpack(args)
  for id in (redis.call('HGET', TRAINEES, from) or ''):gmatch('%S+') do
    roster_merge_row(id, from, to, shard, channel)
    local training = training_of(keys[1], id)
    if training then roster_move_up(id, training, tonumber(now)) end
  end
  redis.call('HDEL', TRAINEES, from)
end

-- Takes a person who was erased out of every roster; the sums of what is over stay.
local function roster_forget(trainings, who, now)
  for id in (redis.call('HGET', TRAINEES, who) or ''):gmatch('%S+') do
    local state, seq, shard, channel = roster_row(id, who)
    local training = training_of(trainings, id)
    if (state == 'seat' or state == 'waiting') and training and training.starts > now then
      roster_set(id, who, 'left', seq, shard, channel)
      roster_move_up(id, training, now)
    end
    redis.call('HDEL', TRAINING .. id .. ':people', who)
    redis.call('ZREM', TRAINING .. id .. ':waiting', who)
    redis.call('HDEL', TRAINING .. id .. ':before', who)
  end
  redis.call('HDEL', TRAINEES, who)
end

-- Does what a person's turn wished, once: a shard's wishes come in their order, and which was the last is written down here.
-- keys: trainings, wished. args: shard, the wish's id, verb (join, leave, came, erase, or what she is told where nothing is done), training
-- ('' none named), who, channel, now in ms, the one that she was invited to, which she leaves if she is in none ('' none).
-- Returns what she is told; '' nothing, or it was done before.
local function wish(keys, args)
  local shard, id, verb, training_id, who, channel = unpack(args, 1, 6)
  local now = tonumber(args[7])
  local ms, number = id:match('^(%d+)-(%d+)$')
  local last_ms, last_number = (redis.call('HGET', keys[2], shard) or '0-0'):match('^(%d+)-(%d+)$')
  ms, number, last_ms, last_number = tonumber(ms), tonumber(number), tonumber(last_ms), tonumber(last_number)
  if ms < last_ms or (ms == last_ms and number <= last_number) then return '' end
  redis.call('HSET', keys[2], shard, id)
  if verb == 'erase' then
    roster_forget(keys[1], who, now)
    return ''
  end
  if verb == 'leave' and training_id == '' then training_id = first_of_hers(keys[1], who, now) or args[8] end
  local training = training_id ~= '' and training_of(keys[1], training_id)
  local what, place = wishes[verb] and 'none' or verb, 0
  if training then what, place = wishes[verb](training_id, training, who, shard, channel, now) end
  roster_tell(training and training_id or '', what, who, shard, channel, place)
  return what
end

-- Tells all who have a seat, or wait for one.
local function roster_tell_hopeful(id, what)
  local rows = redis.call('HGETALL', TRAINING .. id .. ':people')
  for i = 1, #rows, 2 do
    local state, _, shard, channel = rows[i + 1]:match('^(%S+) (%d+) (%d+) (%S*)$')
    if state == 'seat' or state == 'waiting' then roster_tell(id, what, rows[i], shard, channel) end
  end
end

-- Changes a record, as chaski_act does. Who has a place in one that is cancelled, or moved, is told so, and reminded of its new day; more
-- seats go to who waits.
-- keys: trainings, audit. args: id, its record as seen ('' none), as it is to be, what is written down, now in ms.
-- Returns false where it is done, else the record as it is.
local function training_act(keys, args)
  local present = redis.call('HGET', keys[1], args[1]) or ''
  if present ~= args[2] then return present end
  redis.call('HSET', keys[1], args[1], args[3])
  redis.call('INCR', keys[1] .. ':version')
  redis.call('XADD', keys[2], '*', 'act', args[4])
  local training, before = cjson.decode(args[3]), args[2] ~= '' and cjson.decode(args[2])
  local moved = before and (before.starts ~= training.starts or before.place ~= training.place or before.link ~= training.link)
  if before and before.starts ~= training.starts then redis.call('HDEL', TRAINING .. args[1] .. ':sums', 'reminded') end
  if not training.cancelled then roster_move_up(args[1], training, tonumber(args[5])) end
  if before and training.cancelled and not before.cancelled then
    roster_tell_hopeful(args[1], 'cancelled')
  elseif moved and not training.cancelled and training.starts > tonumber(args[5]) then
    roster_tell_hopeful(args[1], 'changed')
  end
  return false
end

-- Tells something to everybody in a state, once: `mark` says that it was done. keys: trainings. args: id, mark, state, what, now in ms.
-- Returns how many; -1 where it was done before.
local function training_tell_all(_, args)
  if redis.call('HSETNX', TRAINING .. args[1] .. ':sums', args[2], args[5]) == 0 then return -1 end
  local rows, count = redis.call('HGETALL', TRAINING .. args[1] .. ':people'), 0
  for i = 1, #rows, 2 do
    local state, seq, shard, channel = rows[i + 1]:match('^(%S+) (%d+) (%d+) (%S*)$')
    if state == args[3] then
      roster_tell(args[1], args[4], rows[i], shard, channel, seq)
      count = count + 1
    end
  end
  return count
end

-- Notes who came, or takes that back, and writes down who did it. Who is taken back is what she was before: a seat that she did not have is
-- not given to her, and one that she takes no more is for who waits.
-- keys: trainings, audit. args: id, '1' came, what is written down, now in ms, then who … Returns those who are in no row of it.
local function training_attend(keys, args)
  local id, unknown, training = args[1], {}, training_of(keys[1], args[1])
  for i = 5, #args do
    local who = args[i]
    local state, seq, shard, channel = roster_row(id, who)
    if not state then
      unknown[#unknown + 1] = who
    elseif args[2] == '1' then
      roster_set(id, who, 'came', seq, shard, channel)
    elseif state == 'came' then
      roster_set(id, who, redis.call('HGET', TRAINING .. id .. ':before', who) or 'left', seq, shard, channel)
      redis.call('HDEL', TRAINING .. id .. ':before', who)
    end
  end
  if training and args[2] ~= '1' then roster_move_up(id, training, tonumber(args[4])) end
  redis.call('XADD', keys[2], '*', 'act', args[3])
  return unknown
end

-- Takes away what was told. keys: the shard's tells, telling. args: shard, id.
local function told(keys, args)
  if redis.call('XDEL', keys[1], args[2]) == 0 then return 0 end
  if redis.call('HINCRBY', keys[2], args[1], -1) <= 0 then redis.call('HDEL', keys[2], args[1]) end
  return 1
end

-- Gives the version of the trainings, and all of them. keys: trainings.
local function trainings_all(keys)
  return {redis.call('GET', keys[1] .. ':version') or '', redis.call('HGETALL', keys[1])}
end

redis.register_function{function_name = 'chaski_trainings', callback = trainings_all, flags = {'no-writes'}}
redis.register_function('chaski_wish', wish)
redis.register_function('chaski_told', told)
redis.register_function('chaski_roster_merge', roster_merge)
redis.register_function('chaski_training_act', training_act)
redis.register_function('chaski_training_tell_all', training_tell_all)
redis.register_function('chaski_training_attend', training_attend)
