-- SPDX-License-Identifier: MIT
local hedge = require "vision.layers.hedge"
local readers = require "spec.support.readers"
local retry_budget = require "vision.layers.retry_budget"
local stream = require "vision.providers.stream"
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"

local PICTURE = readers.PICTURE

local in_world = virtual.test

local function hedged(provider, options)
  return assert(hedge.create_hedged_provider(provider, options))
end

local function budget(per_minute, ratio)
  return assert(retry_budget.RetryBudget.new { minimum_per_minute = per_minute, ratio = ratio })
end

local function trail_text(answer)
  local words = {}
  for i, step in ipairs(answer.trail or {}) do
    words[i] = ("%s#%d%s%s"):format(step.endpoint, step.attempt,
      step.reason and ":" .. step.reason or "", step.action and ":" .. step.action or "")
  end
  return table.concat(words, " ")
end

describe("a hedge", function()
  it("asks a second time when the first is late, and takes what comes first", in_world(function()
    local reader = readers.new("a/m", { { seconds = 60 }, { seconds = 2 } })
    local started = require("vision.base.clock").mono()
    local reading = assert(hedged(reader, { delay = 5 }):analyze_image(PICTURE))
    assert.equal(7, require("vision.base.clock").mono() - started)
    assert.equal("a/m 2", reading.summary)
    assert.equal("a/m#1:cancelled a/m#2:hedge", trail_text(reading))
    assert.equal(7, reading.trail[1].seconds)
    task.sleep(0)
    assert.equal(1, reader.cancelled)
    assert.equal(0, reader.running)
  end))

  it("may be answered by the first all the same", in_world(function()
    local a, b = readers.new("a", { seconds = 6 }), readers.new("b", { seconds = 60 })
    local reading = hedged(a, { delay = 5, backup = b }):analyze_image(PICTURE)
    assert.equal("a", reading.provider)
    assert.equal("a#1 b#1:cancelled:hedge", trail_text(reading))
    task.sleep(0)
    assert.equal(1, b.cancelled)
  end))

  it("asks once where that is in time, and leaves no trail", in_world(function()
    local reader = readers.new("a", { seconds = 4 })
    local reading = hedged(reader, { delay = 5 }):analyze_image(PICTURE)
    assert.is_nil(reading.trail)
    task.sleep(10)
    assert.equal(1, reader.calls)
  end))

  it("is no retry: what fails in time has failed", in_world(function()
    local reader = readers.new("a", { fails = "server_error" })
    local _, err = hedged(reader, { delay = 5 }):analyze_image(PICTURE)
    assert.equal("server_error", err.reason)
    assert.equal(1, reader.calls)
  end))

  it("waits for the other where one fails", in_world(function()
    local a = readers.new("a", { seconds = 6, fails = "server_error" })
    local b = readers.new("b", { seconds = 10 })
    local reading = hedged(a, { delay = 5, backup = b }):analyze_image(PICTURE)
    assert.equal("b", reading.provider)
    assert.equal("a#1:server_error b#1:hedge", trail_text(reading))
    b = readers.new("b", { seconds = 10, fails = "overloaded" })
    local _, err = hedged(a, { delay = 5, backup = b }):analyze_image(PICTURE)
    assert.equal("server_error", err.reason)
    assert.equal("a#1:server_error b#1:overloaded:hedge", trail_text(err))
  end))

  it("is paid for out of the budget", in_world(function()
    local reader = readers.new("a", { seconds = 10 })
    local provider = hedged(reader, { delay = 1, budget = budget(2, 0) })
    for _ = 1, 5 do provider:analyze_image(PICTURE) end
    assert.equal(5 + 3, reader.calls) -- two to begin with, and one saved up in 50 s
    -- One of its own: a tenth more calls at the start, then a fifth.
    reader = readers.new("b", { seconds = 10 })
    provider = hedged(reader, { delay = 1 })
    for _ = 1, 100 do task.spawn(function() provider:analyze_image(PICTURE) end) end
    task.sleep(60)
    assert.equal(130, reader.calls)
  end))

  it("pays into a budget that it shares, unless a retry within does", in_world(function()
    local shared = budget(0, 0.5)
    local reader = readers.new("a", { seconds = 10 })
    local provider = hedged(reader, { delay = 1, budget = shared })
    for _ = 1, 4 do provider:analyze_image(PICTURE) end
    assert.equal(4 + 2, reader.calls) -- every second call may be asked twice
    shared = budget(0, 0.5)
    reader = readers.new "b"
    local retrying = assert(require("vision.layers.retry").create_retry_provider(reader,
      { budget = shared }))
    provider = hedged(retrying, { delay = 5, budget = shared })
    for _ = 1, 4 do provider:analyze_image(PICTURE) end
    assert.equal(2, shared:available())
  end))

  it("hands the second what the first got, and not what that left in it", in_world(function()
    local reader = readers.new("a", function(_, _, options)
      options.page = options.page + 1
      return { seconds = 10 }
    end)
    local given = { page = 1 }
    hedged(reader, { delay = 1 }):analyze_image(PICTURE, given)
    assert.same({ 2, 2, 1 }, { reader.options[1].page, reader.options[2].page, given.page })
  end))

  it("knows from what it has seen when one is late", in_world(function()
    local reader = readers.new("a", function(number)
      return { seconds = number <= 19 and 1 or number <= 20 and 3 or number == 21 and 100 or 1 }
    end)
    local provider = hedged(reader)
    for _ = 1, 20 do provider:analyze_image(PICTURE) end
    assert.equal(20, reader.calls)
    local started = require("vision.base.clock").mono()
    provider:analyze_image(PICTURE)
    assert.equal(22, reader.calls)
    local took = require("vision.base.clock").mono() - started
    assert.is_true(math.abs(took - 2) < 0.05, tostring(took)) -- p95 is 1 s; then 1 s more
    -- The one given up counts with what it had taken, so the next delay is no shorter.
    assert.is_true(math.abs(provider.answers:sum() - (19 + 3 + 2)) < 0.05)
    assert.equal(21, provider.answers:count())
  end))

  it("is left with both it has asked", in_world(function()
    local reader = readers.new("a", { seconds = 60 })
    local provider = hedged(reader, { delay = 5 })
    local work = task.spawn(function() return provider:analyze_image(PICTURE) end)
    task.sleep(10)
    work:cancel()
    assert.equal("cancelled", select(2, work:join()).reason)
    task.sleep(0)
    assert.equal(2, reader.cancelled)
  end))

  it("lets misuse through", in_world(function()
    local provider = hedged(readers.new("a", { throws = "misused" }))
    assert.has_error(function() provider:analyze_image(PICTURE) end, "misused")
  end))

  it("refuses wrong options", function()
    for _, delay in ipairs { -1, "soon", true } do
      local _, err = hedge.create_hedged_provider(readers.new "a", { delay = delay })
      assert.equal("invalid_option", err.reason)
      assert.matches("'delay' must be", err.message)
    end
    assert.has_error(function()
      hedge.create_hedged_provider(readers.new "a", { backup = {} })
    end)
  end)
end)

