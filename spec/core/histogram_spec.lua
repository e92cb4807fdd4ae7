-- SPDX-License-Identifier: MIT
local chance = require "spec.support.chance"
local core = require "vision.core"

-- Durations of all sizes there are.
local function some_duration(source)
  return 10 ^ source:number(-6, 4.9)
end

local function sorted(list)
  local copy = {}
  for i, value in ipairs(list) do copy[i] = value end
  table.sort(copy)
  return copy
end

local function recorded(values)
  local h = core.histogram()
  for _, value in ipairs(values) do h:record(value) end
  return h
end

local QUANTILES = { 0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1 }

local function assert_quantiles(values, h)
  local list = sorted(values)
  for _, q in ipairs(QUANTILES) do
    local truth = list[math.max(1, math.ceil(q * #list))]
    assert.near(truth, h:quantile(q), truth * 0.008)
  end
end

describe("core.histogram", function()
  it("knows nothing before the first value", function()
    local h = core.histogram()
    assert.is_nil(h:quantile(0.5))
    assert.is_nil(h:min())
    assert.is_nil(h:max())
    assert.same({ 0, 0 }, { h:count(), h:sum() })
  end)

  it("gives quantiles within a hundredth of those of the sorted list", function()
    chance.runs(200, function(source)
      local values = {}
      for i = 1, source:integer(1, 300) do values[i] = some_duration(source) end
      local h = recorded(values)
      assert_quantiles(values, h)
      local list, sum = sorted(values), 0
      for _, value in ipairs(values) do sum = sum + value end
      assert.same({ #list, list[1], list[#list], sum }, { h:count(), h:min(), h:max(), h:sum() })
    end)
  end)

  it("counts what took at most so long, to the width of a bucket", function()
    chance.runs(100, function(source)
      local values, limit = {}, some_duration(source)
      for i = 1, source:integer(1, 300) do values[i] = some_duration(source) end
      local least, most = 0, 0
      for _, value in ipairs(values) do
        if value <= limit then least = least + 1 end
        if value <= limit * 1.016 then most = most + 1 end
      end
      local count = recorded(values):count_to(limit)
      assert.is_true(least <= count and count <= most)
    end)
  end)

  it("merges to what it would be had it seen all", function()
    chance.runs(100, function(source)
      local all, parts = {}, {}
      for part = 1, source:integer(1, 5) do
        local values = {}
        for i = 1, source:integer(0, 50) do
          values[i] = some_duration(source)
          all[#all + 1] = values[i]
        end
        parts[part] = recorded(values)
      end
      local h = core.histogram()
      for _, part in ipairs(parts) do h:merge(part) end
      assert.equal(#all, h:count())
      if #all > 0 then assert_quantiles(all, h) end
    end)
  end)

  it("clamps and counts what is out of range", function()
    local h = recorded { 0, -3, 1e9, 0 / 0, 1 }
    assert.same({ 3, 1 }, { h:clamped() })
    assert.same({ 1e-6, 86400, 5 }, { h:min(), h:max(), h:count() })
    h:reset()
    assert.same({ 0, 0 }, { h:clamped() })
    assert.equal(0, h:count())
  end)

  it("throws on misuse", function()
    local h = core.histogram()
    assert.error_matches(function() h:quantile(1.1) end, "from 0 to 1")
    assert.has_error(function() h:quantile(0 / 0) end)
    assert.has_error(function() h:record "slow" end)
    assert.has_error(function() h:merge {} end)
  end)
end)
