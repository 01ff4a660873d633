-- Staff: who may use the API, by which tokens, and what they did, under one hash tag; and what people asked of them, in the shards.
--
-- A user's record is "ROLE CREATED ENDED STATE HASH", a token's "EXPIRES CREATED USER LABEL": gateway/staff.h. Times are ms.

-- Tells whose a token is. keys: tokens, users. args: the token's digest. Returns {token's record, user's record}, false for what is not.
local function who(keys, args)
  local token = redis.call('HGET', keys[1], args[1])
  local name = token and token:match('^%d+ %d+ (%S+)')
  return {token, name and redis.call('HGET', keys[2], name) or false}
end

-- Changes one record, if it still is as it was seen, and writes down what was done in the same instant.
-- keys: the records, audit. args: field, its record as seen ('' none), as it is to be ('' none), what is written down.
-- Returns false where it is done, else the record as it is ('' none).
local function act(keys, args)
  local present = redis.call('HGET', keys[1], args[1]) or ''
  if present ~= args[2] then return present end
  if args[3] == '' then
    redis.call('HDEL', keys[1], args[1])
  else
    redis.call('HSET', keys[1], args[1], args[3])
  end
  redis.call('XADD', keys[2], '*', 'act', args[4])
  return false
end

-- Takes away the record of a merge that is done, or given up ('' as alias). keys: merges, merged. args: field, the record, alias.
local function merged(keys, args)
  if redis.call('HGET', keys[1], args[1]) ~= args[2] then return 0 end
  redis.call('HDEL', keys[1], args[1])
  if args[3] ~= '' then redis.call('HSET', keys[2], args[1], args[3]) end
  return 1
end

-- Forgets tokens that expired before now. keys: tokens. args: now.
local function forget_expired(keys, args)
  local kept = redis.call('HGETALL', keys[1])
  for i = 1, #kept, 2 do
    if tonumber(kept[i + 1]:match('^%d+')) < tonumber(args[1]) then redis.call('HDEL', keys[1], kept[i]) end
  end
end

-- Counts a try. keys: counters. args: for how long from its first one each counts, then for each how many it allows.
-- Returns how long to wait before a try is looked at, 0 where this one is.
local function try(keys, args)
  local wait = 0
  for i, key in ipairs(keys) do
    local count = redis.call('INCR', key)
    if count == 1 then redis.call('PEXPIRE', key, args[1]) end
    if count > tonumber(args[i + 1]) then wait = math.max(wait, redis.call('PTTL', key)) end
  end
  return wait
end

-- Puts a request that staff enter on the list of what they must do, and on its person's. keys: requests, contact. args: the entry.
-- Returns its id, or nil where nobody wrote from the number.
local function request_add(keys, args)
  if not redis.call('HGET', keys[2], 'v') then return nil end
  local made = redis.call('XADD', keys[1], '*', 'entry', args[1])
  redis.call('HSET', keys[2], 'requests', (redis.call('HGET', keys[2], 'requests') or '') .. ' ' .. made)
  return made
end

-- Takes a request off the list of what staff must do, and off its person's. keys: requests, contact. args: the request's id.
-- Returns 1, or 0 where it is not there.
local function request_done(keys, args)
  local done = redis.call('XDEL', keys[1], args[1])
  local open = redis.call('HGET', keys[2], 'requests')
  if not open then return done end
  local left = {}
  for id in open:gmatch('%S+') do
    if id ~= args[1] then left[#left + 1] = id end
  end
  if #left == 0 then
    redis.call('HDEL', keys[2], 'requests')
  else
    redis.call('HSET', keys[2], 'requests', ' ' .. table.concat(left, ' '))
  end
  return done
end

-- Compares what a person is found by with what her record says, and sets it right: her number in the list of people (she gets another
-- where that is not hers), and her columns. Nothing is done where she moved on since the record was read: her turn wrote what she is.
-- keys: contact, index. args: who, her field `v` as read, her number, '1' to mend, then columns (name, value).
-- Returns how much was wrong.
local function index_mend(keys, args)
  local contact, index, who, seen, number = keys[1], keys[2], args[1], args[2], tonumber(args[3])
  if redis.call('HGET', contact, 'v') ~= seen then return 0 end
  local mends, wrong, name = args[4] == '1', 0, who:match('^%+(%d+)$') or '=' .. who
  if redis.call('LINDEX', index .. ':people', number) ~= name then
    wrong = 1
    if mends then
      number = next_number(index, who)
      local line, state = line_read(contact)
      line_write(contact, line_numbered(line, number), state)
    end
  end
  for at = 5, #args, 2 do
    local value = args[at + 1]
    local held = redis.call('GETRANGE', index .. ':' .. args[at], number * #value, (number + 1) * #value - 1)
    if held ~= value and (held ~= '' or value:find('[^%z]')) then
      wrong = wrong + 1
      if mends then mark(index, number * #value, args[at], value) end
    end
  end
  return wrong
end

-- Empties a place of the list of people whose person has no record, or another number. keys: contact, index. args: who, her field `v` as
-- read ('' none), the place, '1' to mend, then columns (name, value of nobody). Returns 1, or 0 where it is not so any more.
local function index_drop(keys, args)
  local name = args[1]:match('^%+(%d+)$') or '=' .. args[1]
  local place = tonumber(args[3])
  if (redis.call('HGET', keys[1], 'v') or '') ~= args[2] then return 0 end
  if redis.call('LINDEX', keys[2] .. ':people', place) ~= name then return 0 end
  if args[4] ~= '1' then return 1 end
  leave_number(keys[2], place)
  for at = 5, #args, 2 do mark(keys[2], place * #args[at + 1], args[at], args[at + 1]) end
  return 1
end

redis.register_function{function_name = 'chaski_who', callback = who, flags = {'no-writes'}}
redis.register_function('chaski_act', act)
redis.register_function('chaski_merged', merged)
redis.register_function('chaski_forget_expired', forget_expired)
redis.register_function('chaski_try', try)
redis.register_function('chaski_request_add', request_add)
redis.register_function('chaski_request_done', request_done)
redis.register_function('chaski_index_mend', index_mend)
redis.register_function('chaski_index_drop', index_drop)