describe("a hedged stream", function()
  local function followed(provider)
    local kinds, last = {}, nil
    for event in provider:analyze_image_stream(PICTURE) do
      kinds[#kinds + 1], last = event.event_type, event
    end
    return table.concat(kinds, " "), last
  end

  it("is the one that has text first; the other is closed", in_world(function()
    local a = readers.streaming("a", { seconds = 60 })
    local b = readers.streaming("b", { seconds = 2 })
    local kinds, last = followed(hedged(a, { delay = 5, backup = b }))
    assert.equal("start partial complete", kinds)
    assert.equal("b", last.data.result.provider)
    assert.equal("a#1:cancelled b#1:hedge", trail_text(last.data.result))
    assert.equal(1, a.closed)
  end))

  it("is not begun anew once it has text", in_world(function()
    local a = readers.streaming("a", { seconds = 4 }) -- text after 4 s, its end after 6
    local b = readers.streaming "b"
    local kinds, last = followed(hedged(a, { delay = 5, backup = b }))
    assert.equal("start partial complete", kinds)
    assert.equal("a", last.data.result.provider)
    assert.equal(0, b.calls)
    kinds, last = followed(hedged(readers.streaming("a", { fails = "cut_stream", late = true }),
      { delay = 5, backup = b }))
    assert.equal("start partial error", kinds)
    assert.equal("cut_stream", last.data.error.reason)
    assert.equal(0, b.calls)
  end))

  it("ends with an error where all fail", in_world(function()
    local kinds, last = followed(hedged(readers.streaming("a", { fails = "timeout" }),
      { delay = 5 }))
    assert.equal("start error", kinds)
    assert.equal("timeout", last.data.error.reason)
  end))

  it("is closed whole where another task closes it just as somebody wins", in_world(function()
    local closed, events = {}, nil
    local function text_after(seconds, name)
      return { name = name, analyze_image = function() end, analyze_image_stream = function()
        return stream.new(function()
          task.sleep(seconds)
          return stream.event("partial", { text = name })
        end, function()
          closed[name] = true
          events:close()
        end)
      end }
    end
    local slow, fast = text_after(60, "slow"), text_after(1, "fast")
    events = hedged(slow, { delay = 5, backup = fast }):analyze_image_stream(PICTURE)
    assert.equal("start", events().event_type)
    assert.is_nil(events()) -- it was closed as the slow one was given up
    assert.same({ slow = true, fast = true }, closed)
  end))

  it("is left early", in_world(function()
    local a = readers.streaming "a"
    local events = hedged(a, { delay = 5 }):analyze_image_stream(PICTURE)
    events()
    events()
    events:close()
    assert.equal(1, a.closed)
  end))
end)
