-- The ids of channels' messages, without their data.
--
-- KEYS: the streams of the messages.
-- ARGV: how many of each at most, whether the newest come first, and for each stream the first and the last id to look at.
-- Answers a list for each.
local lists = {}
for at, stream in ipairs(KEYS) do
  local first, last = ARGV[1 + 2 * at], ARGV[2 + 2 * at]
  local messages
  if ARGV[2] == '1' then
    messages = redis.call('XREVRANGE', stream, last, first, 'COUNT', ARGV[1])
  else
    messages = redis.call('XRANGE', stream, first, last, 'COUNT', ARGV[1])
  end
  for n, message in ipairs(messages) do messages[n] = message[1] end
  lists[at] = messages
end
return lists
