-- The catalogue, once staff edited it: its entries as they are, and of each version what it changed.

local VERSIONS_KEPT = 500

-- Changes entries, if nobody was faster, keeps what they were, and writes down what was done.
-- keys: entries, versions, audit. args: the version as it was seen ('0' none), now in ms, what is written down, the ids in their
-- order, and a line for each entry that changes: its id, and behind a blank its text ('' none).
-- Returns the new version, or false where somebody was faster.
local function edit_catalogue(keys, args)
  local version = redis.call('HGET', keys[1], '#version') or '0'
  if version ~= args[1] then return false end
  local fresh = string.format('%.0f', tonumber(version) + 1)
  local order = redis.call('HGET', keys[1], '#order') or ''
  local before = {}
  for id, text in args[5]:gmatch('(%S+) ([^\n]*)\n') do
    before[#before + 1] = id .. ' ' .. (redis.call('HGET', keys[1], id) or '') .. '\n'
    if text == '' then redis.call('HDEL', keys[1], id) else redis.call('HSET', keys[1], id, text) end
  end
  redis.call('HSET', keys[1], '#version', fresh, '#order', args[4])
  redis.call('XADD', keys[2], 'MAXLEN', VERSIONS_KEPT, fresh .. '-0', 'at', args[2], 'act', args[3], 'order', order, 'before',
    table.concat(before))
  redis.call('XADD', keys[3], '*', 'act', args[3])
  return fresh
end

redis.register_function('chaski_edit_catalogue', edit_catalogue)
