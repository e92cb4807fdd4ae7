-- SPDX-License-Identifier: MIT
-- The shelf in a Redis server.

local redis = require "vision.database.redis"

local shelf = {}

local PREFIX = "vision:service:"

local unpack = table.unpack or unpack

---@class vision.server.RedisShelf : vision.server.Shelf
---@field package redis vision.Redis
local Shelf = {}
Shelf.__index = Shelf

local function milliseconds(seconds) return ("%d"):format(math.max(1, seconds * 1000)) end

-- true where all commands were carried out.
local function run(self, list)
  local replies, err = self.redis:pipeline(list)
  if not replies then return nil, err end
  for _, reply in ipairs(replies) do
    if type(reply) == "table" and reply.reason then return nil, reply end
  end
  return true
end

-- What each write sends.
local commands = {}

function commands.put(key, text, seconds)
  return { { "SET", PREFIX .. key, text, "PX", milliseconds(seconds) } }
end

function commands.drop(key)
  return { { "DEL", PREFIX .. key } }
end

function commands.append(key, text, seconds, most)
  local name = PREFIX .. "list:" .. key
  local list = { { "RPUSH", name, text }, { "PEXPIRE", name, milliseconds(seconds) } }
  if most then list[3] = { "LTRIM", name, -most, -1 } end
  return list
end

function Shelf:put(...) return run(self, commands.put(...)) end
function Shelf:drop(...) return run(self, commands.drop(...)) end
function Shelf:append(...) return run(self, commands.append(...)) end

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

-- KEYS: the one that is asked, then one for each command. ARGV: its text, then for each command
-- how many words it has, its name, and what follows the key.
local WRITE_IF = [[
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local at = 2
for i = 2, #KEYS do
  local words = tonumber(ARGV[at])
  redis.call(ARGV[at + 1], KEYS[i], unpack(ARGV, at + 2, at + words))
  at = at + words + 1
end
return 1
]]

function Shelf:write_if(key, text, writes)
  local keys, arguments = { PREFIX .. key }, { text }
  for _, write in ipairs(writes) do
    for _, command in ipairs(commands[write[1]](unpack(write, 2))) do
      keys[#keys + 1] = command[2]
      arguments[#arguments + 1] = #command - 1
      arguments[#arguments + 1] = command[1]
      for i = 3, #command do arguments[#arguments + 1] = command[i] end
    end
  end
  local reply, err = self.redis:eval(WRITE_IF, keys, arguments)
  if reply == nil then return nil, err end
  return reply == 1
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
