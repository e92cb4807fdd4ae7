-- SPDX-License-Identifier: MIT
-- Batches that outlive their process: two services in one process share a store and a folder.

local application = require "spec.support.application"
local core = require "vision.core"
local folder = require "spec.support.folder"
local json = require "vision.base.json"
local pictures = require "spec.support.pictures"
local shelves = require "vision.server.shelf"
local task = require "vision.base.task"
local until_true = require("spec.support.workers").until_true

local BATCH = "/api/v1/vision/batch"
local JSON = { ["content-type"] = "application/json" }
local ENDED = (core.process_name():gsub("%d+$", "1")) .. ":x 7"

local function picture(shade) return pictures.png(20, 10, function() return shade end) end

local function batch(count, more)
  local list = {}
  for i = 1, count do
    list[i] = { image_base64 = core.base64_encode(picture(i)), file_name = i .. ".png" }
  end
  local asked = { images = list, max_concurrency = 1 }
  for name, value in pairs(more or {}) do asked[name] = value end
  return json.encode(asked)
end

-- Reads what it is let read: `gate.free` pictures; notes which.
local function gated()
  local gate = { free = 0, read = {}, begun = 0 }
  gate.provider = {
    name = "gated", model = "m", capabilities = {},
    analyze_image = function(_, image, options)
      gate.begun, gate.options = gate.begun + 1, options
      while gate.free < 1 do
        local ok, err = task.sleep(0.002)
        if not ok then return nil, err end
      end
      gate.free = gate.free - 1
      gate.read[#gate.read + 1] = image:sha256()
      return { summary = "read", details = {}, provider = "gated", confidence = 0.5 }
    end,
  }
  return gate
end

-- Two services; body(call, service, gate) is given those of each.
local function with_two(body)
  folder.with(function(place)
    local shelf, one, other = shelves.lazy "memory:", gated(), gated()
    local path = place .. "/jobs"
    local function options(gate)
      return { engine = { provider = "gated", shelf = shelf }, app = { jobs_folder = path },
        providers = { gated = gate.provider } }
    end
    local settings = { cache = false, retry = false }
    application.with(settings, function(call, service, said)
      application.with(settings, function(other_call, other_service)
        local ok, message = pcall(body,
          { call = call, jobs = service.jobs, gate = one, said = said },
          { call = other_call, jobs = other_service.jobs, gate = other, said = said }, shelf, path)
        one.free, other.free = 1e9, 1e9 -- else what failed would wait for ever
        service.jobs:finish(10)
        other_service.jobs:finish(10)
        if not ok then error(message, 0) end
      end, options(other))
    end, options(one))
  end)
end

local function start(one, body)
  local reply = one.call("POST", BATCH, JSON, body)
  assert.equal(202, reply.status, reply.text)
  return reply.json.job_id, reply.headers.Location
end

local function state_of(one, place) return one.call("GET", place).json end

local function until_status(one, place, status)
  return until_true("it is " .. status, function()
    local state = state_of(one, place)
    return state.status == status and state
  end)
end

-- Of the process that runs it nothing is heard any more.
local function bereave(shelf, id) shelf:put("lease:" .. id, ENDED, 60) end

local function indices(one, place)
  local list = {}
  for _, result in ipairs(one.call("GET", place .. "/results").json.results) do
    list[#list + 1] = result.index
  end
  table.sort(list)
  return list
end

local function names_in(path)
  local names = {}
  for _, entry in ipairs(core.folder(path) or {}) do names[#names + 1] = entry.name end
  table.sort(names)
  return names
end

describe("a batch that outlives its process", function()
  it("lies in a folder until its pictures are read", function()
    with_two(function(one, _, _, path)
      local id, place = start(one, batch(3))
      assert.equal("700", io.popen(("stat -c %%a '%s'"):format(path)):read "*l")
      assert.same({ "1", "2", "3", "job.json" }, names_in(path .. "/" .. id))
      one.gate.free = 1
      until_true("a result is kept", function() return state_of(one, place).completed == 1 end)
      until_true("its picture goes", function() return #names_in(path .. "/" .. id) == 3 end)
      one.gate.free = 9
      until_status(one, place, "completed")
      until_true("all goes", function() return #names_in(path) == 0 end)
      assert.same({ 1, 2, 3 }, indices(one, place))
    end)
  end)

  it("is gone on with by another, each picture once", function()
    with_two(function(one, other, shelf, path)
      local id, place = start(one, batch(5, { tags = { "night" } }))
      one.gate.free = 2
      until_true("two are kept", function() return state_of(other, place).completed == 2 end)
      other.jobs:watch()
      task.sleep(0.01)
      assert.equal(0, other.gate.begun) -- its process lives

      bereave(shelf, id)
      until_true("the other begins", function() return other.gate.begun > 0 end)
      local state = state_of(one, place)
      assert.same({ "running", 5 }, { state.status, state.total })
      assert.equal(2, state_of(other, place).completed)
      assert.is_nil(state_of(other, place).lease)
      one.gate.free, other.gate.free = 9, 9 -- the first wakes, and writes nothing
      state = until_status(other, place, "completed")
      assert.same({ 5, 0, 100 }, { state.completed, state.failed, state.progress_percent })
      assert.same({ 1, 2, 3, 4, 5 }, indices(other, place))
      assert.same({ core.sha256(picture(3)), core.sha256(picture(4)), core.sha256(picture(5)) },
        other.gate.read)
      assert.same({ { "night" }, "5.png" }, { other.gate.options.tags, other.gate.options.file })
      until_true("all goes", function() return #names_in(path) == 0 end)
    end)
  end)

  it("is cancelled also while it is nobody's", function()
    with_two(function(one, other, shelf, path)
      local id, place = start(one, batch(3))
      one.gate.free = 1
      until_true("one is kept", function() return state_of(one, place).completed == 1 end)
      one.jobs:finish(0)
      assert.equal("running", state_of(other, place).status)
      assert.equal(202, other.call("POST", place .. "/cancel").status)
      other.jobs:watch()
      until_status(other, place, "cancelled")
      assert.same({ 0, { 1 } }, { other.gate.begun, indices(other, place) })
      until_true("all goes", function() return #names_in(path) == 0 end)
      assert.is_false(shelf:get("lease:" .. id))
    end)
  end)

  it("is left by a service that ends, and nothing of what it broke off is told", function()
    with_two(function(one, other)
      local _, place = start(one, batch(4, { max_concurrency = 2 }))
      until_true("two are begun", function() return one.gate.begun == 2 end)
      one.jobs:finish(0)
      assert.same({ "running", 0, 0 }, { state_of(other, place).status,
        state_of(other, place).completed, state_of(other, place).failed })
      other.gate.free = 9
      other.jobs:watch()
      until_status(other, place, "completed")
      assert.same({ 1, 2, 3, 4 }, indices(other, place))
    end)
  end)

  it("that was never acknowledged, or is over, is cleared away; nothing else is", function()
    with_two(function(_, other, shelf, path)
      local torn, over, foreign = ("a"):rep(32), ("b"):rep(32), "c"
      assert(os.execute(("mkdir -m 700 '%s' '%s/%s' '%s/%s' '%s/%s'"):format(path, path, torn,
        path, over, path, foreign)))
      folder.write(("%s/%s/1"):format(path, torn), picture(1))
      folder.write(("%s/%s/job.json"):format(path, over), json.encode {
        total = 1, entries = { {} }, max_concurrency = 1, options = {}, created_at = 1 })
      shelf:put("job:" .. over, json.encode { job_id = over, status = "completed" }, 60)
      other.jobs:watch()
      until_true("they go", function() return #names_in(path) == 1 end)
      assert.same({ foreign }, names_in(path))
      assert.equal(0, other.gate.begun)
    end)
  end)

  it("says of each picture what is in the way where it cannot be gone on with", function()
    with_two(function(one, other, shelf, path)
      local id, place = start(one, batch(2))
      os.remove(("%s/%s/2"):format(path, id))
      other.gate.free = 9
      other.jobs:watch()
      bereave(shelf, id)
      local state = until_status(other, place, "completed")
      assert.same({ 1, 1 }, { state.completed, state.failed })
      for _, result in ipairs(other.call("GET", place .. "/results").json.results) do
        assert.equal(result.index == 2 and "store_damaged" or nil, result.reason)
        assert.is_nil((result.error or ""):find(path, 1, true))
      end
    end)
  end)

  it("is refused where there is no room, or no such folder", function()
    with_two(function(one, _, _, path)
      local other = path .. "/" .. ("d"):rep(32)
      assert(os.execute(("mkdir -m 700 '%s' '%s'"):format(path, other)))
      assert(os.execute(("truncate -s 3G '%s/1'"):format(other)))
      local reply = one.call("POST", BATCH, JSON, batch(1))
      assert.same({ 503, "queue_full", "10" },
        { reply.status, reply.json.reason, reply.headers["Retry-After"] })
      os.execute(("rm -r '%s'; chmod 755 '%s'"):format(other, path))
      reply = one.call("POST", BATCH, JSON, batch(1))
      assert.equal(400, reply.status)
      assert.matches("chmod 700", reply.json.error)
      assert.same({}, names_in(path))
    end)
  end)
end)
