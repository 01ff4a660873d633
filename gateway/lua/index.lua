-- What people are found by: each has a number, dense within the shard, by which columns know her (gateway/profile.h).
--
-- A number is given once: that of an erased person stays empty, so that whoever still has it (a broadcast under way) finds nobody
-- and never another. A column is a string, "INDEX:NAME", in which everybody's value lies behind that of the number before; all of a
-- column have the same length. Who has which number is the list "INDEX:people".

-- Gives a person the shard's next number. Phone numbers lie there without their plus, as integers.
local function next_number(index, who)
  return redis.call('RPUSH', index .. ':people', who:match('^%+(%d+)$') or '=' .. who) - 1
end

local function leave_number(index, number) redis.call('LSET', index .. ':people', number, '') end

-- Writes a person's value in a column, from a byte on: her number times the value's bytes, as text where it can be.
local function mark(index, at, name, value) redis.call('SETRANGE', index .. ':' .. name, at, value) end
