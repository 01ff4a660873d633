#!lua name=chaski
-- The Function library of Chaski: everything that must happen wholly or not at all.
--
-- The files of this folder are joined in the order that the Makefile gives (LUA) and loaded as one library. Each function declares every
-- key (but those of lists that grow by spans or days, which its file names), takes values as arguments, reads no clock but the one it is
-- given (leases expire by the server's own, which gives entries their ids too), and touches keys of one shard only (for each message,
-- where there are many of them). LIBRARY_VERSION rises with every change; a daemon replaces an older library and refuses to run on a
-- newer one.

local LIBRARY_VERSION = 21

redis.register_function{
  function_name = 'chaski_version',
  callback = function() return LIBRARY_VERSION end,
  flags = {'no-writes'},
}

local BULK_NUMBER = 4294967296 -- store.h, STORE_BULK_NUMBER

-- Adds an entry to a stream of messages. Both streams of a shard share its records, so that their ids must not meet, which those of
-- one millisecond would: the numbers of bulk begin at BULK_NUMBER.
local function append(stream, ...)
  local id = redis.call('XADD', stream, '*', ...)
  if stream:sub(-5) ~= ':bulk' then return id end
  local ms, number = id:match('^(%d+)-(%d+)$')
  number = tonumber(number)
  if number >= BULK_NUMBER and number < 2 * BULK_NUMBER then return id end
  redis.call('XDEL', stream, id)
  if number > BULK_NUMBER then ms, number = string.format('%.0f', ms + 1), 0 end -- behind a notice's (cast.lua)
  return redis.call('XADD', stream, string.format('%s-%.0f', ms, number + BULK_NUMBER), ...)
end
