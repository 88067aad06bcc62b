-- Forgets a channel's oldest messages while its rule does not keep them.
--
-- KEYS: the channel, its messages, feed, log.
-- ARGV: its name; the most messages, the oldest millisecond and the most bytes, or nothing; how many to forget at most; entries of
-- the feed.
-- Answers how many it forgot.
local place, stream, feed = KEYS[1], KEYS[2], KEYS[3]
local most, oldest, most_bytes, limit = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local kept = redis.call('HMGET', place, 'messages', 'bytes')
local messages, bytes = tonumber(kept[1] or 0), tonumber(kept[2] or 0)
local forgotten, count, freed, from, ended = nil, 0, 0, '-', false
while count < limit and not ended do
  local piece = redis.call('XRANGE', stream, from, '+', 'COUNT', math.min(64, limit - count))
  ended = #piece == 0
  for _, message in ipairs(piece) do
    local id, fields = message[1], message[2]
    local keeps = (not most or messages <= most) and (not most_bytes or bytes <= most_bytes)
      and (not oldest or tonumber(string.match(id, '^%d+')) >= oldest)
    if keeps then
      ended = true
      break
    end
    local size = #fields[#fields]
    messages, bytes, freed = messages - 1, bytes - size, freed + size
    forgotten, count = id, count + 1
  end
  if forgotten then from = '(' .. forgotten end
end
if forgotten then
  local ms, seq = string.match(forgotten, '^(%d+)%-(%d+)$')
  redis.call('XTRIM', stream, 'MINID', '=', ms .. '-' .. string.format('%.0f', tonumber(seq) + 1))
  redis.call('HSET', place, 'forgotten', forgotten, 'messages', string.format('%.0f', messages), 'bytes', string.format('%.0f', bytes))
  local next = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)
  local fed = redis.call('HINCRBY', KEYS[4], 'fed', 1)
  redis.call('XADD', feed, 'MAXLEN', '~', ARGV[6], string.format('%.0f-0', fed), 'c', ARGV[1], 'f', forgotten, 'n', count, 'b', string.format('%.0f', freed),
    'o', next[1] and next[1][1] or '')
end
return count
