-- Sends messages that are not kept to every node.
--
-- KEYS: log, feed.
-- ARGV: now, entries of the feed; for each message its channel, its event's name after a "=" or nothing, and its data; the session.
local _, _, fed = clock_of(KEYS[1])
if not fed then return gone() end
local ending = feed_end(KEYS[2], ARGV[2], fed)
for at = 3, #ARGV - 1, 3 do ending.tell(ARGV[at], 't', ARGV[1], ARGV[at + 1], ARGV[at + 2]) end
redis.call('HSET', KEYS[1], 'fed', ending.flush())
return redis.status_reply('OK')
