-- What the scripts that publish have in common: it stands before each of them.

-- The clock of the log with this session, which is the last argument of each: milliseconds, sequence, and the number of the feed's last
-- entry. Nothing where there is none, or another one by now.
local function clock_of(log)
  local facts = redis.call('HMGET', log, 'ms', 'seq', 'fed', 'run', 'beginning')
  if not facts[1] or facts[4] .. ' ' .. facts[5] ~= ARGV[#ARGV] then return nil end
  return tonumber(facts[1]), tonumber(facts[2]), tonumber(facts[3])
end
local function gone() return redis.error_reply('LOGGONE the log that was here is not here any more') end

-- An id, or the number of an entry of the feed. A large number would be written with an exponent otherwise.
local function numbered(first, second) return string.format('%.0f-%.0f', first, second) end

-- Adds a message to its channel's stream. Its event's name stands after a "=", so that none is not an empty one.
local function keep(prefix, channel, id, event, data)
  local stream = prefix .. ':messages:' .. channel
  if event == '' then
    redis.call('XADD', stream, id, 'd', data)
  else
    redis.call('XADD', stream, id, 'e', string.sub(event, 2), 'd', data)
  end
end

-- Adds to what is known of a channel.
local function note(prefix, channels, channel, newest, messages, bytes)
  local place = prefix .. ':channel:' .. channel
  if redis.call('HSET', place, 'newest', newest) == 1 then redis.call('SADD', channels, channel) end
  redis.call('HINCRBY', place, 'messages', messages)
  redis.call('HINCRBY', place, 'bytes', string.format('%.0f', bytes))
  return place
end

-- The end of the feed, whose last entry has the number `fed`. An entry has several messages, up to some size: it costs Redis as much as
-- a message does.
local function feed_end(feed, kept, fed)
  local fields, bytes, channel = {}, 0, nil
  local ending = {}
  -- Puts what was told into the feed. Answers the number of its last entry.
  function ending.flush()
    if #fields > 0 then
      fed = fed + 1
      redis.call('XADD', feed, 'MAXLEN', '~', kept, numbered(fed, 0), unpack(fields))
      fields, bytes, channel = {}, 0, nil
    end
    return string.format('%.0f', fed)
  end
  -- Tells a message: `kind` is "i" and `what` its id, or "t" and when it was sent.
  function ending.tell(to, kind, what, event, data)
    local n = #fields
    if to ~= channel then
      fields[n + 1], fields[n + 2] = 'c', to
      channel, n = to, n + 2
    end
    fields[n + 1], fields[n + 2] = kind, what
    if event ~= '' then
      fields[n + 3], fields[n + 4] = 'e', string.sub(event, 2)
      n = n + 2
    end
    fields[n + 3], fields[n + 4] = 'd', data
    bytes = bytes + #data
    if bytes >= 4096 or n >= 256 then ending.flush() end
  end
  return ending
end

