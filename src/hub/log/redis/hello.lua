-- What a node asks for when it has connected: makes the log if there is none, and finds out what is lost.
--
-- A log that Redis started anew with may be without its last messages. Whoever connects first notes how far it reached then;
-- each node compares that with the newest id that it saw before.
--
-- KEYS: log, feed.
-- ARGV: now, the run of Redis; the session that the node knew, and the newest id that it saw then, or nothing.
-- Answers: the format, the beginning, the newest id, between which ids something is lost or nothing, the number of the feed's last
-- entry, and whether this node had seen what is lost.
local log, feed = KEYS[1], KEYS[2]
local now, run = ARGV[1], ARGV[2]

local function parts(id)
  local ms, seq = string.match(id, '^(%d+)%-(%d+)$')
  return tonumber(ms), tonumber(seq)
end

local function later(one, other)
  local ms, seq = parts(one)
  local other_ms, other_seq = parts(other)
  return ms > other_ms or ms == other_ms and seq > other_seq
end

if redis.call('EXISTS', log) == 0 then
  -- By the clock of Redis, to the microsecond, whenever its messages are said to begin: no earlier log began then. Entries of the feed
  -- have numbers that none of an earlier log had, so who follows that one sees that it is another.
  local time = redis.call('TIME')
  local made = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
  redis.call('HSET', log, 'format', '1', 'beginning', made .. '-' .. time[2] % 1000, 'ms', now, 'seq', '0', 'fed', made .. '000', 'run', run, 'reached', '0-0')
elseif redis.call('HGET', log, 'run') ~= run then
  local clock = redis.call('HMGET', log, 'ms', 'seq')
  redis.call('HSET', log, 'run', run, 'reached', clock[1] .. '-' .. clock[2])
end
local facts = redis.call('HMGET', log, 'format', 'beginning', 'ms', 'seq', 'lost_after', 'lost_until', 'reached')
local beginning, newest = facts[2], facts[3] .. '-' .. facts[4]
local after, till, reached = facts[5], facts[6], facts[7]
local is_lost = 0
local known, seen = ARGV[3], ARGV[4]
if seen ~= '' and known ~= run .. ' ' .. beginning and later(seen, reached) then
  is_lost = 1
  -- Whoever has the last of what is lost is told as well.
  local ms, seq = parts(seen)
  local behind = string.format('%.0f-%.0f', ms, seq + 1)
  if not after or later(after, reached) then after = reached end
  if not till or later(behind, till) then till = behind end
  redis.call('HSET', log, 'lost_after', after, 'lost_until', till)
  if later(till, newest) then
    newest = till
    local new_ms, new_seq = parts(till)
    redis.call('HSET', log, 'ms', string.format('%.0f', new_ms), 'seq', string.format('%.0f', new_seq))
  end
  local fed = redis.call('HINCRBY', log, 'fed', 1)
  redis.call('XADD', feed, string.format('%.0f-0', fed), 'l', till)
end
return { facts[1], beginning, newest, after or '', till or '', redis.call('HGET', log, 'fed'), is_lost }
