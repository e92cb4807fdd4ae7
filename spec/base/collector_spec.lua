-- SPDX-License-Identifier: MIT

local command = require "spec.support.command"

-- The most that is freed between two small tables, in KB: a step of the collector runs there.
local LARGEST_STEP = [[
  if rawget(_G, "jit") then jit.off() end -- it would make no table at all
  %s
  local kept = {}
  for i = 1, 20000 do kept[i] = { i } end
  local largest, before = 0, collectgarbage "count"
  for i = 1, 300000 do
    local garbage = { i }
    local now = collectgarbage "count"
    largest, before = math.max(largest, before - now), now
  end
  print(largest)]]

-- How large the heap becomes beside what is in use.
local MOST = [[
  if rawget(_G, "jit") then jit.off() end
  %s
  local kept = {}
  for i = 1, 50000 do kept[i] = { i } end
  collectgarbage()
  local used, most = collectgarbage "count", 0
  for i = 1, 600000 do
    local garbage = { i }
    most = math.max(most, collectgarbage "count")
  end
  print(most / used)]]

describe("the collector", function()
  local function measured(program, setting)
    local pipe = io.popen(("env LUA_PATH='%s' %s -e '%s'"):format(package.path,
      command.INTERPRETER, program:format(setting)))
    local figure = tonumber(pipe:read "*a")
    pipe:close()
    return figure
  end

  local function largest_step(setting) return measured(LARGEST_STEP, setting) end

  it("frees little at a time once it is told to go gently", function()
    local gently = largest_step 'require("vision.base.collector").go_gently()'
    assert.is_true(gently > 0, "nothing was freed")
    assert.is_true(gently < 64, gently)
  end)

  it("lets less garbage lie where memory counts, in small steps, too", function()
    local collector = 'local collector = require("vision.base.collector") '
    local sparing = collector .. "collector.save_memory(true)"
    local gently = measured(MOST, collector .. "collector.go_gently()")
    local as_before = measured(MOST, sparing .. " collector.save_memory(false)")
    assert.is_true(measured(MOST, sparing) < math.min(1.9, 0.8 * gently), gently)
    assert.is_true(math.abs(as_before - gently) < 0.1, as_before)
    assert.is_true(largest_step(sparing) < 64)
  end)
end)
