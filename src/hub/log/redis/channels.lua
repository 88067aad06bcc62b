-- What is kept of channels.
--
-- KEYS: for each the channel and its messages.
-- Answers for each: its newest id, the newest that was forgotten or nothing, how many messages, how many bytes, and the oldest
-- id or nothing.
local answers = {}
for at = 1, #KEYS, 2 do
  local kept = redis.call('HMGET', KEYS[at], 'newest', 'forgotten', 'messages', 'bytes')
  local oldest = redis.call('XRANGE', KEYS[at + 1], '-', '+', 'COUNT', 1)
  answers[#answers + 1] = { kept[1] or '', kept[2] or '', kept[3] or '0', kept[4] or '0', oldest[1] and oldest[1][1] or '' }
end
return answers
