-- SPDX-License-Identifier: MIT
local application = require "spec.support.application"
local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"
local jobs = require "vision.server.jobs"
local json = require "vision.base.json"
local pictures = require "spec.support.pictures"
local shelves = require "vision.server.shelf"
local task = require "vision.base.task"

local BATCH = "/api/v1/vision/batch"
local JSON = { ["content-type"] = "application/json" }

local function picture(shade) return pictures.png(20, 10, function() return shade end) end

local function base64(shade) return core.image_from_bytes(picture(shade)):base64() end

-- Reads when it is told to: each picture waits until `gate.open`.
local function gated()
  local gate = { begun = 0, cancelled = 0 }
  gate.provider = {
    name = "gated", model = "m", capabilities = {},
    analyze_image = function(_, image)
      gate.begun = gate.begun + 1
      while not gate.open do
        local ok, err = task.sleep(0.002)
        if not ok then
          gate.cancelled = gate.cancelled + 1
          return nil, err
        end
      end
      if image:sha256() == gate.bad then
        return nil, errors.new("refused", "not that one", { provider = "gated" })
      end
      return { summary = "read", details = {}, provider = "gated", confidence = 0.5 }
    end,
  }
  return gate
end

local function with(gate, body, more)
  application.with({ cache = false, retry = false }, body, {
    engine = more or { provider = "gated" }, providers = { gated = gate.provider } })
end

