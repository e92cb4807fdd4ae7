-- SPDX-License-Identifier: MIT
-- What a Redis server does for the queue, each script atomic.
--
--   vision:jobs        stream: a job a message, { key }; its consumer group is "workers"
--   vision:jobs:dead   stream: jobs that were given up, and why; the newest 10000 or so
--   vision:job:KEY     hash: state (queued, working, done, dead), image_hash, path (none: the bytes
--                      are in Redis), file, settings (JSON), answer (JSON), reason and why of a
--                      failure
--   vision:picture:HASH  bytes of a picture, for a day

local scripts = {}

--- KEYS: jobs, the job. ARGV: what else stands in the message and the hash, as pairs; first of them
--- "key". The state before; "" where there was none. One that waits or is done stays as it is.
scripts.ENQUEUE = [[
local state = redis.call('HGET', KEYS[2], 'state')
if state and state ~= 'dead' then return state end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[2], 'state', 'queued', unpack(ARGV))
redis.call('XADD', KEYS[1], '*', ARGV[1], ARGV[2])
return ''
]]

--- KEYS: jobs. ARGV: group. Makes both; true where they were not there.
scripts.PREPARE = [[
return redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM').err == nil and 1 or 0
]]

-- Ends a job: its message goes, its state is kept for a while.
local FINISH = [[
local function finish(jobs, group, id, job, seconds, ...)
  redis.call('XACK', jobs, group, id)
  redis.call('XDEL', jobs, id)
  redis.call('HSET', job, ...)
  redis.call('EXPIRE', job, seconds)
end

local function bury(jobs, dead, group, id, job, seconds, reason, message, deliveries)
  local key = string.match(job, '[^:]*$')
  local known = redis.call('HMGET', job, 'file', 'image_hash')
  redis.call('XADD', dead, 'MAXLEN', '~', 10000, '*', 'key', key, 'file', known[1] or '',
    'image_hash', known[2] or '', 'reason', reason, 'message', message, 'deliveries', deliveries)
  finish(jobs, group, id, job, seconds, 'state', 'dead', 'reason', reason, 'why', message)
end
]]

--- KEYS: jobs, the job. ARGV: group, message, seconds that its end is kept, answer (JSON).
scripts.DONE = FINISH .. [[
finish(KEYS[1], ARGV[1], ARGV[2], KEYS[2], ARGV[3], 'state', 'done', 'answer', ARGV[4])
return 1
]]

--- KEYS: jobs, dead, the job. ARGV: group, message, seconds, reason, why (a text), deliveries.
scripts.BURY = FINISH .. [[
bury(KEYS[1], KEYS[2], ARGV[1], ARGV[2], KEYS[3], ARGV[3], ARGV[4], ARGV[5], ARGV[6])
return 1
]]

--- KEYS: jobs, dead. ARGV: group, consumer, ms that nobody was heard of it, the most to take, most
--- deliveries, what job keys begin with, seconds, why they are given up (a text). A list of
--- { message, key, deliveries }. Consumers that have nothing and were not seen for an hour go.
scripts.CLAIM = FINISH .. [[
local jobs, group, most, taken, cursor = KEYS[1], ARGV[1], tonumber(ARGV[4]), {}, '0-0'

local function take(id, key)
  local job, pending = ARGV[6] .. key, redis.call('XPENDING', jobs, group, id, id, 1)[1]
  local deliveries = pending and pending[4] or 1
  if deliveries > tonumber(ARGV[5]) then
    local last = redis.call('HMGET', job, 'reason', 'why')
    bury(jobs, KEYS[2], group, id, job, ARGV[7], last[1] or 'worker_lost', last[2] or ARGV[8],
      deliveries - 1)
  else
    taken[#taken + 1] = { id, key, deliveries }
  end
end

repeat -- each step looks at some, whose workers may all be at work
  local claimed = redis.call('XAUTOCLAIM', jobs, group, ARGV[2], ARGV[3], cursor, 'COUNT',
    most - #taken)
  cursor = claimed[1]
  for _, message in ipairs(claimed[2]) do
    if message then take(message[1], message[2][2]) end -- Redis 6 names those that were removed
  end
until cursor == '0-0' or #taken >= most
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', jobs, group)) do
  if consumer[4] == 0 and consumer[6] > 3600000 then
    redis.call('XGROUP', 'DELCONSUMER', jobs, group, consumer[2])
  end
end
return taken
]]

--- KEYS: jobs. ARGV: group, consumer, then messages with the keys of their jobs. Says that they are
--- being worked on; the messages that have become another's, or are done.
scripts.BEAT = [[
local lost = {}
for i = 3, #ARGV, 2 do
  local id = ARGV[i]
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)[1]
  if pending and pending[2] == ARGV[2] then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'JUSTID')
  elseif pending or redis.call('HGET', ARGV[i + 1], 'state') == 'done' then
    lost[#lost + 1] = id
  end
end
return lost
]]

return scripts
