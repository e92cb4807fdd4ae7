-- SPDX-License-Identifier: MIT
local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local lease = require "vision.server.jobs.lease"
local shelves = require "vision.server.shelf"
local task = require "vision.base.task"

local ENDED = (core.process_name():gsub("%d+$", "1")) .. ":x 7"

-- A shelf that can lose its answers, and its writes.
local function unsure()
  local shelf = { inner = assert(shelves.open "memory:"), is_away = false, loses = false }
  return setmetatable(shelf, { __index = function(_, name)
    return function(_, ...)
      if shelf.is_away then return nil, errors.new("store_unavailable", "away") end
      local got, err = shelf.inner[name](shelf.inner, ...)
      if name == "write_if" and shelf.loses then
        shelf.loses = false
        return nil, errors.new("store_unavailable", "lost")
      end
      return got, err
    end
  end })
end

local function in_task(body)
  local ok, err = task.spawn(function() return xpcall(body, debug.traceback) end):join()
  if not ok then error(err, 0) end
end

local function later(seconds, body)
  local now, mono = clock.wall(), clock.mono()
  clock.install { wall = function() return now + seconds end,
    mono = function() return mono + seconds end }
  local ok, err = pcall(body)
  clock.install()
  if not ok then error(err, 0) end
end

describe("a lease of a job", function()
  it("is one process's, until that has ended or is silent", function()
    in_task(function()
      local shelf = unsure()
      assert.is_true((lease.is_free(shelf, "a")))
      local own = assert(lease.take(shelf, "a"))
      assert.is_false((lease.is_free(shelf, "a")))
      assert.is_false(lease.take(shelf, "a"))
      own:release()
      assert.is_true((lease.is_free(shelf, "a")))

      shelf:put("lease:a", ENDED, 60)
      local is_free, there = lease.is_free(shelf, "a")
      assert.same({ true, ENDED }, { is_free, there })
      assert(lease.take(shelf, "a", there))
      assert.is_false(lease.take(shelf, "a", there)) -- another was faster
      later(lease.SECONDS + 1, function() assert.is_true((lease.is_free(shelf, "a"))) end)
      shelf.is_away = true
      assert.same({ nil, "away" }, { (lease.is_free(shelf, "a")),
        select(2, lease.take(shelf, "a")).message })
    end)
  end)

  it("writes nothing once it is another's, and gives up nothing of his", function()
    in_task(function()
      local shelf = unsure()
      local own = assert(lease.take(shelf, "a"))
      assert.is_true(own:write({ n = 1 }, "one"))
      shelf:put("lease:a", ENDED, 60)
      assert.is_false(own:write({ n = 2 }, "two"))
      own:release()
      assert.equal(ENDED, shelf:get "lease:a")
      assert.equal(1, json.decode(shelf:get "job:a").n)
      assert.same({ "one" }, shelf:list("results:a", 1, 9))
    end)
  end)

  it("writes once, also where the answer of the store was lost", function()
    in_task(function()
      local shelf = unsure()
      local own = assert(lease.take(shelf, "a"))
      for i, loses in ipairs { true, false, true, true } do
        shelf.loses = loses
        local done, err = own:write({ n = i }, "result " .. i)
        assert.equal(loses and "lost", err and err.message or false)
        if not done then assert.is_true(own:write({ n = i }, "result " .. i)) end
      end
      shelf.is_away = true
      assert.is_nil((own:write({ n = 5 }, "result 5")))
      shelf.is_away = false
      assert.is_true(own:write({ n = 5 }, "result 5"))
      assert.same({ "result 1", "result 2", "result 3", "result 4", "result 5" },
        shelf:list("results:a", 1, 9))
    end)
  end)

  it("that ran out goes on where nobody had it meanwhile, and only there", function()
    in_task(function()
      local shelf = unsure()
      local own = assert(lease.take(shelf, "a"))
      assert.is_true(own:write({}, "1"))
      shelf:drop "lease:a"
      assert.is_true(own:write({}, "2"))
      shelf.loses = true
      own:write({}, "3")
      shelf:drop "lease:a"
      assert.is_true(own:write({}, "3"))
      shelf:drop "lease:a"
      local other = assert(lease.take(shelf, "a"))
      assert.is_true(other:write({}, "4"))
      other:release()
      assert.is_false(own:write({}, "5"))
      assert.same({ "1", "2", "3", "4" }, shelf:list("results:a", 1, 9))
    end)
  end)

  it("goes on in a store that has forgotten all", function()
    in_task(function()
      local shelf = unsure()
      local own = assert(lease.take(shelf, "a"))
      shelf.inner:close()
      assert.is_true(own:write({}, "1"))
      assert.same({ "1" }, shelf:list("results:a", 1, 9))
    end)
  end)
end)
