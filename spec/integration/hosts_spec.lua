-- SPDX-License-Identifier: MIT
-- The same reading in programs that own their loop: an nginx worker, a game's frame.

local http = require "vision.base.http"
local json = require "vision.base.json"
local nginx = require "spec.support.nginx"
local pdf = require "spec.support.pdf"
local processes = require "spec.support.processes"
local task = require "vision.base.task"
local vision = require "vision"

-- A page with `count` lines of text: the more, the longer a reader is busy with it.
local function write_page(count)
  local texts = {}
  for line = 1, count do
    texts[line] = { text = ("Flange %d, bore 40 H7, thickness 16"):format(line), x = 20,
      y = 10 + line * 12, size = 10 }
  end
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(pdf.write { { width = 300, height = 30 + count * 12, texts = texts } })
  file:close()
  return path
end

-- A reader killed on the way costs one answer.
local LOCATIONS = [[
  location = /read {
    content_by_lua_block {
      local vision = require "vision"
      local file, as_picture = ngx.var.arg_file, ngx.var.arg_picture ~= nil
      local result, err = require("vision.host.openresty").run(function()
        local image, err = vision.image_file(file)
        if not image then return nil, err end
        local options = { no_text_layer = as_picture }
        return assert(vision.create_vision_provider "local"):analyze_image(image, options)
      end)
      ngx.say(vision.json.encode {
        summary = result and result.summary, reason = err and err.reason })
    }
  }
  location = /decide {
    content_by_lua_block {
      local policy, kinds = require "vision.policy", require "vision.policy.kinds"
      local box = require("vision.policy.sandbox").open("endless.lua",
        "return { f = function() while true do end end }", 1048576)
      local names
      for _ = 1, 300 do -- enough for the worker's own code to be compiled
        names = policy.decide("failover", "priority", kinds.failover.sample)
      end
      local _, err = box:call("f", 100000)
      ngx.say(table.concat(names, " "), ": ", err.message)
    }
  }
]]

local function kill_busy_readers(pid)
  local pipe = io.popen(("LD_PRELOAD= pgrep -P %d | xargs -r -n 1 pgrep -f vision-reader -P")
    :format(pid))
  for reader in pipe:lines() do
    if processes.is_reading(reader) then os.execute("kill -9 " .. reader .. " 2>/dev/null") end
  end
  pipe:close()
end

describe("an nginx worker", function()
  local server, short, long

  setup(function()
    server, short, long = nginx.start(LOCATIONS), write_page(2), write_page(80)
  end)

  teardown(function()
    server:stop()
    os.remove(short)
    os.remove(long)
  end)

  local function ask(file)
    local answer = assert(http.request { url = server.url .. "/read?file=" .. file })
    assert.equal(200, answer.status, server:log())
    return assert(json.decode(answer.body))
  end

  it("reads a drawing and goes on serving meanwhile", function()
    local reading = task.spawn(ask, short)
    local served = 0
    while not reading:done() do
      assert.equal("ok", assert(http.request { url = server.url .. "/ok" }).body)
      served = served + 1
    end
    assert.matches("Drawing with 2 lines", reading:join().summary)
    assert.is_true(served > 3)
  end)

  it("decides by scripts, and stops one that does not end", function()
    assert.equal("openai anthropic deepseek: endless.lua:1: it does not come to an end\n",
      assert(http.request { url = server.url .. "/decide" }).body)
  end)

  it("reaps a killed reader itself; that job alone fails", function()
    -- As a picture: with a text layer a crash of the other witness is only a warning.
    local reading = task.spawn(ask, long .. "&picture=1")
    -- Again and again: an idle reader of the spec before may be the first to go.
    while not reading:done() do
      kill_busy_readers(server.pid)
      task.sleep(0.005)
    end
    assert.equal("reader_crashed", reading:join().reason)
    assert.matches("Drawing with 2 lines", ask(short).summary)
  end)
end)

