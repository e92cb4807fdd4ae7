-- SPDX-License-Identifier: MIT
local chance = require "spec.support.chance"
local description = require "vision.drawing.description"
local frozen = require "vision.layers.frozen"
local json = require "vision.base.json"

local random_table

local function random_value(source, depth)
  local kind = source:integer(1, depth > 4 and 5 or 7)
  if kind == 1 then return source:integer(0, 1) == 1
  elseif kind == 2 then return source:integer(-2 ^ 31, 2 ^ 31)
  elseif kind == 3 then return source:number(-1e300, 1e300)
  elseif kind == 4 then return ("\0\255 Ø"):rep(source:integer(0, 20))
  elseif kind == 5 then return source:one_of { math.huge, -math.huge, 0.1, 2 ^ 60 }
  end
  return random_table(source, depth + 1)
end

function random_table(source, depth)
  local result = source:integer(0, 1) == 1 and json.array {} or {}
  for i = 1, source:integer(0, 4) do result[i] = random_value(source, depth) end
  for i = 1, source:integer(0, 4) do
    local key = source:one_of { "key " .. i, -i, i + 0.5, 100 + i, true }
    result[key] = random_value(source, depth)
  end
  return result
end

-- assert.same looks at no metatables.
local function assert_lists(expected, found)
  assert.equal(getmetatable(expected), getmetatable(found))
  for key, value in pairs(expected) do
    if type(value) == "table" then assert_lists(value, found[key]) end
  end
end

describe("a frozen reading", function()
  it("comes back as it was, each time a fresh one", function()
    local reading = description.new {
      summary = "Ø 20", details = { "a", "b" }, confidence = 0.92,
      drawing = { callouts = {}, notes = { "n" },
        sheets = { { items = json.array {}, box = {} } } },
      usage = { input_tokens = 812 },
    }
    local text = assert(frozen.freeze(reading))
    local one, other = assert(frozen.thaw(text)), assert(frozen.thaw(text))
    assert.same(reading, one)
    one.details[1], one.drawing.sheets[1].items[1] = "changed", "changed"
    assert.same(reading, other)
    assert.equal(json.encode(reading), json.encode(other)) -- also which empty tables are lists
    assert.matches('"box":{},"items":[]', json.encode(other), 1, true)
    assert.matches('"input_tokens":812', json.encode(other), 1, true)
  end)

  it("comes back whatever it holds", function()
    chance.runs(300, function(source)
      local value = random_table(source, 0)
      local thawed = assert(frozen.thaw(assert(frozen.freeze(value))))
      assert.same(value, thawed)
      assert_lists(value, thawed)
    end)
  end)

  it("refuses what a text cannot say", function()
    local cycle = {}
    cycle.cycle = cycle
    for value, why in pairs { [print] = "functions", [cycle] = "deeper than 100",
      [setmetatable({}, {})] = "metatable", [io.stdout] = "userdata" } do
      local text, err = frozen.freeze { value = value }
      assert.is_nil(text)
      assert.matches(why, err.message)
    end
  end)

  it("makes no room for more than it holds, also where tables claim it in each other", function()
    local function number(n) return string.char(n % 256, math.floor(n / 256) % 256, 0, 0) end
    local parts, SIZE = { "\1" }, 60000
    for depth = 1, 90 do
      parts[depth + 1] = "t" .. number(SIZE - 10 * depth) .. number(0) .. "\0"
    end
    local text = table.concat(parts) .. ("n"):rep(SIZE)
    collectgarbage()
    collectgarbage "stop"
    local before = collectgarbage "count"
    local _, err = frozen.thaw(text)
    local taken_kib = collectgarbage "count" - before
    collectgarbage "restart"
    assert.equal("input", err.reason)
    assert.is_true(taken_kib < 4000, taken_kib)
  end)

  it("is never read beyond its end, however it is damaged", function()
    chance.runs(2000, function(source)
      local text = frozen.freeze(random_table(source, 2))
      local at = source:integer(1, #text)
      local cut = text:sub(1, at - 1)
      assert.equal("input", select(2, frozen.thaw(cut)).reason)
      local damaged = cut .. string.char(source:integer(0, 255)) .. text:sub(at + 1)
      local reading, err = frozen.thaw(damaged)
      assert.is_true(type(reading) == "table" or err.reason == "input")
    end)
    for _, text in ipairs { "", "\1", "\2y", "\1y", "\1yy", "\1t" .. ("\255"):rep(9) } do
      assert.equal("input", select(2, frozen.thaw(text)).reason)
    end
  end)
end)
