-- SPDX-License-Identifier: MIT
-- `vision batch --store` killed at any point: nothing that was stored is asked again, nothing lost.

local chance = require "spec.support.chance"
local command = require "spec.support.command"
local core = require "vision.core"
local folder = require "spec.support.folder"
local json = require "vision.base.json"
local mock_provider = require "spec.support.mock_provider"
local processes = require "spec.support.processes"
local server_of = require "spec.support.postgres"
local storage = require "vision.records.storage"
local task = require "vision.base.task"

local PICTURES, KILLS = 150, 50 -- more than are read between the kills, also where all is slow

-- The smallest GIF there is; `number` makes another file of it.
local function picture(number)
  return "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;" .. number
end

local CONFIGURATION = [[
return { rate_limit = false, circuit_breaker = false, retry = false }
]]

describe("a batch with a store", function()
  local mock
  setup(function() mock = mock_provider.start() end)
  teardown(function() mock:stop() end)

  local function arguments(path)
    return { "batch", path .. "/drawings", "--store", path .. "/records.db", "--json",
      "--provider", "openai", "--model", "m", "--concurrency", "2",
      "--config", path .. "/vision.lua" }
  end

  local function options(scenario)
    return { environment = { OPENAI_API_KEY = "sk-x", OPENAI_BASE_URL = mock:base(scenario) } }
  end

  local function prepare(path, count)
    os.execute(("mkdir -p '%s/drawings'"):format(path))
    for i = 1, count do
      folder.write(("%s/drawings/%03d.gif"):format(path, i), picture(i))
    end
    folder.write(path .. "/vision.lua", CONFIGURATION)
  end

  -- How often each picture was asked about since the last time, added to `counts`.
  local function count_requests(counts)
    local fresh = 0
    for _, request in ipairs(mock:requests()) do
      local hash
      for _, message in ipairs(request.body.messages) do
        for _, part in ipairs(type(message.content) == "table" and message.content or {}) do
          local url = part.image_url and part.image_url.url
          if url then hash = core.sha256(core.base64_decode(url:match ",(.*)$")) end
        end
      end
      counts[assert(hash, "a request without a picture")] = (counts[hash] or 0) + 1
      fresh = fresh + 1
    end
    return fresh
  end

  -- image_hash -> true of all that are in the store as read.
  local function stored(path)
    local file = io.open(path .. "/records.db", "rb")
    if not file then return {}, 0 end
    file:close()
    local store, hashes, count = assert(storage.open(path .. "/records.db")), {}, 0
    for _, record in ipairs(assert(store:query { status = "completed", limit = 1000 }).records) do
      assert.is_nil(hashes[record.image_hash], "stored twice")
      hashes[record.image_hash], count = true, count + 1
    end
    store:close()
    return hashes, count
  end

  -- Starts it, lets it come as far as chance says, and kills it. What it had printed.
  local function run_and_kill(path, source, counts)
    local running = command.start(arguments(path), options "after-4")
    local wanted, seen = source:integer(0, 3), 0
    local child, was_there
    repeat
      task.sleep(0.002)
      child = processes.child_of(running.pid)
      was_there = was_there or child
      seen = seen + count_requests(counts)
    until seen >= wanted and was_there or was_there and not child
    task.sleep(source:number(0, wanted == 0 and 0.05 or 0.01))
    if child then os.execute("kill -KILL " .. child .. " 2>/dev/null") end
    local status, out = command.finish(running)
    count_requests(counts)
    return status, out
  end

  local function check_printed(out, hashes)
    for line in out:gmatch "([^\n]+)\n" do
      local number = tonumber(assert(json.decode(line)).file:match "(%d+)%.gif$")
      assert.is_true(hashes[core.sha256(picture(number))], "printed before it was stored")
    end
  end

  it("goes on where it was killed, 50 times over", function()
    folder.with(function(path)
      prepare(path, PICTURES)
      local source, counts, before, killed = chance.new(7), {}, {}, 0
      local settled = {} -- how often a picture had been asked about when it was found stored
      for _ = 1, KILLS do
        local status, out = run_and_kill(path, source, counts)
        killed = killed + (status == 137 and 1 or 0)
        local hashes = stored(path)
        check_printed(out, hashes)
        for hash in pairs(before) do assert.is_true(hashes[hash], "a stored result was lost") end
        for hash in pairs(hashes) do settled[hash] = settled[hash] or counts[hash] end
        before = hashes
      end
      assert.is_true(killed > KILLS / 2, "most were to be killed, not " .. killed)
      local status, out, err = command.run(arguments(path), options "after-4")
      assert.equal(0, status, err)
      assert.equal(PICTURES, select(2, out:gsub("\n", "")))
      assert.matches(("%d of %d drawings read"):format(PICTURES, PICTURES), err)
      assert.matches("of them before", err)
      count_requests(counts)
      local _, count = stored(path)
      assert.equal(PICTURES, count)
      for hash, times in pairs(settled) do assert.equal(times, counts[hash], "asked again") end
      for i = 1, PICTURES do assert.is_true(counts[core.sha256(picture(i))] >= 1) end
    end)
  end)

  it("knows a renamed file, tries again what failed, and asks anew when told to", function()
    folder.with(function(path)
      prepare(path, 3)
      local counts = {}
      assert.equal(1, (command.run(arguments(path), options "bad-gateway")))
      assert.equal(3, count_requests(counts))
      assert.equal(0, (command.run(arguments(path), options "ok")))
      assert.equal(3, count_requests(counts))
      os.rename(path .. "/drawings/001.gif", path .. "/drawings/renamed.gif")
      local status, out, err = command.run(arguments(path), options "ok")
      assert.equal(0, status)
      assert.equal(0, count_requests(counts))
      assert.matches('"resumed":true', out)
      assert.matches("3 of 3 drawings read in .*, 3 of them before", err)
      local again = arguments(path)
      again[#again + 1] = "--no-cache"
      assert.equal(0, (command.run(again, options "ok")))
      assert.equal(3, count_requests(counts))
    end)
  end)

  it("reads all though its PostgreSQL is killed and comes back", function()
    local server = server_of.start()
    finally(function() server:stop() end)
    folder.with(function(path)
      prepare(path, 30)
      local counts, seen, words = {}, 0, arguments(path)
      words[4] = server.url
      local running = command.start(words, options "after-4")
      for _, wanted in ipairs { 5, 15 } do
        repeat
          task.sleep(0.002)
          seen = seen + count_requests(counts)
        until seen >= wanted or not processes.child_of(running.pid) and seen > 0
        server:kill()
        server:resume()
      end
      local status, out, err = command.finish(running)
      assert.equal(0, status, err)
      assert.matches("30 of 30 drawings read", err)
      for _, secret in ipairs { server_of.PASSWORD, server_of.PASSWORD_IN_URL } do
        assert.is_nil((out .. err):find(secret, 1, true))
      end
      count_requests(counts)
      local store = assert(storage.open(server.url))
      assert.equal(30, store:count { status = "completed" })
      store:close()
      for i = 1, 30 do assert.equal(1, counts[core.sha256(picture(i))]) end
    end)
  end)

  it("says before anything is asked that the store cannot be opened", function()
    folder.with(function(path)
      prepare(path, 1)
      folder.write(path .. "/records.db", "this is no database, but a text of some length")
      local status, out, err = command.run(arguments(path), options "ok")
      assert.equal(1, status)
      assert.equal("", out)
      assert.matches("records.db", err, 1, true)
      assert.equal(0, count_requests {})
    end)
  end)
end)
