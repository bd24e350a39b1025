-- Counts an attempt under every key, or gives the milliseconds to wait if one of them must; 0 means go on.
-- ARGV: now, how long failures are remembered, the first wait, the longest wait, then per key how many
-- attempts are free. All times in milliseconds.
local now, memory = tonumber(ARGV[1]), tonumber(ARGV[2])
local first, longest = tonumber(ARGV[3]), tonumber(ARGV[4])
local wait = 0
for _, key in ipairs(KEYS) do
  local blocked = tonumber(redis.call('HGET', key, 'blocked') or 0)
  wait = math.max(wait, blocked - now)
end
if wait > 0 then
  return wait
end
for i, key in ipairs(KEYS) do
  local entry = redis.call('HMGET', key, 'failures', 'last')
  local failures, last = tonumber(entry[1] or 0), tonumber(entry[2] or now)
  if now - last > memory then
    failures = 0
  end
  failures = failures + 1
  local blocked, over = 0, failures - tonumber(ARGV[4 + i])
  if over >= 0 then
    blocked = now + math.min(first * 2 ^ math.min(over, 10), longest)
  end
  redis.call('HSET', key, 'failures', failures, 'last', ARGV[1], 'blocked', string.format('%.0f', blocked))
  redis.call('PEXPIRE', key, ARGV[2])
end
return 0
