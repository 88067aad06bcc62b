-- Forgets the oldest idempotency keys, and entries of the feed beyond its size.
--
-- KEYS: keys, key times, feed.
-- ARGV: since when keys are remembered, how many to forget at most, the most bytes of the feed.
-- Answers how many keys it forgot.
local old = redis.call('ZRANGEBYLEX', KEYS[2], '-', string.format('(%013.0f', tonumber(ARGV[1])), 'LIMIT', 0, ARGV[2])
for _, aged in ipairs(old) do
  redis.call('HDEL', KEYS[1], string.match(aged, '^%S+ (.*)$'))
  redis.call('ZREM', KEYS[2], aged)
end
local bytes, most = redis.call('MEMORY', 'USAGE', KEYS[3]) or 0, tonumber(ARGV[3])
if bytes > most then
  redis.call('XTRIM', KEYS[3], 'MAXLEN', '~', math.floor(redis.call('XLEN', KEYS[3]) * most / bytes))
end
return #old
