-- Keeps what another log has, under the ids that it has there.
--
-- KEYS: log, feed, channels.
-- ARGV: prefix, the newest id that was here, the last id from now on, entries of the feed, how many messages; for each its channel,
-- its id, its event's name after a "=" or nothing, and its data; then for each channel that is complete its name, its newest id, and
-- the newest that was forgotten or nothing.
local log, feed, channels = KEYS[1], KEYS[2], KEYS[3]
local prefix, newest, last, kept = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local clock = redis.call('HMGET', log, 'ms', 'seq', 'fed')
if not clock[1] then return redis.error_reply('LOGGONE there is no log here any more') end
if clock[1] .. '-' .. clock[2] ~= newest then
  return redis.error_reply('LOGUSED somebody publishes to the log that is to take over another')
end
local fed = tonumber(clock[3])

local function note(channel, id, messages, bytes)
  local place = prefix .. ':channel:' .. channel
  if redis.call('HSET', place, 'newest', id) == 1 then redis.call('SADD', channels, channel) end
  redis.call('HINCRBY', place, 'messages', messages)
  redis.call('HINCRBY', place, 'bytes', bytes)
  return place
end

local at = 6
for _ = 1, tonumber(ARGV[5]) do
  local channel, id, event, data = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  at, fed = at + 4, fed + 1
  local entry = string.format('%.0f-0', fed)
  if event == '' then
    redis.call('XADD', prefix .. ':messages:' .. channel, id, 'd', data)
    redis.call('XADD', feed, 'MAXLEN', '~', kept, entry, 'c', channel, 'i', id, 'd', data)
  else
    event = string.sub(event, 2)
    redis.call('XADD', prefix .. ':messages:' .. channel, id, 'e', event, 'd', data)
    redis.call('XADD', feed, 'MAXLEN', '~', kept, entry, 'c', channel, 'i', id, 'e', event, 'd', data)
  end
  note(channel, id, 1, #data)
end
for place = at, #ARGV, 3 do
  local channel = note(ARGV[place], ARGV[place + 1], 0, 0)
  if ARGV[place + 2] ~= '' then redis.call('HSET', channel, 'forgotten', ARGV[place + 2]) end
end
if at <= #ARGV then
  fed = fed + 1
  -- Nodes that follow it read the channels anew.
  redis.call('XADD', feed, 'MAXLEN', '~', kept, string.format('%.0f-0', fed), 'l', '')
end
local ms, seq = string.match(last, '^(%d+)%-(%d+)$')
redis.call('HSET', log, 'ms', ms, 'seq', seq, 'fed', string.format('%.0f', fed))
return redis.status_reply('OK')
