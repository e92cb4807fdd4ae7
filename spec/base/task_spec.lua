-- SPDX-License-Identifier: MIT
local command = require "spec.support.command"
local core = require "vision.core"
local errors = require "vision.base.error"
local task = require "vision.base.task"

local function spin_until_spent(loop, timer)
  while loop:next() ~= timer:id() do loop:wait() end
end

describe("task", function()
  it("waits in the main coroutine by running the loop", function()
    local before = core.mono()
    assert.is_true(task.sleep(0.01))
    assert.is_true(core.mono() - before >= 0.01)
  end)

  it("gives what the function returned, nils included", function()
    local t = task.spawn(function(a, ...)
      task.sleep(0)
      return a, nil, select("#", ...)
    end, "x", nil, nil)
    local results = { n = select("#", t:join()), t:join() }
    assert.same({ n = 3, "x", nil, 2 }, results)
    assert.is_true(t:done())
  end)

  it("turns a thrown error into nil, err with the place it came from", function()
    local ok, err = task.spawn(function() error("boom") end):join()
    assert.is_nil(ok)
    assert.equal("internal", err.reason)
    assert.matches("task_spec.lua:%d+: boom", err.message)
  end)

  it("passes a thrown error of ours on as it is", function()
    local thrown = errors.new("empty", "nothing there")
    local _, err = task.spawn(function() error(thrown) end):join()
    assert.equal(thrown, err)
  end)

  it("runs tasks at the same time", function()
    local order = {}
    local results = task.gather {
      function() task.sleep(0.02); order[#order + 1] = "slow"; return 1 end,
      function() task.sleep(0.005); order[#order + 1] = "fast"; return 2 end,
    }
    assert.same({ "fast", "slow" }, order)
    assert.same({ { n = 1, 1 }, { n = 1, 2 } }, results)
  end)

  it("lets a cancelled task clean up behind itself", function()
    local cleaned
    local t = task.spawn(function()
      local ok, err = task.sleep(60)
      local again, still = task.sleep(60)
      cleaned = not ok and not again and err.reason == "cancelled" and still == err
      return "left"
    end)
    task.sleep(0)
    t:cancel()
    assert.equal("left", (t:join()))
    assert.is_true(cleaned)
  end)

  it("can be cancelled before it first runs", function()
    local t = task.spawn(function() return task.sleep(60) end)
    t:cancel()
    local ok, err = t:join()
    assert.is_nil(ok)
    assert.equal("cancelled", err.reason)
  end)

  it("ends what takes longer than its deadline with a timeout", function()
    local ok, err = task.timeout(0.01, function() return task.sleep(60) end)
    assert.is_nil(ok)
    assert.equal("timeout", err.reason)
  end)

  it("leaves what is in time alone", function()
    local a, b = task.timeout(60, function() task.sleep(0.001) return 1, 2 end)
    assert.same({ 1, 2 }, { a, b })
  end)

  it("leaves no deadline behind that would keep the loop alive", function()
    local said = command.script [[
      local core, task = require "vision.core", require "vision.base.task"
      task.timeout(3600, function() task.sleep(0.001) end)
      core.loop():step(1000)
      print((core.loop():due()))
    ]]
    assert.equal("nil\n", said)
  end)

  it("hands the cancellation of a waiter on to what it gathered", function()
    local inner = task.spawn(function() return task.sleep(60) end)
    local outer = task.spawn(function() return task.gather { inner } end)
    task.sleep(0)
    outer:cancel()
    local ok, err = outer:join()
    assert.is_nil(ok)
    assert.equal("cancelled", err.reason)
    assert.equal("cancelled", select(2, inner:join()).reason)
  end)

  it("hands the cancellation of a waiter on through a deadline", function()
    local inner_error
    local outer = task.spawn(function()
      return task.timeout(60, function()
        inner_error = select(2, task.sleep(60))
        return nil, inner_error
      end)
    end)
    task.sleep(0)
    outer:cancel()
    assert.is_nil((outer:join()))
    task.sleep(0)
    assert.equal("cancelled", inner_error.reason)
  end)

  it("refuses to wait in a coroutine that is not a task", function()
    local ok, message = pcall(coroutine.wrap(function() task.sleep(1) end))
    assert.is_false(ok)
    assert.matches("not a task", message)
  end)

  it("refuses to wait for what nothing can bring", function()
    assert.has_error.matches(function()
      task.wait { id = function() return 1e15 end }
    end, "nothing under way")
  end)

  it("refuses two waits for one operation", function()
    local timer = core.loop():timer(0.001)
    local first = task.spawn(function() return task.wait(timer) end)
    local second = task.spawn(function() return task.wait(timer) end)
    local ok, err = second:join()
    assert.is_nil(ok)
    assert.matches("two waits", err.message)
    assert.is_true(first:join())
    timer:close()
  end)

  it("takes an operation's place again, whoever is left waiting for one that is gone", function()
    local gone = core.loop():timer(60)
    local left = task.spawn(function() return task.wait(gone) end)
    task.sleep(0)
    local id = gone:id()
    gone:close()
    local function place_of(number) return number % 2 ^ 20 end
    local timers = {}
    repeat
      timers[#timers + 1] = core.loop():timer(0.001)
    until place_of(timers[#timers]:id()) == place_of(id) or #timers > 100
    assert.is_true(#timers <= 100)
    assert.is_true(task.wait(timers[#timers]))
    assert.is_false(left:done())
    left:cancel()
    assert.is_nil((left:join()))
    for _, timer in ipairs(timers) do timer:close() end
  end)

  it("does not let a task wait for itself", function()
    local t
    t = task.spawn(function() return t:join() end)
    local _, err = t:join()
    assert.matches("cannot wait for itself", err.message)
  end)

  it("goes on step by step in a host's own loop", function()
    local woken = false
    task.spawn(function() task.sleep(0.002); woken = true end)
    local turns = 0
    while not woken do
      task.step(100)
      turns = turns + 1
    end
    assert.is_true(turns >= 2)
  end)

  it("keeps no memory of tasks that ended", function()
    local function round()
      for _ = 1, 2000 do task.spawn(function() task.sleep(0) end):join() end
      collectgarbage()
      collectgarbage()
      return collectgarbage "count"
    end
    round()
    local before = round()
    assert.is_true(round() - before < 100)
  end)
end)

describe("loop", function()
  it("does not sleep over news that a timer brings", function()
    local loop = core.loop()
    local late, last = loop:timer(0.001), loop:timer(5)
    local before = core.mono()
    while core.mono() - before < 0.01 do end -- it is due before the loop next runs
    assert.is_true(loop:wait())
    assert.equal(late:id(), loop:next())
    assert.is_true(core.mono() - before < 4)
    late:close()
    last:close()
  end)

  it("is one a process", function()
    assert.equal(core.loop(), core.loop())
  end)

  it("says when it is next due, and has a descriptor to poll", function()
    local loop = core.loop()
    while loop:next() do end -- what other specs left behind
    local timer = loop:timer(30)
    assert.is_true(loop:due() <= 30.01) -- a timer is never early: its milliseconds are rounded up
    assert.is_number(loop:fd())
    timer:close()
  end)

  it("forgets the news of a closed operation", function()
    local loop = core.loop()
    local timer, other = loop:timer(0), loop:timer(0.01)
    local id = timer:id()
    loop:wait(0.005)
    timer:close()
    timer:close()
    local seen = {}
    loop:wait()
    for taken in loop.next, loop do seen[taken] = true end
    assert.is_nil(seen[id])
    other:close()
  end)

  it("does not mind in which order loop and operations are collected", function()
    assert(core.loop():timer(10)) -- held by nobody
    collectgarbage()
    collectgarbage()
    local again = core.loop():timer(0)
    spin_until_spent(core.loop(), again)
    again:close()
  end)

  it("is refused, not run, by a finalizer that comes after its own", function()
    -- At its end a Lua state collects first what was made last: here the loop.
    local script = [[
      local core, loop = require "vision.core", nil
      local function late()
        print(pcall(loop.step, loop, 0), pcall(loop.timer, loop, 1))
      end
      local first = newproxy and newproxy(true) or setmetatable({}, { __gc = late })
      if newproxy then getmetatable(first).__gc = late end
      loop = core.loop()
      loop:timer(0.001)
      HELD = first
    ]]
    local said = command.script(script)
    assert.truthy(said:find("^false.*ended with its Lua state"), said)
  end)

  it("refuses nonsense", function()
    local loop = core.loop()
    assert.has_error(function() loop:timer(-1) end)
    assert.has_error(function() loop:timer(0 / 0) end)
    assert.has_error(function() loop:step(1e12) end)
    assert.has_error(function() loop:signal("kill") end)
  end)

  it("completes when a signal comes", function()
    local loop = core.loop()
    local watch = loop:signal("hup")
    local t = task.spawn(function() return task.wait(watch) end)
    local timer = task.spawn(function() task.sleep(5) end)
    local pid = io.open("/proc/self/stat"):read("*n")
    os.execute("kill -HUP " .. ("%d"):format(pid))
    assert.is_true(t:join())
    watch:close()
    timer:cancel()
    timer:join()
  end)
end)

describe("errors of the core", function()
  it("all have a row in the table of errors", function()
    for _, reason in ipairs(core.reasons()) do
      assert.is_table(errors.REASONS[reason], reason)
    end
  end)
end)

describe("breathe", function()
  local clock = require "vision.base.clock"
  local now

  before_each(function()
    now = 0
    clock.install { mono = function() return now end }
  end)
  after_each(function() clock.install() end)

  it("lets others go on during long work, once it has lasted", function()
    local turns = {}
    local long = task.spawn(function()
      for i = 1, 4 do
        turns[#turns + 1] = i
        now = now + 0.0006
        task.breathe()
      end
    end)
    local other = task.spawn(function() turns[#turns + 1] = "other" end)
    long:join()
    other:join()
    assert.same({ 1, 2, "other", 3, 4 }, turns)
    task.breathe() -- outside of tasks: nothing
  end)

  it("lets those who wait go on in order, as many as a turn has time for", function()
    local order, turns, list = {}, 0, {}
    for i = 1, 7 do
      list[i] = function()
        now = now + 0.0004
        task.breathe()
        order[#order + 1] = i
        now = now + 0.0004
      end
    end
    list[8] = function()
      repeat
        task.sleep(0)
        turns = turns + 1
      until #order == 7
    end
    task.gather(list)
    assert.same({ 1, 2, 3, 4, 5, 6, 7 }, order)
    assert.is_true(turns >= 2, turns)
  end)

  it("ends for who is cancelled in the line, and for nobody else", function()
    local ended, list = {}, {}
    for i = 1, 3 do
      list[i] = task.spawn(function()
        now = now + 0.002
        local ok, err = task.breathe()
        ended[i] = ok or err.reason
        assert.equal(ok, (task.breathe(10))) -- one that was cancelled stays so
        return true
      end)
    end
    list[4] = task.spawn(function() list[2]:cancel() end)
    list[4]:join()
    for i = 1, 3 do assert(list[i]:join()) end
    assert.same({ true, "cancelled", true }, ended)
  end)
end)
