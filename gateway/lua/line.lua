-- A contact's line (gateway/contact_line.h), as Functions read it:
--   VERSION BORN EDITS TEND NUMBER TRAITS OPEN INBOUND PLACE[ NAME CHANNEL DUE]...
-- Its first three words, with a blank behind each, are its name, which says which line it is: a turn raises VERSION, every other change
-- of the line raises EDITS. The name is the contact's field `v`, all that a commit reads; the rest begins the field `s`, with a line end
-- between it and the state. Where libraries before 20 wrote last the whole line is in `v`, and `s` is the state alone; so it stays until
-- something is written.

-- Gives the line and the state that the two fields hold; false as line where there is none.
local function line_of(name, kept)
  if not name or name:find('^%d+ %d+ %d+ %S') then return name, kept end
  local cut = (kept or ''):find('\n', 1, true)
  if not cut then return name, nil end
  return name .. kept:sub(1, cut - 1), kept:sub(cut + 1)
end

local function line_read(contact) return line_of(unpack(redis.call('HMGET', contact, 'v', 's'), 1, 2)) end

local function line_write(contact, line, state)
  local name, rest = line:match('^(%d+ %d+ %d+ )(.*)$')
  redis.call('HSET', contact, 'v', name, 's', rest .. '\n' .. (state or ''))
end

local function number_of(line) return tonumber(line:match('^%d+ %d+ %d+ %d+ (%d+)')) end
local function place_of(line) return line:match('^%d+ %d+ %d+ %d+ %d+ %d+ %d+ %S+ (%d+)') or '0' end

-- The ids of the last OPEN turns are in their journal entries only: a worker that knows all ids of a contact need not ask whether one is
-- new, nor write it down again. How many they are is in the line.
local function open_of(line) return tonumber((line or ''):match('^%d+ %d+ %d+ %d+ %d+ %d+ (%d+)')) or 0 end

-- Gives the ms of the person's last message on a channel, as text; '0' where there is none.
local function inbound_of(line, channel)
  local inbound = ',' .. (line:match('^%d+ %d+ %d+ %d+ %d+ %d+ %d+ (%S+)') or '')
  local _, last = inbound:find(',' .. channel .. '=', 1, true)
  return last and inbound:match('^%d+', last + 1) or '0'
end

-- Gives a line with another number.
local function line_numbered(line, number)
  return (line:gsub('^(%d+ %d+) (%d+) (%d+) %d+', function(begin, edits, tend)
    return string.format('%s %.0f %s %06d', begin, edits + 1, tend, number)
  end, 1))
end

-- Gives the rest of the line of who is new, whose number is zeros, with the one that she was given; what is behind it stays.
local function rest_first(rest, number) return (rest:gsub('^(%d+) 000000', string.format('%%1 %06d', number), 1)) end

-- Cuts a line into what is before its place (with EDITS as they are to be if it changes), its place, and its timers: {name, channel, due as
-- text}.
local function line_cut(line)
  local begin, edits, head, place, rest = line:match('^(%d+ %d+) (%d+) (%d+ %d+ %d+ %d+ %S+) (%d+)(.*)$')
  local timers = {}
  if not begin then return nil, nil, timers end
  for name, channel, due in rest:gmatch(' (%S+) (%S+) (%d+)') do timers[#timers + 1] = {name, channel, due} end
  return string.format('%s %.0f %s', begin, edits + 1, head), place, timers
end
