-- SPDX-License-Identifier: MIT
-- What a Redis server does for the storage of records, each script atomic.
--
--   P                       hash: version and ttl of the store
--   P:all                   sorted set of record ids by time; likewise P:provider:NAME,
--                           P:tag:=TAG (or its SHA-256), P:image:HASH
--   P:record:ID             hash: json, entry (what is matched), words, undo (what a deletion
--                           takes away)
--   P:sums, P:tag …         sorted set of the slots that have rows
--   P:sums:SLOT …           hash: a key of the rollup -> its figures, parted by blanks
--
-- (P is "vision:records".) With a ttl every key has an end of its own.

local scripts = {}

-- Adds the figures of a row to a rollup, or takes them away.
local ADD_ROW = [[
local function add_row(slots, slot, field, figures, sign)
  local key = slots .. ':' .. slot
  local sum = redis.call('HGET', key, field)
  local rest = sign > 0
  if sum then
    local next_figure = string.gmatch(sum, '%S+')
    rest = false
    figures = string.gsub(figures, '%S+', function(figure)
      local value = tonumber(next_figure()) + sign * tonumber(figure)
      rest = rest or value ~= 0
      return string.format('%.0f', value)
    end)
  end
  if rest then
    redis.call('HSET', key, field, figures)
    redis.call('ZADD', slots, slot, slot)
  elseif sum then
    redis.call('HDEL', key, field)
    if redis.call('EXISTS', key) == 0 then redis.call('ZREM', slots, slot) end
  end
end
]]

--- KEYS: P. ARGV: P:record:, version, ttl (0: for ever), now (s), then for each record its id, time
--- (ms), json, entry, words, the number of its indexes, each of them, the number of its rows, and
--- of each: slots, slot, its width, field, figures.
scripts.SAVE = ADD_ROW .. [[
local at = 4
local function take()
  at = at + 1
  return ARGV[at]
end
local ttl, now = tonumber(ARGV[3]), tonumber(ARGV[4])

local function live_until(key, time)
  local left = ttl > 0 and redis.call('TTL', key)
  if left and (left == -1 or left < time - now) then redis.call('EXPIREAT', key, time) end
end

local function index(id, ms, ends, indexes)
  for _, key in ipairs(indexes) do
    redis.call('ZADD', key, ms, id)
    if ttl > 0 then
      redis.call('ZREMRANGEBYSCORE', key, '-inf', '(' .. (now - ttl) * 1000)
      live_until(key, ends)
    end
  end
end

local function count(rows, sign)
  for _, row in ipairs(rows) do
    add_row(row[1], row[2], row[4], row[5], sign)
    if ttl > 0 then
      local ends = row[2] + row[3] + ttl
      live_until(row[1] .. ':' .. row[2], ends)
      redis.call('ZREMRANGEBYSCORE', row[1], '-inf', '(' .. now - ttl - row[3])
      live_until(row[1], ends)
    end
  end
end

redis.call('HSET', KEYS[1], 'version', ARGV[2], 'ttl', ttl)
while at < #ARGV do
  local id, ms, json, entry, words, indexes, rows = take(), take(), take(), take(), take(), {}, {}
  for i = 1, take() do indexes[i] = take() end
  for i = 1, take() do rows[i] = { take(), take(), take(), take(), take() } end
  local key = ARGV[1] .. id
  if redis.call('EXISTS', key) == 0 then
    local ends = math.ceil(ms / 1000) + ttl
    redis.call('HSET', key, 'json', json, 'entry', entry, 'words', words, 'undo',
      cmsgpack.pack({ indexes = indexes, rows = rows }))
    if ttl > 0 then redis.call('PEXPIREAT', key, ms + ttl * 1000) end
    index(id, ms, ends, indexes)
    count(rows, 1)
  end
end
return redis.status_reply('OK')
]]

--- ARGV: P:record:, then ids. The number of records that there were.
scripts.DELETE = ADD_ROW .. [[
local deleted = 0
for i = 2, #ARGV do
  local key = ARGV[1] .. ARGV[i]
  local undo = redis.call('HGET', key, 'undo')
  if undo then
    undo = cmsgpack.unpack(undo)
    for _, index in ipairs(undo.indexes) do redis.call('ZREM', index, ARGV[i]) end
    for _, row in ipairs(undo.rows) do add_row(row[1], row[2], row[4], row[5], -1) end
    redis.call('DEL', key)
    deleted = deleted + 1
  end
end
return deleted
]]

--- KEYS: an index. ARGV: P:record:, the most records and bytes to look at, "newest" or "oldest",
--- from, to (ms, as ZRANGEBYSCORE has them), time (ms) and id of the place to go on after (empty:
--- from the start), then fields. A list of { id, ms, field … }, and whether the index has more.
scripts.PAGE = [[
local most, bytes, newest = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == 'newest'
local from, to, after_ms, after_id = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local verb, first, last = 'ZRANGEBYSCORE', from, to
if newest then verb, first, last = 'ZREVRANGEBYSCORE', to, from end
if after_ms ~= '' then first = after_ms end

local function is_after(id, ms)
  if after_ms == '' or tonumber(ms) ~= tonumber(after_ms) then return true end
  if newest then return id < after_id end
  return id > after_id
end

local found = {}
local function add(id, ms)
  local row = { id, ms }
  for i = 9, #ARGV do
    row[i - 6] = redis.call('HGET', ARGV[1] .. id, ARGV[i])
    bytes = bytes - #(row[i - 6] or '')
  end
  found[#found + 1] = row
end

local offset = 0
while true do
  local list = redis.call(verb, KEYS[1], first, last, 'WITHSCORES', 'LIMIT', offset, most)
  for i = 1, #list, 2 do
    if is_after(list[i], list[i + 1]) then
      if #found == most or bytes < 0 then return { found, 1 } end
      add(list[i], list[i + 1])
    end
  end
  if #list < 2 * most then return { found, 0 } end
  offset = offset + most
end
]]

return scripts
