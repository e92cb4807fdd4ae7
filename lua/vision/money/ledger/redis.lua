-- SPDX-License-Identifier: MIT
-- What was spent and is reserved, in Redis: for a fleet. Each call of the contract is one script,
-- which Redis runs as a whole; time is the server's, for clocks of machines differ.
--
-- vision:{budget}:spent     hash  budget, period -> micro-dollars
-- vision:{budget}:reserved  hash  the same -> of the open reservations
-- vision:{budget}:open      set   reservations by the second at which they are given back
-- vision:{budget}:held      hash  reservation -> its amount, then its lines
-- vision:{budget}:closed    set   reservations by the second at which they were closed out, a day
-- vision:{budget}:days      set   days of which uses are kept, by the second at which they go
-- vision:{budget}:use:DAY   hash  provider, model, tag, figure -> sum

local alerts = require "vision.money.alerts"
local core = require "vision.core"
local kept = require("vision.money.labels").kept
local standby = require "vision.money.ledger.standby"
local FIGURES = require("vision.money.use_rows").FIGURES

local redis = {}

local KEYS = { "vision:{budget}:spent", "vision:{budget}:reserved", "vision:{budget}:open",
  "vision:{budget}:held", "vision:{budget}:days", "vision:{budget}:closed" }

local USE = "vision:{budget}:use:" -- of a day; what the scripts make of it has the same slot

-- Between the parts of a field.
local SEPARATOR = "\30"

-- That uses are kept: what costs a year ago can still be said.
local USE_SECONDS = 400 * 86400

-- Gives back what is too old; of a great many some remain for the next call. (Redis takes no "-0".)
local EXPIRE = [[
local spent, reserved, open, held, days = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local function give_back(id)
  local amount, fields = (redis.call('HGET', held, id) or '0\n'):match('^(%d+)\n(.*)$')
  for field in fields:gmatch('([^\n]+)\n') do
    if amount ~= '0' and redis.call('HINCRBY', reserved, field, '-' .. amount) == 0 then
      redis.call('HDEL', reserved, field)
    end
  end
  redis.call('HDEL', held, id)
  redis.call('ZREM', open, id)
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', open, '-inf', now, 'LIMIT', 0, 100)) do
  give_back(id)
end
]]

