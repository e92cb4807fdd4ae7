-- SPDX-License-Identifier: MIT
-- Time, chance and the loop that waits: all that a program's course depends on beside its input.
-- A test or a simulation puts its own in their place, and then owns the course.

local clock = {}

---@class vision.Clock
---@field mono fun(): number    seconds since some start, never back: waits and limits
---@field wall fun(): number    seconds since 1970, may step: dates, lifetimes, signatures
---@field random fun(): number  of [0, 1)
---@field turn fun(): number    seconds like `mono`, for turns of the loop; `mono` by default
---@field loop fun(): table|nil, table?  vision.core.Loop; nil and why there is none

local machine = {}

-- Asked for at the first call: `require "vision"` loads no C. Later calls of the clock's field go
-- there at once.
local function of_core(name)
  local own
  local function first()
    if not own then
      own = require("vision.core")[name]
      machine[name] = own
      for field, call in pairs(clock) do
        if call == first then clock[field] = own end
      end
    end
    return own()
  end
  machine[name] = first
end

for _, name in ipairs { "mono", "wall", "random", "loop" } do of_core(name) end

--- Puts another clock in the place of the machine's.
---@param other vision.Clock? what it lacks is the machine's; nil: all of it is
function clock.install(other)
  for name, own in pairs(machine) do
    clock[name] = other and other[name] or own
  end
  clock.turn = other and other.turn or clock.mono
end

clock.install()

return clock
