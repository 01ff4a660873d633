-- Commits of turns: wholly or not at all, each by itself.
--
-- A commit is written with the fewest keys and arguments that say it, because each is parsed, hashed and copied on its way through Lua.
-- kind (redis_join.h): its sections, a bit each, by LETTERS.
-- keys: contact, turns, then those of its sections. args: the line's name as it is expected, "VERSION BORN EDITS " ('' for a contact never
-- seen); "MS TURN"; the name then; the line's rest then (a new contact's number is 000000), a line end, and the state then; then those of
-- its sections, in the order of these letters:
--   a  the message may have been seen. key: seen. args: its id, what is remembered of it. Without it the id is known to be new, and
--      stays open (contact.lua)
--   n  she is new. key: index (its columns and its list of people are "INDEX:...", in the same slot)
--   f  facts. args: these
--   and the rest, each a function of `sections` here.
-- The contact's name is what its key ends in.

-- The sections that few commits have. Each is given what all of them need ({contact, turns, line: hers before where p needs it, is_new,
-- number: hers then if she is}), keys and args and where its own begin; and returns where those of the next one do.
local sections = {}

-- Goes through a counted list of rows of `width` arguments. Returns where it ends.
local function each_row(args, at, width, row)
  local last = at + width * tonumber(args[at])
  for i = at + 1, last, width do row(i) end
  return last + 1
end

-- Other fields of the contact. args: how many arguments follow, field and value by turns.
function sections.u(turn, _, args, key, at)
  local last = at + tonumber(args[at])
  redis.call('HSET', turn.contact, unpack(args, at + 1, last))
  return key, last + 1
end

-- Replies, and confirmations. key: outbox. args: how many, class and entry of each.
function sections.o(_, keys, args, key, at)
  return key + 1, each_row(args, at, 2, function(i)
    redis.call('XADD', keys[key], '*', 'class', args[i], 'entry', args[i + 1])
  end)
end