-- ARGV: id, amount, seconds, then each line: field, limit ("-": soft). Gives 0 and what is spent of
-- each line; or the number of the line that is in the way, and what is spent and reserved of it.
local RESERVE = EXPIRE .. [[
local id, amount, fields, sums = ARGV[1], tonumber(ARGV[2]), {}, { 0 }
for i = 4, #ARGV, 2 do
  local limit = tonumber(ARGV[i + 1])
  local gone = tonumber(redis.call('HGET', spent, ARGV[i]) or 0)
  if limit then
    local kept = tonumber(redis.call('HGET', reserved, ARGV[i]) or 0)
    if gone + kept + amount > limit then return { (i - 2) / 2, gone, kept } end
  end
  sums[#sums + 1] = gone
  fields[#fields + 1] = ARGV[i] .. '\n'
end
for i = 4, #ARGV, 2 do redis.call('HINCRBY', reserved, ARGV[i], ARGV[2]) end
redis.call('ZADD', open, string.format('%.6f', now + ARGV[3]), id)
redis.call('HSET', held, id, ARGV[2] .. '\n' .. table.concat(fields))
return sums
]]

-- ARGV: id ('' where there is none), amount, number of lines, their fields; then, where something
-- was used, the day, its key, how long that is kept, and each sum: field, number. Gives 1 and what
-- is spent of each line; 0 and the same where it was booked before, by a program that did not hear.
local CLOSE_OUT = EXPIRE .. [[
local sums, lines, closed, amount = { 1 }, tonumber(ARGV[3]), KEYS[6], ARGV[2]
if ARGV[1] ~= '' then
  redis.call('ZREMRANGEBYSCORE', closed, '-inf', now - 86400)
  if redis.call('ZADD', closed, 'NX', now, ARGV[1]) == 0 then sums[1], amount = 0, 0 end
  give_back(ARGV[1])
end
for i = 1, lines do sums[i + 1] = redis.call('HINCRBY', spent, ARGV[3 + i], amount) end
local day, use, seconds = ARGV[4 + lines], ARGV[5 + lines], ARGV[6 + lines]
if sums[1] == 0 or not day then return sums end
for i = 7 + lines, #ARGV, 2 do redis.call('HINCRBY', use, ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', use, seconds)
redis.call('ZREMRANGEBYSCORE', days, '-inf', now)
redis.call('ZADD', days, string.format('%.0f', now + seconds), day)
return sums
]]

local STANDING = EXPIRE .. [[
local list = {}
for i, field in ipairs(ARGV) do
  list[2 * i - 1] = tonumber(redis.call('HGET', spent, field) or 0)
  list[2 * i] = tonumber(redis.call('HGET', reserved, field) or 0)
end
return list
]]

---@class vision.RedisLedger : vision.Ledger
---@field package server vision.Redis
---@field package owner string   of reservations: this object, in this process
---@field package made integer   reservations so far
local Redis = {}
Redis.__index = Redis

function Redis.bind() end

-- No name has a control character, so none has what parts a field or ends one in `held`.
local function field_of(line)
  return kept(line.budget) .. SEPARATOR .. line.period
end

local function whole(amount) return ("%.0f"):format(amount) end

--- The name of a reservation that this server has not heard of.
function Redis:new_id()
  self.made = self.made + 1
  return self.owner .. "-" .. self.made
end

function Redis:reserve(lines, amount, seconds)
  local held = { id = self:new_id() }
  if #lines == 0 then return held end
  local arguments = { held.id, whole(amount), seconds }
  for _, line in ipairs(lines) do
    arguments[#arguments + 1] = field_of(line)
    arguments[#arguments + 1] = line.hard and whole(line.room or line.limit) or "-"
  end
  local reply, err = self.server:eval(RESERVE, KEYS, arguments)
  if not reply then return nil, err end
  local line = lines[reply[1]]
  if line then return nil, alerts.refusal(line, amount, reply[2], reply[3]) end
  held.spent = reply
  table.remove(reply, 1)
  return held
end

local function add_uses(arguments, use, amount)
  for _, word in ipairs { use.date, USE .. use.date, USE_SECONDS } do
    arguments[#arguments + 1] = word
  end
  local sums = { requests = 1, failed = use.failed, unpriced = use.unpriced,
    estimated = use.estimated, micro_usd = amount, input_tokens = use.input_tokens,
    output_tokens = use.output_tokens }
  local function add(tag)
    local row = table.concat({ kept(use.provider), kept(use.model), kept(tag) }, SEPARATOR)
    for _, figure in ipairs(FIGURES) do
      if (sums[figure] or 0) > 0 then
        arguments[#arguments + 1] = row .. SEPARATOR .. figure
        arguments[#arguments + 1] = whole(sums[figure])
      end
    end
  end
  add ""
  for _, tag in ipairs(use.tags or {}) do add(tag) end
end

-- Beside the alerts, what is spent of each line now.
function Redis:close_out(reservation, lines, amount, use)
  local arguments = { reservation and reservation.id or "", whole(amount), #lines }
  for _, line in ipairs(lines) do arguments[#arguments + 1] = field_of(line) end
  if use then add_uses(arguments, use, amount) end
  local sums, err = self.server:eval(CLOSE_OUT, KEYS, arguments)
  if not sums then return nil, err end
  local raised
  local is_new = table.remove(sums, 1) == 1
  for i, sum in ipairs(is_new and amount > 0 and sums or {}) do
    raised = alerts.add(raised, lines[i], sum, amount)
  end
  return raised or {}, nil, sums
end

function Redis:standing(lines)
  local fields, list = {}, {}
  for i, line in ipairs(lines) do fields[i] = field_of(line) end
  local reply, err = self.server:eval(STANDING, KEYS, fields)
  if not reply then return nil, err end
  for i in ipairs(lines) do list[i] = { spent = reply[2 * i - 1], reserved = reply[2 * i] } end
  return list
end

local PARTS = ("^" .. ("([^\30]*)\30"):rep(3) .. "(.*)$")

local function new_row(date, provider, model, tag)
  local row = { date = date, provider = provider, model = model, tag = tag }
  for _, name in ipairs(FIGURES) do row[name] = 0 end
  return row
end

-- Appends the rows of a day.
local function add_day(list, date, reply)
  local rows = {}
  for i = 1, #reply, 2 do
    local provider, model, tag, figure = reply[i]:match(PARTS)
    local key = reply[i]:sub(1, -#figure - 1)
    if not rows[key] then
      rows[key] = new_row(date, provider, model, tag)
      list[#list + 1] = rows[key]
    end
    rows[key][figure] = tonumber(reply[i + 1])
  end
end

function Redis:uses(from, to)
  local days, err = self.server:call("ZRANGE", KEYS[5], 0, -1)
  if not days then return nil, err end
  local list = {}
  for _, date in ipairs(days) do
    if date >= from and date <= to then
      local reply
      reply, err = self.server:call("HGETALL", USE .. date)
      if not reply then return nil, err end
      add_day(list, date, reply)
    end
  end
  return list
end

function Redis:close()
  self.server:close()
end

--- A ledger on a server; it is connected to with the first call, and where it is away this process
--- goes on by itself (see `standby`).
---@param url string redis://…
---@return vision.Ledger|nil
---@return vision.error? err invalid_option, missing_library
function redis.open(url)
  local server, err = require("vision.database.redis").new(url, { wait = false })
  if not server then return nil, err end
  local books = setmetatable({ server = server, owner = core.random_id(), made = 0 }, Redis)
  return standby.around(books)
end

return redis