describe("a host with a frame to draw", function()
  it("reads between frames, each step within its budget or so", function()
    local page = write_page(2)
    local provider = assert(vision.create_vision_provider "local")
    local reading = task.spawn(function()
      return provider:analyze_image(assert(vision.image_file(page)))
    end)
    local frames = 0
    while not reading:done() do
      vision.host.step { budget_us = 1000 }
      frames = frames + 1
    end
    assert.matches("Drawing with 2 lines", assert(reading:join()).summary)
    assert.is_true(frames > 10)
    os.remove(page)
  end)
end)

-- The most that any task did, in thousands of Lua's instructions, between two moments at which
-- others could go on.
local function longest_stretch(body)
  local count, most, hooked = 0, 0, {}
  local breathe, wait = task.breathe, task.wait
  local function chance()
    most, count = math.max(most, count), 0
    hooked[coroutine.running()] = true
    debug.sethook(function() count = count + 1 end, "", 1000)
  end
  task.breathe = function(...)
    chance()
    return breathe(...)
  end
  task.wait = function(...)
    chance()
    return wait(...)
  end
  local ok, err = task.spawn(function()
    local results = { pcall(body) }
    chance()
    return (table.unpack or unpack)(results)
  end):join()
  task.breathe, task.wait = breathe, wait
  for thread in pairs(hooked) do debug.sethook(thread) end
  return ok and most, err
end

-- The words of a sheet with 840 pieces of lettering, as a text layer has them.
local function dense_layer()
  local words = {}
  for row = 1, 60 do
    for column = 1, 14 do
      local line = #words
      for i, text in ipairs { ("%d.%d"):format(row, column), "R" .. row + column, "M8" } do
        words[#words + 1] = { text = text, source = "text_layer", line = line,
          box = { 150 * column + 45 * i, 30 * row, 40, 18 } }
      end
    end
  end
  return { width = 2400, height = 1900, words = words }
end

-- LuaJIT counts nothing in what it has compiled; the code is the same.
if not rawget(_G, "jit") then
  describe("a local reading", function()
    for _, name in ipairs { "flange.pdf", "bracket.png" } do
      it("lets others go on after a small piece of work each: " .. name, function()
        local provider = assert(vision.create_vision_provider "local")
        local most, err = longest_stretch(function()
          local image = assert(vision.image_file("examples/drawings/" .. name))
          assert(#assert(provider:analyze_image(image)).drawing.callouts > 3)
        end)
        assert(most, err and err.message or err)
        assert.is_true(most > 1 and most < 250, most .. " thousand instructions at once")
      end)
    end

    -- What cannot be parted is sorting, some milliseconds for a thousand lines.
    it("does so on a dense sheet, too", function()
      local most, err = longest_stretch(function()
        local found = #require("vision.reading.page").read(dense_layer(), nil, 1).segments
        assert(found > 500, "only " .. found)
      end)
      assert(most, err and err.message or err)
      assert.is_true(most > 1 and most < 600, most .. " thousand instructions at once")
    end)
  end)
end

describe("the C host", function()
  it("is built and run by one command, and reads between its frames", function()
    local pipe = io.popen "LD_PRELOAD= examples/host_c/run 2>&1; echo status $?"
    local printed = pipe:read "*a"
    pipe:close()
    assert.matches("Summary: Mechanical drawing.*Ø120.*%d+ frames.*step CPU\n.*below +1%.00 ms"
      .. ".*the longest +[%d.]+ ms +[%d.]+ ms +[%d.]+ ms", printed)
    assert.matches("status 0", printed)
    assert.is_true(tonumber(printed:match "(%d+) frames") > 10)
  end)

  it("goes on when there is nothing to be read", function()
    local pipe = io.popen "LD_PRELOAD= examples/host_c/run /nonexistent.pdf 2>&1"
    assert.matches("No reading: .*nonexistent.*frames", pipe:read "*a")
    pipe:close()
  end)
end)
