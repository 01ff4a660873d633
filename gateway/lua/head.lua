#!lua name=chaski
-- The Function library of Chaski: everything that must happen wholly or not at all.
--
-- The files of this folder are joined in the order head, contact, outbox, lease and loaded as one library. Each function declares every
-- key, takes values as arguments, reads no clock but the one it is given (leases expire by the server's own), and touches keys of one
-- shard only. LIBRARY_VERSION rises with every change; a daemon replaces an older library and refuses to run on a newer one.

local LIBRARY_VERSION = 5

redis.register_function{
  function_name = 'chaski_version',
  callback = function() return LIBRARY_VERSION end,
  flags = {'no-writes'},
}