-- What she is found by (index.lua). keys: the columns. args: how many of them, from which byte on and the value of each; who is new has
-- the number that she was given.
function sections.m(turn, keys, args, key, at)
  for _ = 1, tonumber(args[at]) do
    local from, value = args[at + 1], args[at + 2]
    redis.call('SETRANGE', keys[key], turn.number and turn.number * #value or from, value)
    key, at = key + 1, at + 2
  end
  return key, at + 1
end

-- Notices. key: bulk. args: how many, class and entry of each.
function sections.b(_, keys, args, key, at)
  return key + 1, each_row(args, at, 2, function(i) append(keys[key], 'class', args[i], 'entry', args[i + 1]) end)
end

-- Gives the number of a text that consents share, and keeps one that is new.
local function text_number(texts, text)
  local number = redis.call('HGET', texts, text)
  if number then return number end
  number = redis.call('HLEN', texts) + 1
  redis.call('HSET', texts, text, number)
  return number
end

-- Consents. keys: consent, texts. args: how many, of each the text and the line but for the text's number (gateway/consent_row.h).
function sections.c(_, keys, args, key, at)
  return key + 2, each_row(args, at, 2, function(i)
    redis.call('RPUSH', keys[key], args[i + 1] .. text_number(keys[key + 1], args[i]))
  end)
end

-- What staff must do. key: requests. args: how many, the entries.
function sections.r(turn, keys, args, key, at)
  return key + 1, each_row(args, at, 1, function(i)
    local made = redis.call('XADD', keys[key], '*', 'entry', args[i])
    redis.call('HSET', turn.contact, 'requests', (redis.call('HGET', turn.contact, 'requests') or '') .. ' ' .. made)
  end)
end

local function name_of(contact) return contact:match(':contact:(.*)$') end

-- Wishes of trainings. key: wishes. args: how many, the wishes (JSON).
function sections.w(turn, keys, args, key, at)
  return key + 1, each_row(args, at, 1, function(i)
    redis.call('XADD', keys[key], '*', 'who', name_of(turn.contact), 'wish', args[i])
    redis.call('HSET', turn.contact, 'wished', 1)
  end)
end

-- Her place among the timers is another. key: timers. args: now in ms, the place ('0': none).
function sections.p(turn, keys, args, key, at)
  move_place(keys[key], name_of(turn.contact), place_of(turn.line), args[at + 1], args[at])
  return key + 1, at + 2
end

-- It is time to tend what is kept. key: seen. args: now in ms, ms after which seen and turns are to go.
function sections.t(turn, keys, args, key, at)
  tend(keys[key], turn.turns, turn.is_new, args[at], args[at + 1], args[at + 2])
  return key + 1, at + 3
end

-- A ticket. key: tickets. args: now in ms, its id, its line ('': it is closed).
function sections.k(turn, keys, args, key, at)
  keep_ticket(keys[key], turn.contact, args[at + 1], args[at + 2], args[at])
  return key + 1, at + 3
end

-- She is erased. keys: index, requests, timers, tickets, wishes. args: now in ms.
function sections.x(turn, keys, args, key, at)
  turn.gone = true
  forget(turn.contact, turn.turns, keys[key], keys[key + 1], keys[key + 2], keys[key + 3], keys[key + 4], name_of(turn.contact), args[at])
  return key + 5, at + 1
end

-- What stays of who is erased: nobody takes her in again but herself. key: left. args: her digest.
function sections.y(_, keys, args, key, at)
  redis.call('SADD', keys[key], args[at])
  return key + 1, at + 1
end

-- What is told to partners' systems, or taken back from what was to be. keys: seen, webhooks. args: now in ms, what webhook.lua's tell()
-- takes.
function sections.e(turn, keys, args, key, at)
  tell(keys[key + 1], name_of(turn.contact), keys[key], args[at], turn.gone, args, at + 1)
  return key + 2, at + 2 + 3 * tonumber(args[at + 1])
end

local LETTERS = 'anfuombcrwptkxye' -- from the lowest bit on

-- What a commit has, by its kind: {a, n, f: true if so, the functions of the rest in their order}. There are as many as the
-- daemon has ways to write a commit.
local shapes = {}

local function read_shape(kind)
  local shape, rest = {}, kind
  for letter in LETTERS:gmatch('.') do
    if rest % 2 == 1 then
      shape[letter] = true
      shape[#shape + 1] = sections[letter]
    end
    rest = math.floor(rest / 2)
  end
  shapes[kind] = shape
  return shape
end

-- What a commit tells its sections: used again by the next one.
local TURN = {}

-- Commits one turn, or nothing of it: a contact that moved on gives its newer self; else a message that was seen, what is recorded of it.
-- Its keys begin at `key`, its args at `at`. Returns 1, {'first', number, ids in seen} of a new contact, {'seen', reply, turn} or
-- {'conflict', line, state, session, text, facts}.
local function commit(keys, args, kind, key, at)
  local call, contact, turns, seen = redis.call, keys[key], keys[key + 1], keys[key + 2]
  local expected, entry, name, rest = unpack(args, at, at + 3)
  -- What a daemon of before library 20 sends here is a whole line: its index would be given a new contact's number nowhere.
  if name:byte(-1) ~= 32 then error('a daemon older than this library sent this turn: end it, and start it as it is now') end
  local shape, number = shapes[kind] or read_shape(kind), nil
  -- Before the id: one that was made from what the contact was (a USSD hop's) means nothing when the contact moved on.
  local held = call('HGET', contact, 'v') or ''
  if held ~= expected and (expected == '' or held:find(expected, 1, true) ~= 1) then return {'conflict', held_of(contact)} end
  local line = (shape.a or shape.p) and held ~= '' and line_read(contact) or ''
  key, at = key + 2, at + 4
  if shape.a then
    local open = open_of(line)
    if open > 0 then close_seen(seen, turns, open, tonumber(held:match('^%d+'))) end
    if call('HSETNX', seen, args[at], args[at + 1]) == 0 then return {'seen', recorded_of({contact, seen, turns}, args[at])} end
    key, at = key + 1, at + 2
  end
  if shape.n then
    number = next_number(keys[key], name_of(contact))
    rest = rest_first(rest, number)
    key = key + 1
  end
  call('RPUSH', turns, entry)
  if shape.f then
    call('HSET', contact, 'v', name, 's', rest, 'f', args[at])
    at = at + 1
  else
    call('HSET', contact, 'v', name, 's', rest)
  end
  if shape[1] then
    local turn = TURN
    turn.contact, turn.turns, turn.line, turn.is_new, turn.number, turn.gone = contact, turns, line, held == '', number, false
    for i = 1, #shape do key, at = shape[i](turn, keys, args, key, at) end
  end
  return number and {'first', number, call('HLEN', seen)} or 1
end

-- What the server would answer had the turn been a call of its own: the daemon tells by it a fault of this library from one of the server's.
local function fault(message)
  return {err = message:match('^user_function') and 'ERR ' .. message or message .. ' on user_function'}
end

-- Commits the turns that came together, in their order, each as if it had come alone: one that is refused, or that fails, is no other's
-- affair. keys, args: as redis_join.h has them, each part's those of a commit. Returns the answers, a failed turn's as an error.
local function commit_all(keys, args)
  local sizes, answers, key, at = args[1], {}, 1, 2
  for i = 1, #sizes, 5 do
    local key_count, high, low, kind_high, kind_low = sizes:byte(i, i + 4)
    local good, answer = pcall(commit, keys, args, 256 * kind_high + kind_low, key, at)
    answers[#answers + 1] = good and answer or fault(answer)
    key, at = key + key_count, at + 256 * high + low
  end
  return answers
end

redis.register_function('chaski_commit', commit_all)
