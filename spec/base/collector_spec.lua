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

describe("the collector", function()
  local function largest_step(setting)
    local pipe = io.popen(("env LUA_PATH='%s' %s -e '%s'"):format(package.path,
      command.INTERPRETER, LARGEST_STEP:format(setting)))
    local kilobytes = tonumber(pipe:read "*a")
    pipe:close()
    return kilobytes
  end

  it("frees little at a time once it is told to go gently", function()
    local gently = largest_step 'require("vision.base.collector").go_gently()'
    assert.is_true(gently > 0, "nothing was freed")
    assert.is_true(gently < 64, gently)
  end)
end)
