-- SPDX-License-Identifier: MIT
local errors = require "vision.base.error"
local flights = require "vision.layers.flights"
local stream = require "vision.providers.stream"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

local types = stream.StreamEventType

local function copies(text)
  return function() return { summary = text } end
end

-- What each of `count` tasks gets that wait for one flight; `stopped[i]` is when that one is.
local function waiters(flight, count, stopped)
  local list = {}
  for i = 1, count do
    list[i] = task.spawn(function()
      local take, err = flight:wait()
      return take and take().summary or err.reason
    end)
    if stopped and stopped[i] then
      task.spawn(function()
        task.sleep(stopped[i])
        list[i]:cancel()
      end)
    end
  end
  local results = {}
  for i, result in ipairs(task.gather(list)) do results[i] = result[1] end
  return results
end

describe("a flight", function()
  local world, list, calls, ended

  local function call()
    calls = calls + 1
    local ok, err = task.sleep(10)
    ended = ok and "landed" or err.reason
    if not ok then return nil, err end
    return copies "s"
  end

  before_each(function()
    world, list, calls, ended = virtual.new(), flights.new(), 0, nil
  end)

  it("gives all who wait the one answer", function()
    world:run(function()
      assert.same({ "s", "s", "s" }, waiters(list:call("k", call), 3))
      assert.equal(1, calls)
      assert.is_nil(list:find "k")
    end)
  end)

  it("goes on while somebody waits", function()
    world:run(function()
      local flight = list:call("k", call)
      assert.same({ "cancelled", "s", "cancelled" }, waiters(flight, 3, { 1, nil, 2 }))
      assert.equal("landed", ended)
    end)
  end)

  it("is cancelled when the last one leaves, and the next call is a new one", function()
    world:run(function()
      local flight = list:call("k", call)
      assert.same({ "cancelled", "cancelled" }, waiters(flight, 2, { 1, 2 }))
      assert.is_nil(list:find "k")
      assert.same({ "s" }, waiters(list:call("k", call), 1))
      assert.equal(2, calls)
    end)
    assert.equal("landed", ended)
    assert.equal(0, world.pending)
  end)

  it("passes on what the call failed with, also when it threw", function()
    world:run(function()
      local failed = list:call("k", function() return nil, errors.new("blank", "nothing") end)
      assert.same({ "blank", "blank" }, waiters(failed, 2))
      local _, err = list:call("k", function() error "broken" end):wait()
      assert.equal("internal", err.reason)
      assert.is_nil(list:find "k")
    end)
  end)

  it("can be followed as a stream", function()
    world:run(function()
      local seen = {}
      for event in list:call("k", call):stream { name = "p" } do
        seen[#seen + 1] = event
      end
      assert.equal(types.START, seen[1].event_type)
      assert.equal("p", seen[1].data.provider)
      assert.equal("s", seen[#seen].data.result.summary)
    end)
  end)
end)

describe("a shared stream", function()
  local world, list, closed, kept

  -- One event a second.
  local function source(script)
    local number = 0
    return stream.new(function()
      number = number + 1
      local event_type = script[number]
      if not event_type then return nil end
      local ok, err = task.sleep(1)
      if not ok then return stream.event(types.ERROR, { error = err }) end
      if event_type == "throw" then error "broken" end
      return stream.event(event_type, { text = tostring(number), error = event_type == types.ERROR
        and errors.new("network", "gone") or nil, result = { summary = "s" } })
    end, function() closed = closed + 1 end)
  end

  local WHOLE = { types.START, types.PARTIAL, types.PARTIAL, types.COMPLETE, types.PARTIAL }

  local function start(script)
    return list:stream("k", source(script or WHOLE), function(reading)
      kept = kept + 1
      return copies(reading.summary)
    end)
  end

  -- Reads to the end, pausing after each event; the types in one text.
  local function read(events, pause)
    local seen = {}
    for event in events do
      seen[#seen + 1] = event.event_type
      if event.data.result then event.data.result.summary = "mine" end
      event.data.text = nil
      task.sleep(pause or 0)
    end
    return table.concat(seen, " ")
  end

  before_each(function()
    world, list, closed, kept = virtual.new(), flights.new(), 0, 0
  end)

  it("is read by several, each at its own pace and each with its own events", function()
    world:run(function()
      local flight = start()
      local readers = {}
      for i = 1, 3 do
        local events = flight:stream()
        readers[i] = function() return read(events, 2 * i) end
      end
      readers[4] = function() return flight:wait()().summary end
      local results = task.gather(readers)
      for i = 1, 3 do assert.equal("start partial partial complete", results[i][1]) end
      assert.equal("s", results[4][1])
      assert.equal(1, kept)
      assert.is_nil(list:find "k")
    end)
    assert.equal(1000 + 1 + 4 * 6, world.now) -- the slowest reader held nobody up but itself
    assert.equal(1, closed)
  end)

  it("is closed when its last reader has left, and not before", function()
    world:run(function()
      local flight = start()
      local one, other = flight:stream(), flight:stream()
      one()
      one:close()
      one:close()
      assert.equal(0, closed)
      assert.is_truthy(list:find "k")
      other()
      other:close()
      assert.equal(1, closed)
      assert.is_nil(list:find "k")
      assert.is_nil(other())
    end)
    assert.equal(0, world.pending)
  end)

  it("lets a stopped reader go and the others read on", function()
    world:run(function()
      local flight = start()
      local stopped = task.spawn(read, flight:stream())
      local other = task.spawn(read, flight:stream())
      local waiter = task.spawn(function() return flight:wait() end)
      task.sleep(1.5)
      stopped:cancel()
      waiter:cancel()
      assert.equal("start error", (stopped:join()))
      assert.equal("cancelled", select(2, waiter:join()).reason)
      assert.equal("start partial partial complete", (other:join()))
    end)
    assert.equal(1, closed)
  end)

  it("ends with its error for all", function()
    for _, script in ipairs { { types.START, types.ERROR }, { types.START, "throw" } } do
      world:run(function()
        local flight = start(script)
        local results = task.gather {
          function() return read(flight:stream()) end, function() return flight:wait() end,
        }
        assert.equal("start error", results[1][1])
        assert.is_nil(results[2][1])
        assert.is_truthy(errors.is(results[2][2]))
        assert.is_nil(list:find "k")
      end)
    end
    assert.equal(2, closed)
  end)

  it("that breaks off is an error to who waits for the answer", function()
    world:run(function()
      local _, err = start({ types.START }):wait()
      assert.equal("cut_stream", err.reason)
    end)
  end)
end)
