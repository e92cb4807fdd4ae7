-- SPDX-License-Identifier: MIT
-- How often a key may ask, where services of several machines count together in a real Redis.

local access = require "vision.server.access"
local app = require "vision.server.app"
local engine = require "vision.server.engine"
local folder = require "spec.support.folder"
local json = require "vision.base.json"
local keys = require "vision.server.keys"
local log = require "vision.base.log"
local server_of = require "spec.support.redis"
local shared_state = require("vision.layers.shared_state").shared_state
local task = require "vision.base.task"
local workers = require "spec.support.workers"

describe("the limit of a key of several services", function()
  local server
  setup(function() server = server_of.start() end)
  teardown(function() server:stop() end)

  -- In a task, with two services that know the key; what they have to say goes to `said`.
  local function with_two(per_minute, body)
    local said, fleets, apps = {}, {}, {}
    log.set_sink(function(_, message) said[#said + 1] = message end)
    folder.with(function(place)
      local path = place .. "/keys.json"
      local key = assert(keys.add(path, { name = "plant", scopes = { "read" },
        requests_per_minute = per_minute }))
      for i = 1, 2 do
        fleets[i] = assert(shared_state(server.url))
        apps[i] = assert(app.new { engine = assert(engine.new { provider = "stub" }),
          access = assert(access.new { path = path, fleet = fleets[i] }) })
      end
      local function ask(i)
        local exchange = apps[i]:begin { method = "GET", target = "/api/v1/vision/providers",
          headers = { ["x-api-key"] = key }, remote = "192.0.2.1" }
        local was_glanced = exchange.err ~= nil
        local reply = exchange:answer()
        exchange:finish(false)
        return reply.status, reply, was_glanced
      end
      local ok, err = task.spawn(function()
        return xpcall(body, debug.traceback, ask, said)
      end):join()
      for _, fleet in ipairs(fleets) do fleet:close() end
      if not ok then error(err, 0) end
    end)
    log.set_sink()
  end

  it("holds for all of them together", function()
    with_two(3, function(ask)
      for i = 1, 3 do assert.equal(200, (ask(i % 2 + 1))) end
      for i = 1, 2 do
        local status, reply, was_glanced = ask(i)
        assert.same({ 429, "rate_limited", false },
          { status, json.decode(reply.body).reason, was_glanced })
        assert.is_true(tonumber(reply.headers["Retry-After"]) > 10)
      end
    end)
  end)

  it("refuses who asked one of them too often before his body is read", function()
    with_two(2, function(ask)
      for _ = 1, 2 do assert.equal(200, (ask(1))) end
      local status, reply, was_glanced = ask(1)
      assert.same({ 429, true }, { status, was_glanced })
      assert.is_true(tonumber(reply.headers["Retry-After"]) > 20)
    end)
  end)

  it("is kept by each where Redis is away, which is said once, and so is its return", function()
    with_two(4, function(ask, said)
      assert.equal(200, (ask(1)))
      server:kill()
      for _ = 1, 3 do assert.equal(200, (ask(1))) end
      assert.equal(429, (ask(1)))
      for _ = 1, 4 do assert.equal(200, (ask(2))) end
      assert.equal(429, (ask(2)))
      assert.equal(2, #said)
      for _, message in ipairs(said) do
        assert.matches("hold for this process alone until it is back", message, 1, true)
      end
      server:restart()
    end)
  end)

  it("holds for real services whose configuration names Redis", function()
    folder.with(function(place)
      folder.write(place .. "/vision.lua", ("return { provider = 'stub', shared_state = %q }")
        :format(server.url))
      local key = assert(keys.add(place .. "/keys.json", { name = "plant", scopes = { "read" },
        requests_per_minute = 5 }))
      local services, answers = {}, {}
      for i = 1, 2 do services[i] = workers.start(place, 2, { "--require-keys" }) end
      local ok, message = pcall(function()
        for i = 1, 2 do services[i]:until_ready() end
        for i = 1, 12 do
          local answer = assert(services[i % 2 + 1]:call("GET", "/api/v1/vision/providers", nil,
            { "Connection: close", "X-API-Key: " .. key }))
          answers[answer.status] = (answers[answer.status] or 0) + 1
        end
      end)
      for i = 1, 2 do
        local status, err = services[i]:finish()
        assert.equal(0, status, err)
      end
      assert(ok, message)
      assert.same({ [200] = 5, [429] = 7 }, answers)
    end)
  end)
end)
