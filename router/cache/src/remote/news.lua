-- The log as it is at this moment: in a script, because a transaction is refused when the memory is full.
--
-- KEYS  the stream, the head
-- ARGV  1 the position after which entries are wanted   2 how many at most
-- Returns generation, number of entries that replicas appended, last id, number of entries ever added, last id that was
-- deleted by hand, entries. What there is not is empty. Nothing if there is no log.
local stream = KEYS[1]
local head = redis.call('HMGET', KEYS[2], 'g', 'n')
if not head[1] or not head[2] or redis.call('EXISTS', stream) == 0 then return {} end
local last, added, deleted = '', '', ''
local info = redis.call('XINFO', 'STREAM', stream)
for i = 1, #info, 2 do
    local name = info[i]
    if name == 'last-generated-id' then last = info[i + 1]
    elseif name == 'entries-added' then added = info[i + 1]
    elseif name == 'max-deleted-entry-id' then deleted = info[i + 1] end
end
local entries = {}
if last ~= ARGV[1] then
    local read = redis.call('XREAD', 'COUNT', ARGV[2], 'STREAMS', stream, ARGV[1])
    if read then entries = read[1][2] end
end
return {head[1], head[2], last, added, deleted, entries}
