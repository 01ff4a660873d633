-- A contact's line, its field `v` (gateway/contact_line.h), as Functions read it:
--   VERSION BORN EDITS TEND NUMBER TRAITS OPEN INBOUND PLACE[ NAME CHANNEL DUE]...
-- Its first three words say which line it is: a turn raises VERSION, every other change of the line raises EDITS.

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

-- Gives the line of who is new, whose number is zeros, with the one that she was given.
local function line_first(line, number) return (line:gsub('^(%d+ %d+ %d+ %d+) 000000', string.format('%%1 %06d', number), 1)) end

-- Cuts a line into what is before its place (with EDITS as they are to be if it changes), its place, and its timers: {name, channel, due as
-- text}.
local function line_cut(line)
  local begin, edits, head, place, rest = line:match('^(%d+ %d+) (%d+) (%d+ %d+ %d+ %d+ %S+) (%d+)(.*)$')
  local timers = {}
  if not begin then return nil, nil, timers end
  for name, channel, due in rest:gmatch(' (%S+) (%S+) (%d+)') do timers[#timers + 1] = {name, channel, due} end
  return string.format('%s %.0f %s', begin, edits + 1, head), place, timers
end
