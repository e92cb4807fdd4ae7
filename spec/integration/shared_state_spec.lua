-- SPDX-License-Identifier: MIT
-- Processes that share limits, and are killed at any moment.

local command = require "spec.support.command"
local core = require "vision.core"
local folder = require "spec.support.folder"

local PROCESSES = 4

-- Says its number first, so that it can be killed, and then what the script prints.
local function start(path, script)
  local text = ("local core = require 'vision.core'\n"
    .. "local state = assert(core.shared_state '%s')\n"):format(path) .. script
  local file = os.tmpname()
  folder.write(file, text)
  local pipe = assert(io.popen(("echo $$; LUA_PATH='%s' LUA_CPATH='%s' exec %s %s"):format(
    package.path, package.cpath, command.INTERPRETER, file)))
  return { pipe = pipe, pid = pipe:read "*n", file = file }
end

local function finish(process)
  local said = process.pipe:read "*a"
  process.pipe:close()
  os.remove(process.file)
  return said
end

local function with_path(body)
  folder.with(function(path)
    os.execute("chmod 700 " .. path)
    body(path .. "/state")
  end)
end

describe("processes with one shared state", function()
  it("take no more in sum than the limit gives", function()
    with_path(function(path)
      local processes, sum = {}, 0
      for i = 1, PROCESSES do
        processes[i] = start(path, [[
          local bucket = state:token_bucket("b", { per_minute = 0, burst = 20000 }, 0)
          local taken = 0
          while bucket:take(1, 0) do taken = taken + 1 end
          print(taken)]])
      end
      for _, process in ipairs(processes) do sum = sum + assert(tonumber(finish(process))) end
      assert.equal(20000, sum)
    end)
  end)

  it("go on when one of them is killed, and nothing of it stays", function()
    with_path(function(path)
      local state = assert(core.shared_state(path))
      local calls = state:concurrency("c", 2)
      local options = { per_minute = 0, burst = 1e12 }
      local a, b = state:token_bucket("a", options, 0), state:token_bucket("b", options, 0)
      for _ = 1, 10 do
        -- Each holds a permit, and the lock for most of its time.
        local processes = {}
        for i = 1, 2 do
          processes[i] = start(path, [[
            assert(state:concurrency("c", 2):acquire(1e9, core.mono()))
            local options = { per_minute = 0, burst = 1e12 }
            local list = {
              state:token_bucket("a", options, 0), state:token_bucket("b", options, 0),
            }
            local h, other = state:histogram "h", state:histogram "other"
            other:record(0.5)
            print "ready"
            io.stdout:flush()
            while true do
              core.buckets_take(list, { 1, 1 }, 0)
              h:merge(other)
            end]])
        end
        for _, process in ipairs(processes) do
          assert.matches("ready", process.pipe:read "*l" .. process.pipe:read "*l")
        end
        assert.is_nil(calls:acquire(1, core.mono()))
        for _, process in ipairs(processes) do os.execute("kill -9 " .. process.pid) end
        for _, process in ipairs(processes) do finish(process) end
        assert.equal(a:available(0), b:available(0)) -- what is taken together is, or is not
        local counted = state:histogram "h"
        assert.near(counted:count() * 0.5, counted:sum(), 1e-6)
        local permits = {}
        local now = core.mono() + 2 -- lost ones are looked for once a second
        for i = 1, 2 do
          permits[i] = assert(calls:acquire(60, now), "a permit of a killed process stays out")
        end
        for i = 1, 2 do calls:release(permits[i]) end
      end
      assert.equal(20, calls:lost())
      state:close()
    end)
  end)
end)
