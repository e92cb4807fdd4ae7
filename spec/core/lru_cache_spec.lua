-- SPDX-License-Identifier: MIT
local core = require "vision.core"

local SEED = 20260611

-- The same in plain Lua: a list of { key, value, expires }, the most recent first.
local Model = {}
Model.__index = Model

local function model_new(max_entries, max_bytes)
  return setmetatable({ max_entries = max_entries, max_bytes = max_bytes, list = {},
    stats = { hits = 0, misses = 0, evictions = 0, expirations = 0, size = 0, bytes = 0 } }, Model)
end

function Model:remove(key)
  for i, entry in ipairs(self.list) do
    if entry.key == key then
      table.remove(self.list, i)
      self.stats.size = self.stats.size - 1
      self.stats.bytes = self.stats.bytes - #key - #entry.value
      return entry
    end
  end
end

function Model:count(what)
  self.stats[what] = self.stats[what] + 1
end

function Model:insert(entry)
  table.insert(self.list, 1, entry)
  self:count "size"
  self.stats.bytes = self.stats.bytes + #entry.key + #entry.value
end

function Model:get(key, now)
  local entry = self:remove(key)
  if entry and entry.expires > now then
    self:insert(entry)
    self:count "hits"
    return entry.value
  end
  self:count "misses"
  if entry then self:count "expirations" end
end

function Model:shrink(entries, bytes, now)
  while #self.list > 0 and (self.stats.size + entries > self.max_entries
    or self.stats.bytes + bytes > self.max_bytes) do
    local last = self.list[#self.list]
    self:count(last.expires <= now and "expirations" or "evictions")
    self:remove(last.key)
  end
end

function Model:put(key, value, ttl, now)
  self:remove(key)
  if #key + #value > self.max_bytes then return end
  self:shrink(1, #key + #value, now)
  self:insert { key = key, value = value, expires = now + ttl }
  return true
end

function Model:delete(key)
  return self:remove(key) ~= nil
end

function Model:resize(max_entries, max_bytes)
  self.max_entries, self.max_bytes = max_entries, max_bytes
  self:shrink(0, 0, -math.huge)
end

function Model:clear()
  self.list, self.stats.size, self.stats.bytes = {}, 0, 0
end

function Model:keys()
  local keys = {}
  for i, entry in ipairs(self.list) do keys[i] = entry.key end
  return keys
end

local function random_key()
  local length = math.random(1, 4) == 1 and 64 or math.random(1, 3)
  return string.char(96 + math.random(1, 5)):rep(length)
end

local function random_value()
  return ("v"):rep(math.random(0, 40)) .. math.random(1, 9)
end

local STEPS = {
  get = { 10, function(now) return random_key(), now end },
  put = { 8, function(now)
    return random_key(), random_value(), math.random(1, 10) == 1 and math.huge
      or math.random(1, 50), now
  end },
  delete = { 2, function() return random_key() end },
  resize = { 0.2, function() return math.random(1, 12), math.random(20, 500) end },
  clear = { 0.05, function() end },
}

local function random_step()
  local total = 0
  for _, step in pairs(STEPS) do total = total + step[1] end
  local at = math.random() * total
  for _, name in ipairs { "get", "put", "delete", "resize", "clear" } do
    at = at - STEPS[name][1]
    if at <= 0 then return name, STEPS[name][2] end
  end
  return "get", STEPS.get[2]
end

describe("core.lru_cache", function()
  it("does what a plain list does, seed " .. SEED, function()
    math.randomseed(SEED)
    local cache, model, now = core.lru_cache(8, 300), model_new(8, 300), 0
    for i = 1, 20000 do
      now = now + math.random(0, 3)
      local name, arguments = random_step()
      local a = { arguments(now) }
      local got = cache[name](cache, a[1], a[2], a[3], a[4])
      local expected = model[name](model, a[1], a[2], a[3], a[4])
      if name ~= "resize" then assert.equal(expected, got, name .. " at step " .. i) end
      assert.same(model.stats, cache:stats())
      assert.same(model:keys(), cache:keys())
    end
    assert.is_true(model.stats.hits > 1000 and model.stats.expirations > 100)
    assert.is_true(model.stats.evictions > 1000)
  end)

  it("keeps bytes as they are", function()
    local cache = core.lru_cache(2, 1000)
    cache:put("k", "a\0b\255", 1, 0)
    assert.equal("a\0b\255", cache:get("k", 0))
    cache:put("e", "", 1, 0)
    assert.equal("", cache:get("e", 0))
  end)

  it("says that a value is too large", function()
    local cache = core.lru_cache(2, 10)
    local ok, err = cache:put("k", ("v"):rep(10), 1, 0)
    assert.is_nil(ok)
    assert.equal("too_large", err.reason)
    assert.matches("11 bytes are more than a cache of 10 bytes keeps", err.message, 1, true)
    assert.is_nil(cache:get("k", 0))
  end)

  it("throws at misuse, and names what was expected", function()
    local cache = core.lru_cache(2, 10)
    assert.error_matches(function() core.lru_cache(0, 10) end, "1 to 1048576 entries")
    assert.error_matches(function() core.lru_cache(2 ^ 20 + 1, 10) end, "1 to 1048576 entries")
    assert.error_matches(function() core.lru_cache(2, 0) end, "1 byte to 1 TiB")
    assert.error_matches(function() cache:get(("k"):rep(65), 0) end, "1 to 64 bytes")
    assert.error_matches(function() cache:put("", "v", 1, 0) end, "1 to 64 bytes")
    assert.error_matches(function() cache:put("k", "v", 0, 0) end, "above 0 seconds")
    assert.error_matches(function() cache:put("k", "v", 0 / 0, 0) end, "above 0 seconds")
    cache:close()
    cache:close()
    assert.error_matches(function() cache:get("k", 0) end, "closed")
  end)
end)
