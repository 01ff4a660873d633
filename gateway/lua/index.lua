-- What people are found by: each has a number, dense within the shard, by which columns of bits know her (gateway/profile.h).
--
-- A number is given once: that of an erased person stays empty, so that whoever still has it (a broadcast under way) finds nobody
-- and never another. A column is a string, "INDEX:NAME"; the bits of GROUP people lie side by side, so that a comparison takes them
-- together.

local GROUP = 512 -- profile.h, PROFILE_GROUP

-- Gives a person the shard's next number. Phone numbers lie there without their plus, as integers.
local function next_number(people, who)
  return redis.call('RPUSH', people, who:match('^%+(%d+)$') or '=' .. who) - 1
end

-- Writes the bits in which a person's number in a column is another than it was.
local function mark(index, person, name, bits, before, after)
  local differ = bit.bxor(before, after)
  local at = math.floor(person / GROUP) * GROUP * bits + person % GROUP
  local words, count = {}, 0
  for place = 0, bits - 1 do
    local one = bit.lshift(1, place)
    if bit.band(differ, one) ~= 0 then
      words[count + 1], words[count + 2] = 'SET', 'u1'
      words[count + 3], words[count + 4] = at + place * GROUP, bit.band(after, one) ~= 0 and 1 or 0
      count = count + 4
    end
  end
  if count > 0 then redis.call('BITFIELD', index .. ':' .. name, unpack(words)) end
end
