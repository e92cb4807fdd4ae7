-- SPDX-License-Identifier: MIT
-- Processes that share limits, and are killed at any moment.

local command = require "spec.support.command"
local core = require "vision.core"
local folder = require "spec.support.folder"
local metrics = require "vision.layers.metrics"

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

  it("have their calls counted together, but for what a killed one had under way", function()
    with_path(function(path)
      local processes = {}
      for i = 1, 3 do
        processes[i] = start(path, [[
          local errors = require "vision.base.error"
          local calls = 0
          local provider = { name = "p", analyze_image = function()
            calls = calls + 1
            if calls == 4 then
              print "ready"
              io.stdout:flush()
              require("vision.base.task").sleep(3600)
            elseif calls == 3 then
              return nil, errors.new("timeout", "late", { usage = { input_tokens = 7 } })
            end
            return { usage = { input_tokens = 100, output_tokens = 10 } }
          end }
          local measured = assert(require("vision.layers.metrics").create_metrics_provider(provider,
            { shared = state }))
          for _ = 1, 4 do measured:analyze_image "image" end]])
      end
      for _, process in ipairs(processes) do
        assert.matches("ready", process.pipe:read "*l" .. process.pipe:read "*l")
      end
      local state = assert(core.shared_state(path))
      local measured = assert(metrics.create_metrics_provider(
        { name = "p", analyze_image = function() end }, { shared = state }))
      for alive = 3, 0, -1 do
        local m = measured.metrics
        assert.same({ 9, 6, 3, alive, 621, 60 }, { m.total_requests, m.successful_requests,
          m.failed_requests, m.in_flight, m.input_tokens, m.output_tokens })
        assert.same({ timeout = 3 }, m.errors)
        assert.equal(6, measured.latencies:count())
        if alive > 0 then
          os.execute("kill -9 " .. processes[alive].pid)
          finish(processes[alive])
        end
      end
      state:close()
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
