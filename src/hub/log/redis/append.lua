-- Keeps what requests publish: each whole or not at all, all in one step.
--
-- KEYS: log, feed, channels, keys, key times.
-- ARGV: prefix, now, since when keys are remembered, the last millisecond, ids of a millisecond, entries of the feed, how many
-- requests; for each its channel and how many entries it has; for each of these its key or nothing, its fingerprint and how
-- many messages; for each of those its event's name after a "=" or nothing, and its data; the session.
-- Answers a text for each request: "!" and the key that was used for something else, or "<first> <count> <duplicate>" for each
-- entry, with commas between.
local log, feed, channels, keys, times = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local prefix, now, remembered = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local last, per_millisecond = tonumber(ARGV[4]), tonumber(ARGV[5])

local ms, seq, fed = clock_of(log)
if not ms then return gone() end
local ending = feed_end(feed, ARGV[6], fed)
-- A request needs one millisecond more at most. Nothing is written yet.
if math.max(ms, now) + tonumber(ARGV[7]) > last then
  return redis.error_reply('LOGFULL the last id that fits was given')
end

-- Where a key stands in the order of their age.
local function aged(first, place)
  local milliseconds, sequence = string.match(first, '^(%d+)%-(%d+)$')
  return string.format('%013.0f-%07.0f %s', tonumber(milliseconds), tonumber(sequence), place)
end

local function take(count)
  if now > ms then
    ms, seq = now, 0
  elseif seq + count < per_millisecond then
    seq = seq + 1
  else
    ms, seq = ms + 1, 0
  end
  local first = seq
  seq = seq + count - 1
  return first
end

-- What a key was used for: first id, count, fingerprint; nothing if it is not remembered.
local function used(place)
  local value = redis.call('HGET', keys, place)
  if not value then return nil end
  local first, count, fingerprint = string.match(value, '^(%S+) (%S+) (%S+)$')
  if tonumber(string.match(first, '^%d+')) < remembered then return nil end
  return { first, count, fingerprint }
end

local function use(place, first, count, fingerprint)
  local before = redis.call('HGET', keys, place)
  if before then redis.call('ZREM', times, aged(string.match(before, '^%S+'), place)) end
  redis.call('HSET', keys, place, first .. ' ' .. count .. ' ' .. fingerprint)
  redis.call('ZADD', times, 0, aged(first, place))
end

local added, names = {}, {}
local answers = {}
local at = 8
for request = 1, tonumber(ARGV[7]) do
  local channel, entries = ARGV[at], tonumber(ARGV[at + 1])
  at = at + 2
  -- First a look at the keys, since nothing of a refused request is kept.
  local begin, mine, reused = at, {}, nil
  for _ = 1, entries do
    local key, fingerprint = ARGV[at], ARGV[at + 1]
    at = at + 3 + 2 * tonumber(ARGV[at + 2])
    if key ~= '' then
      local before = mine[key] or used(channel .. ' ' .. key)
      if before and before[3] ~= fingerprint then
        reused = reused or key
      end
      mine[key] = before or { nil, nil, fingerprint }
    end
  end
  if reused then
    answers[request] = '!' .. reused
  else
    local receipts = {}
    at = begin
    for entry = 1, entries do
      local key, fingerprint, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
      at = at + 3
      local before = key ~= '' and mine[key]
      if before and before[1] then
        receipts[entry] = before[1] .. ' ' .. before[2] .. ' 1'
        at = at + 2 * count
      else
        local first = take(count)
        receipts[entry] = numbered(ms, first) .. ' ' .. ARGV[at - 1] .. ' 0'
        if key ~= '' then
          mine[key] = { numbered(ms, first), ARGV[at - 1], fingerprint }
          use(channel .. ' ' .. key, numbered(ms, first), ARGV[at - 1], fingerprint)
        end
        local sums = added[channel]
        if not sums then
          sums = { messages = 0, bytes = 0 }
          added[channel] = sums
          names[#names + 1] = channel
        end
        for n = 0, count - 1 do
          local event, data, this = ARGV[at], ARGV[at + 1], numbered(ms, first + n)
          at = at + 2
          keep(prefix, channel, this, event, data)
          ending.tell(channel, 'i', this, event, data)
          sums.messages, sums.bytes, sums.newest = sums.messages + 1, sums.bytes + #data, this
        end
      end
    end
    answers[request] = table.concat(receipts, ',')
  end
end

for _, channel in ipairs(names) do
  local sums = added[channel]
  note(prefix, channels, channel, sums.newest, sums.messages, sums.bytes)
end
if #names > 0 then
  redis.call('HSET', log, 'ms', string.format('%.0f', ms), 'seq', string.format('%.0f', seq), 'fed', ending.flush())
end
return answers
