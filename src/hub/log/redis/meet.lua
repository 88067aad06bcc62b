-- Says what a node is like, and what the others are like that said so lately.
--
-- KEYS: the nodes.
-- ARGV: prefix, this node, its figures, the version of its people, these or nothing where Redis has them, for how many milliseconds
-- it holds; then, for each node whose people are known, its name and their version.
-- Answers the version of this node's people that Redis has; then for each other node its name, its figures, the version of its people,
-- and these or nothing where they are known.
local nodes, prefix, own, holds = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local place = prefix .. ':node:' .. own
redis.call('HSET', place, 'figures', ARGV[3])
if ARGV[5] ~= '' then redis.call('HSET', place, 'people', ARGV[5], 'version', ARGV[4]) end
redis.call('PEXPIRE', place, holds)
redis.call('ZADD', nodes, string.format('%.0f', now + holds), own)
redis.call('ZREMRANGEBYSCORE', nodes, '-inf', string.format('(%.0f', now))
local known = {}
for at = 7, #ARGV, 2 do known[ARGV[at]] = ARGV[at + 1] end
local answers = { redis.call('HGET', place, 'version') or '' }
for _, name in ipairs(redis.call('ZRANGE', nodes, 0, -1)) do
  local other = prefix .. ':node:' .. name
  local facts = name ~= own and redis.call('HMGET', other, 'figures', 'version')
  if facts and facts[1] then
    local version = facts[2] or ''
    answers[#answers + 1] = name
    answers[#answers + 1] = facts[1]
    answers[#answers + 1] = version
    answers[#answers + 1] = known[name] ~= version and redis.call('HGET', other, 'people') or ''
  end
end
return answers
