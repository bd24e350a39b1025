-- Takes an attempt back. ARGV: the first wait, the longest wait (milliseconds), then per key how many
-- attempts are free, or -1 where all failures are forgotten.
local first, longest = tonumber(ARGV[1]), tonumber(ARGV[2])
for i, key in ipairs(KEYS) do
  local free = tonumber(ARGV[2 + i])
  local entry = redis.call('HMGET', key, 'failures', 'last')
  if free < 0 then
    redis.call('DEL', key)
  elseif entry[1] then
    local failures = math.max(tonumber(entry[1]) - 1, 0)
    local blocked, over = 0, failures - free
    if over >= 0 then
      blocked = tonumber(entry[2]) + math.min(first * 2 ^ math.min(over, 10), longest)
    end
    redis.call('HSET', key, 'failures', failures, 'blocked', string.format('%.0f', blocked))
  end
end
return 0
