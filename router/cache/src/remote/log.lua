-- Opens the log, appends to it, or both. All that replicas write to the log they write with this.
--
-- KEYS  the stream, the head (a hash)
-- ARGV  1 the server's run id   2 a generation, if one is needed   3, 4 the last position that the caller knows
--       5 retention in milliseconds   6 "open", "force" (a new generation whatever there is) or "append"
--       7 hashes of tags, 8 bytes each   8 mode: h(ard), s(oft) or r(eset)
-- Returns the id of what was appended, or of the last entry.
--
-- A new generation begins with a reset, later than any position that the caller or the stream knows. It is needed when
-- there is no log, when the log was made on another server or before a restart, or when it ends before what the
-- caller has read.
local stream, head = KEYS[1], KEYS[2]
local run_id, generation = ARGV[1], ARGV[2]
local after_ms, after_seq = tonumber(ARGV[3]), tonumber(ARGV[4])
local what = ARGV[6]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local oldest = string.format('%.0f', math.max(0, now - tonumber(ARGV[5])))

local function last()
    if redis.call('EXISTS', stream) == 0 then return 0, 0, '0-0' end
    local info = redis.call('XINFO', 'STREAM', stream)
    for i = 1, #info, 2 do
        if info[i] == 'last-generated-id' then
            local ms, seq = string.match(info[i + 1], '(%d+)-(%d+)')
            return tonumber(ms), tonumber(seq), info[i + 1]
        end
    end
end

local function append(id, tags, mode)
    local n = redis.call('HINCRBY', head, 'n', 1)
    return redis.call('XADD', stream, 'MINID', '~', oldest, id, 'n', n, 't', tags, 'm', mode)
end

local known = redis.call('HMGET', head, 'g', 'r')
local is_new = not known[1] or redis.call('EXISTS', stream) == 0 or what == 'force'
local ms, seq, id
if what ~= 'append' or is_new then
    ms, seq, id = last()
end
if what == 'open' and not is_new then
    is_new = known[2] ~= run_id or ms < after_ms or (ms == after_ms and seq < after_seq)
end
if is_new then
    if ms < after_ms or (ms == after_ms and seq < after_seq) then ms, seq = after_ms, after_seq end
    local reset = '*'
    if now <= ms then reset = string.format('%.0f-%.0f', ms, seq + 1) end
    redis.call('HSET', head, 'g', generation, 'r', run_id, 'n', 0)
    id = append(reset, '', 'r')
end
if what == 'append' then id = append('*', ARGV[7], ARGV[8]) end
return id
