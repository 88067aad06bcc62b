-- Keeps what another log has, under the ids that it has there.
--
-- KEYS: log, feed, channels.
-- ARGV: prefix, the newest id that was here, the last id from now on, entries of the feed, how many messages; for each its channel,
-- its id, its event's name after a "=" or nothing, and its data; then for each channel that is complete its name, its newest id, and
-- the newest that was forgotten or nothing; the session.
local log, feed, channels = KEYS[1], KEYS[2], KEYS[3]
local prefix, newest, last, kept = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local ms, seq, fed = clock_of(log)
if not ms then return gone() end
if numbered(ms, seq) ~= newest then
  return redis.error_reply('LOGUSED somebody publishes to the log that is to take over another')
end
local ending = feed_end(feed, kept, fed)

local at = 6
for _ = 1, tonumber(ARGV[5]) do
  local channel, id, event, data = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  at = at + 4
  keep(prefix, channel, id, event, data)
  ending.tell(channel, 'i', id, event, data)
  note(prefix, channels, channel, id, 1, #data)
end
for mark = at, #ARGV - 1, 3 do
  local place = note(prefix, channels, ARGV[mark], ARGV[mark + 1], 0, 0)
  if ARGV[mark + 2] ~= '' then redis.call('HSET', place, 'forgotten', ARGV[mark + 2]) end
end
fed = ending.flush()
if at < #ARGV then
  fed = string.format('%.0f', fed + 1)
  -- Nodes that follow it read the channels anew.
  redis.call('XADD', feed, 'MAXLEN', '~', kept, fed .. '-0', 'l', '')
end
local last_ms, last_seq = string.match(last, '^(%d+)%-(%d+)$')
redis.call('HSET', log, 'ms', last_ms, 'seq', last_seq, 'fed', fed)
return redis.status_reply('OK')
