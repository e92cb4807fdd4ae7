-- SPDX-License-Identifier: MIT
-- The shelf in a Redis server.

local redis = require "vision.database.redis"

local shelf = {}

local PREFIX = "vision:service:"

---@class vision.server.RedisShelf : vision.server.Shelf
---@field package redis vision.Redis
local Shelf = {}
Shelf.__index = Shelf

local function milliseconds(seconds) return ("%d"):format(math.max(1, seconds * 1000)) end

-- true where all commands were carried out.
local function run(self, commands)
  local replies, err = self.redis:pipeline(commands)
  if not replies then return nil, err end
  for _, reply in ipairs(replies) do
    if type(reply) == "table" and reply.reason then return nil, reply end
  end
  return true
end

function Shelf:put(key, text, seconds)
  return run(self, { { "SET", PREFIX .. key, text, "PX", milliseconds(seconds) } })
end

function Shelf:get(key)
  return self.redis:call("GET", PREFIX .. key)
end

function Shelf:add(key, text, seconds)
  local name = PREFIX .. key
  local reply, err = self.redis:call("SET", name, text, "NX", "PX", milliseconds(seconds))
  if reply == nil then return nil, err end
  if reply then return true end
  reply, err = self.redis:call("GET", name)
  if reply then return reply end
  if reply == nil then return nil, err end
  return self:add(key, text, seconds) -- it went between the two
end

function Shelf:drop(key)
  return run(self, { { "DEL", PREFIX .. key } })
end

function Shelf:append(key, text, seconds, most)
  local name = PREFIX .. "list:" .. key
  local commands = { { "RPUSH", name, text }, { "PEXPIRE", name, milliseconds(seconds) } }
  if most then commands[3] = { "LTRIM", name, -most, -1 } end
  return run(self, commands)
end

function Shelf:list(key, first, count)
  return self.redis:call("LRANGE", PREFIX .. "list:" .. key, first - 1, first + count - 2)
end

function Shelf:newest(key, count)
  local texts, err = self.redis:call("LRANGE", PREFIX .. "list:" .. key, -count, -1)
  if not texts then return nil, err end
  local turned = {}
  for i = #texts, 1, -1 do turned[#turned + 1] = texts[i] end
  return turned
end

function Shelf:close() self.redis:close() end

--- A shelf in a server; waits for the connection.
---@param url string redis://[user:password@]host[:port][/number]
---@return vision.server.RedisShelf|nil
---@return vision.error? err invalid_option, missing_library, store_unavailable, permission
function shelf.open(url)
  local handle, err = redis.open(url)
  if not handle then return nil, err end
  return setmetatable({ redis = handle }, Shelf)
end

return shelf