local function events_of(reply)
  local list = {}
  for piece in reply.events do
    local name, data = piece:match "^event: (%w+)\ndata: ([^\n]+)\n\n$"
    list[#list + 1] = { name, json.decode(data) }
  end
  return list
end

describe("a batch of the service", function()
  it("is read beside the requests, and told of while it is", function()
    local gate = gated()
    gate.bad = core.sha256(picture(3))
    with(gate, function(call)
      local reply = call("POST", BATCH, JSON, json.encode { max_concurrency = 2, images = {
        base64(1), { image_base64 = base64(2), file_name = "b.png" }, base64(3) } })
      assert.same({ 202, "running", 3, 0 }, { reply.status, reply.json.status, reply.json.total,
        reply.json.completed })
      local place = reply.headers.Location
      assert.equal(BATCH .. "/" .. reply.json.job_id, place)
      local stream = call("GET", place .. "/events")
      gate.open = true
      local events = events_of(stream)
      local last = events[#events]
      assert.same({ "complete", "completed", 2, 1, 100 }, { last[1], last[2].status,
        last[2].completed, last[2].failed, last[2].progress_percent })
      assert.equal("progress", events[1][1])
      assert.same(last[2].status, call("GET", place).json.status)

      local page = call("GET", place .. "/results?limit=2").json
      local rest = call("GET", place .. "/results?from=" .. page.next_from).json
      assert.same({ 2, 1 }, { #page.results, #rest.results })
      local by_index = {}
      for _, list in ipairs { page.results, rest.results } do
        for _, one in ipairs(list) do by_index[one.index] = one end
      end
      assert.same({ true, "read", 0.5 }, { by_index[1].success, by_index[1].description.summary,
        by_index[1].description.confidence })
      assert.equal("b.png", by_index[2].file)
      assert.same({ false, "refused" }, { by_index[3].success, by_index[3].reason })
    end)
  end)

  it("may come as the files of a form", function()
    local gate = gated()
    gate.open = true
    with(gate, function(call)
      local form = {}
      for i = 1, 3 do
        form[#form + 1] = ("--xx\r\nContent-Disposition: form-data; name=\"f\"; filename=\"%d.png\""
          .. "\r\n\r\n%s\r\n"):format(i, picture(i))
      end
      form[#form + 1] = "--xx\r\nContent-Disposition: form-data; name=\"tags\"\r\n\r\na,b\r\n--xx--"
      local reply = call("POST", BATCH, { ["content-type"] = "multipart/form-data; boundary=xx" },
        table.concat(form))
      assert.equal(202, reply.status, reply.text)
      events_of(call("GET", reply.headers.Location .. "/events"))
      local files = {}
      for _, one in ipairs(call("GET", reply.headers.Location .. "/results").json.results) do
        files[one.index] = one.file
      end
      assert.same({ "1.png", "2.png", "3.png" }, files)
    end)
  end)

  it("is cancelled, and what was under way with it", function()
    local gate = gated()
    with(gate, function(call)
      local place = call("POST", BATCH, JSON, json.encode { max_concurrency = 2,
        images = { base64(1), base64(2), base64(3) } }).headers.Location
      while gate.begun < 2 do task.sleep(0.002) end
      assert.equal(202, call("POST", place .. "/cancel").status)
      local events = events_of(call("GET", place .. "/events"))
      assert.equal("cancelled", events[#events][2].status)
      assert.same({ 2, 2 }, { gate.begun, gate.cancelled })
      assert.equal(202, call("POST", place .. "/cancel").status) -- any number of times
    end)
  end)

  it("that is cancelled before it began is not begun", function()
    local gate = gated()
    with(gate, function(call)
      local place = call("POST", BATCH, JSON, json.encode { images = { base64(1) } })
        .headers.Location
      call("POST", place .. "/cancel")
      events_of(call("GET", place .. "/events"))
      assert.same({ "cancelled", 0 }, { call("GET", place).json.status, gate.begun })
    end)
  end)

  it("says which picture is wrong, and begins nothing then", function()
    local gate = gated()
    with(gate, function(call)
      for _, case in ipairs {
        { {}, "input", "images" },
        { { images = {} }, "invalid_option", "1 to 1000" },
        { { images = { base64(1), "no base64!" } }, "invalid_base64", "images[2]" },
        { { images = { base64(1), { image_base64 = 7 } } }, "invalid_option", "images[2]" },
        { { images = { { nope = "x" } } }, "invalid_option", "images[1]" },
        { { images = { {} } }, "input", "images[1]" },
        { { images = { base64(1) }, provider = "nobody" }, "invalid_option", "nobody" },
        { { images = { base64(1) }, max_concurrency = 0 }, "invalid_option", "max_concurrency" },
      } do
        local reply = call("POST", BATCH, JSON, json.encode(case[1]))
        assert.same({ 400, case[2] }, { reply.status, reply.json.reason }, reply.text)
        assert.truthy(reply.json.error:find(case[3], 1, true), reply.json.error)
      end
      assert.equal(0, gate.begun)
      assert.equal(415, call("POST", BATCH, { ["content-type"] = "image/png" }, picture(1)).status)
      for _, path in ipairs { "", "/results", "/events" } do
        assert.equal(404, call("GET", BATCH .. "/nope" .. path).status)
      end
      assert.equal(404, call("POST", BATCH .. "/nope/cancel").status)
    end)
  end)

  it("is refused where too many run", function()
    local gate = gated()
    with(gate, function(call, service)
      local body = json.encode { images = { base64(1) } }
      for _ = 1, 16 do assert.equal(202, call("POST", BATCH, JSON, body).status) end
      local reply = call("POST", BATCH, JSON, body)
      assert.same({ 503, "queue_full", "10" }, { reply.status, reply.json.reason,
        reply.headers["Retry-After"] })
      gate.open = true
      service.jobs:finish(10)
      assert.equal(202, call("POST", BATCH, JSON, body).status)
    end)
  end)

  it("is known to another worker, which can end it", function()
    local gate = gated()
    local shelf = shelves.lazy "memory:"
    local other = jobs.new { engine = { shelf = shelf } }
    with(gate, function(call)
      local id = call("POST", BATCH, JSON, json.encode { images = { base64(1) } }).json.job_id
      assert.equal("running", other:state(id).status)
      assert(other:cancel(id))
      events_of(call("GET", BATCH .. "/" .. id .. "/events"))
      assert.equal("cancelled", other:state(id).status)
      assert.equal(1, #other:results(id, 1, 10))
    end, { provider = "gated", shelf = shelf })
  end)

  it("whose worker is gone is said to be interrupted", function()
    local gate = gated()
    local shelf = shelves.lazy "memory:"
    with(gate, function(call, service)
      local id = call("POST", BATCH, JSON, json.encode { images = { base64(1) } }).json.job_id
      local other, now = jobs.new { engine = { shelf = shelf } }, clock.wall()
      clock.install { wall = function() return now + 31 end }
      local state = other:state(id)
      clock.install()
      assert.equal("interrupted", state.status)
      service.jobs:finish(0) -- the grace of a service that ends
      assert.equal("interrupted", other:state(id).status)
    end, { provider = "gated", shelf = shelf })
  end)
end)
