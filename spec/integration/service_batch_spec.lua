-- SPDX-License-Identifier: MIT
-- Two processes that serve and share a store: what one reads, the other knows and can end.

local core = require "vision.core"
local folder = require "spec.support.folder"
local http = require "vision.base.http"
local json = require "vision.base.json"
local mock_provider = require "spec.support.mock_provider"
local output = require "spec.support.output"
local pictures = require "spec.support.pictures"
local served = require "spec.support.served"
local task = require "vision.base.task"

local BATCH = "/api/v1/vision/batch"

local function base64(shade)
  return core.image_from_bytes(pictures.png(20, 10, function() return shade end)):base64()
end

local function until_true(what, check)
  for _ = 1, 1000 do
    local found = check()
    if found then return found end
    task.sleep(0.01)
  end
  error("it never came about that " .. what)
end

describe("batches of several processes that serve", function()
  local mock
  before_each(function() mock = mock_provider.start() end)
  after_each(function() mock:stop() end)

  local function start(place)
    local running = served.start(place, { "--provider", "openai", "--store",
      place .. "/records.db" }, { OPENAI_API_KEY = "k", OPENAI_BASE_URL = mock:base "held" })
    function running.call(method, path, body)
      local answer = assert(http.request { url = "http://127.0.0.1:" .. running.port .. path,
        method = method, body = body and json.encode(body),
        headers = body and { "Content-Type: application/json" } })
      return json.decode(answer.body), answer.status
    end
    return running
  end

  -- Both end by themselves after SIGTERM.
  local function with(body)
    folder.with(function(place)
      folder.write(place .. "/vision.lua", "return {}")
      local one, other = start(place), start(place)
      local ok, message = task.spawn(function()
        return xpcall(body, debug.traceback, one, other)
      end):join()
      for _, running in ipairs { one, other } do
        local status, err = running:finish()
        if ok then ok, message = status == 0, err end
      end
      assert(ok, message)
    end)
  end

  it("are known to each, and ended by any", function()
    with(function(one, other)
      mock:requests()
      local begun = one.call("POST", BATCH, { images = { base64(1), base64(2), base64(3) },
        max_concurrency = 2 })
      local place = BATCH .. "/" .. begun.job_id
      assert.equal("running", other.call("GET", place).status)
      until_true("both are asked", function() return #mock:requests() > 0 end)
      assert.equal(202, select(2, other.call("POST", place .. "/cancel")))
      until_true("it is cancelled", function()
        return other.call("GET", place).status == "cancelled"
      end)
      local results = other.call("GET", place .. "/results").results
      assert.same({ 2, "cancelled" }, { #results, results[1].reason })
    end)
  end)

  it("are finished by a process that is to end", function()
    with(function(one, other)
      local begun = one.call("POST", BATCH, { images = { base64(4) } })
      local place = BATCH .. "/" .. begun.job_id
      one:stop()
      output.await(one.err, "stops when")
      mock:release()
      local state = until_true("it is over", function()
        local found = other.call("GET", place)
        return found.status ~= "running" and found
      end)
      assert.same({ "completed", 1 }, { state.status, state.completed })
      assert.is_true(other.call("GET", place .. "/results").results[1].success)
    end)
  end)
end)
