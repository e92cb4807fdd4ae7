-- SPDX-License-Identifier: MIT
-- Books of a budget that take their time, as those on a disk or a server do: a step waits, is
-- carried out to its end even where nobody waits for it any more, and waits again.

local clock = require "vision.base.clock"
local memory = require "vision.money.ledger.memory"
local task = require "vision.base.task"

local slow_ledger = {}

local SLOWEST = 0.2 -- seconds

-- As a step of a store: what was begun does not end with the call that wanted it.
local function slowly(body)
  local step = task.spawn(function()
    task.sleep(clock.random() * SLOWEST)
    local result, err = body()
    task.sleep(clock.random() * SLOWEST)
    return result, err
  end)
  return step:join()
end

local function slow(books)
  local real = getmetatable(books)
  books.waits = true
  for _, name in ipairs { "reserve", "close_out" } do
    books[name] = function(...)
      local arguments = { n = select("#", ...), ... }
      return slowly(function()
        return real[name]((table.unpack or unpack)(arguments, 1, arguments.n))
      end)
    end
  end
  return books
end

--- Makes something whose budgets are in such books.
---@param make fun(): ...
---@return any ... what it made
function slow_ledger.with(make)
  local open = memory.open
  memory.open = function() return slow(open()) end
  local function finish(ok, ...)
    memory.open = open
    if not ok then error((...), 0) end
    return ...
  end
  return finish(pcall(make))
end

return slow_ledger
