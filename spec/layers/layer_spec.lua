-- SPDX-License-Identifier: MIT
local errors = require "vision.base.error"
local layer = require "vision.layers.layer"
local stream = require "vision.providers.stream"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

local types = stream.StreamEventType

local function provider(answer)
  return {
    name = "p", model = "m", calls = 0,
    analyze_image = function(self, _, options)
      self.calls = self.calls + 1
      self.options = options
      return answer(self)
    end,
    who = function(self) return self.name end,
  }
end

local function succeeding()
  return provider(function() return { summary = "s" } end)
end

-- A layer that writes down what it is told.
local function noting(before)
  local Noting = layer.class("noting", {
    limit = { "how many", type = "integer", min = 1, default = 5 },
  }, { loud = { "say it loud", type = "boolean", default = false } })
  Noting.properties.double = function(self) return 2 * self.config.limit end
  function Noting:own_name() return "noting " .. self.name end
  layer.around(Noting, {
    before = before or function() return "token" end,
    after = function(self, token, reading, err, seconds, first)
      self.ends[#self.ends + 1] =
        { token = token, reading = reading, err = err, seconds = seconds, first = first }
    end,
  })
  return layer.creator(Noting, function(self) self.ends = {} end)
end

describe("layer", function()
  it("has everything of the provider inside, each method on its own self", function()
    local inner = succeeding()
    local outer = assert(noting()(noting()(inner)))
    assert.equal("p", outer.name)
    assert.equal("m", outer.model)
    assert.equal("p", outer:who())
    assert.equal("noting p", outer:own_name())
    assert.equal(10, outer.double)
    assert.is_nil(outer.nothing)
    inner.name = "q"
    assert.equal("q", outer:who())
    assert.matches("noting around noting around", tostring(outer))
  end)

  it("refuses wrong options and no provider", function()
    local _, err = noting()(succeeding(), { limit = 0 })
    assert.equal("invalid_option", err.reason)
    assert.matches("noting: option 'limit' must be a whole number of at least 1", err.message)
    assert.has_error(function() noting()({}) end, "create_noting_provider wants a provider")
  end)

  it("keeps its own options of a call and hands the others on as they are", function()
    local inner = succeeding()
    local outer = noting()(inner)
    local given = { page = 2 }
    outer:analyze_image("bytes", given)
    assert.equal(given, inner.options)
    outer:analyze_image("bytes", { page = 2, loud = true })
    assert.same({ page = 2 }, inner.options)
    local _, err = outer:analyze_image("bytes", { loud = 1 })
    assert.matches("noting: option 'loud'", err.message)
    assert.equal(2, inner.calls)
  end)

  it("is told the end of a call once, whatever it is", function()
    virtual.new():run(function()
      local failure = errors.new("overloaded", "busy")
      local outer = noting()(provider(function(self)
        task.sleep(2)
        if self.calls == 2 then return nil, failure end
        if self.calls == 3 then error "misused" end
        return { summary = "s" }
      end))
      assert(outer:analyze_image "bytes")
      assert.equal(failure, select(2, outer:analyze_image "bytes"))
      assert.has_error(function() outer:analyze_image "bytes" end)
      assert.equal(3, #outer.ends)
      assert.equal(2, outer.ends[1].seconds)
      assert.equal("s", outer.ends[1].reading.summary)
      assert.equal(failure, outer.ends[2].err)
      assert.equal("internal", outer.ends[3].err.reason)
    end)
  end)

  it("makes an error of whatever a provider fails with", function()
    for _, said in ipairs { "boom", false } do
      local outer = noting()(provider(function() return nil, said or nil end))
      local _, err = outer:analyze_image "bytes"
      assert.same({ "internal", "ours" }, { err.reason, err.fault })
      assert.matches(said or "neither a reading nor an error", err.message)
      assert.equal(err, outer.ends[1].err)
      local last
      for event in outer:analyze_image_stream "bytes" do last = event end
      assert.equal("internal", last.data.error.reason)
    end
  end)

  it("refuses options of a call that are no table", function()
    local inner = succeeding()
    for _, given in ipairs { 5, "text", true } do
      local _, err = noting()(inner):analyze_image("bytes", given)
      assert.equal("invalid_option", err.reason)
      assert.matches("noting: the options must be a table", err.message)
    end
    assert.equal(0, inner.calls)
  end)

  it("does not hold a provider to the patience of who asks", function()
    virtual.new():run(function()
      local outer = noting()(provider(function()
        local ok, err = task.sleep(10)
        return ok and { summary = "s" }, err
      end))
      local _, err = task.timeout(1, outer.analyze_image, outer, "bytes")
      assert.equal("timeout", err.reason)
      task.sleep(0)
      assert.equal("cancelled", outer.ends[1].err.reason)
      _, err = layer.limited(1, outer.analyze_image, outer, "bytes")
      assert.equal("timeout", err.reason)
      task.sleep(0)
      assert.same({ "timeout", "provider" }, { outer.ends[2].err.reason, outer.ends[2].err.fault })
    end)
  end)

  it("does not count what was waited in lines of this program", function()
    virtual.new():run(function()
      local waiting = noting(function()
        task.sleep(7)
        layer.add_wait(7)
        return "token"
      end)
      local outer = noting()(waiting(provider(function()
        task.sleep(2)
        return { summary = "s" }
      end)))
      outer:analyze_image "bytes"
      layer.limited(60, outer.analyze_image, outer, "bytes")
      for _ in outer:analyze_image_stream "bytes" do task.sleep(0) end
      for i = 1, 3 do assert.equal(2, outer.ends[i].seconds) end
      local outermost = noting()(outer)
      layer.limited(60, outermost.analyze_image, outermost, "bytes")
      assert.equal(2, outermost.ends[1].seconds)
    end)
  end)

  it("does not ask when it may not", function()
    local inner = succeeding()
    local full = errors.new("queue_full", "full")
    local outer = noting(function() return nil, full end)(inner)
    assert.equal(full, select(2, outer:analyze_image "bytes"))
    local event = outer:analyze_image_stream "bytes"()
    assert.equal(full, event.data.error)
    assert.equal(0, inner.calls)
    assert.equal(0, #outer.ends)
  end)
end)

describe("layer around a stream", function()
  local function streaming(events)
    local inner = succeeding()
    function inner:analyze_image_stream()
      local i = 0
      return stream.new(function()
        i = i + 1
        local event = events[i]
        if type(event) == "function" then event = event() end
        return event
      end, function() self.closed = true end)
    end
    return inner
  end

  local function after(seconds, event)
    return function()
      task.sleep(seconds)
      return event
    end
  end

  local function followed(outer)
    local seen = {}
    for event in outer:analyze_image_stream "bytes" do seen[#seen + 1] = event.event_type end
    return seen
  end

  it("tells the end with the last event, and when the first text came", function()
    virtual.new():run(function()
      local outer = noting()(streaming {
        stream.event(types.START), after(1, stream.event(types.PARTIAL, { text = "x" })),
        after(2, stream.event(types.COMPLETE, { result = "reading" })),
      })
      assert.same({ "start", "partial", "complete" }, followed(outer))
      assert.equal(1, #outer.ends)
      assert.same({ token = "token", reading = "reading", seconds = 3, first = 1 }, outer.ends[1])
    end)
  end)

  it("takes a stream without an end for a cut one", function()
    local outer = noting()(streaming { stream.event(types.START) })
    assert.same({ "start" }, followed(outer))
    assert.equal("cut_stream", outer.ends[1].err.reason)
  end)

  it("knows that it was left, and lets go of what is inside", function()
    local inner = streaming { stream.event(types.START), stream.event(types.PARTIAL) }
    local outer = noting()(inner)
    local events = outer:analyze_image_stream "bytes"
    events()
    events:close()
    events:close()
    assert.equal("cancelled", outer.ends[1].err.reason)
    assert.equal(1, #outer.ends)
    assert.is_true(inner.closed)
  end)

  it("begins with the first event that somebody waits for", function()
    local begun, inner = 0, streaming { stream.event(types.START) }
    local outer = noting(function()
      begun = begun + 1
      return "token"
    end)(inner)
    outer:analyze_image_stream("bytes"):close()
    local events = outer:analyze_image_stream "bytes"
    assert.equal(0, begun)
    events()
    assert.equal(1, begun)
    events:close()
    assert.equal(1, #outer.ends)
  end)

  it("gives up what it opened while it was closed by another task", function()
    virtual.new():run(function()
      local inner = streaming { stream.event(types.START) }
      local outer = noting(function()
        task.sleep(5)
        return "token"
      end)(inner)
      local events = outer:analyze_image_stream "bytes"
      local reader = task.spawn(events)
      task.sleep(1)
      events:close()
      assert.is_nil((reader:join()))
      assert.equal(1, #outer.ends)
      assert.equal("cancelled", outer.ends[1].err.reason)
      assert.is_true(inner.closed)
    end)
  end)

  it("passes on what is thrown", function()
    local outer = noting()(streaming { function() error "broken" end })
    assert.has_error(function() followed(outer) end)
    assert.equal("internal", outer.ends[1].err.reason)
  end)

  it("makes one of an analysis where the provider has none", function()
    local outer = noting()(succeeding())
    assert.same({ "start", "progress", "complete" }, followed(outer))
    assert.equal("s", outer.ends[1].reading.summary)
  end)
end)
