-- Sends messages that are not kept to every node.
--
-- KEYS: log, feed.
-- ARGV: now, entries of the feed; for each message its channel, its event's name after a "=" or nothing, and its data.
local fed = tonumber(redis.call('HGET', KEYS[1], 'fed'))
if not fed then return redis.error_reply('LOGGONE there is no log here any more') end
for at = 3, #ARGV, 3 do
  local channel, event, data = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  fed = fed + 1
  local entry = string.format('%.0f-0', fed)
  if event == '' then
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], entry, 'c', channel, 't', ARGV[1], 'd', data)
  else
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], entry, 'c', channel, 't', ARGV[1], 'e', string.sub(event, 2), 'd', data)
  end
end
redis.call('HSET', KEYS[1], 'fed', string.format('%.0f', fed))
return redis.status_reply('OK')
