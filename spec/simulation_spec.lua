-- SPDX-License-Identifier: MIT
-- The whole tower under a thousand courses of things going wrong; more with bench/simulate, fewer
-- with VISION_SIMULATIONS.

local simulation = require "spec.support.simulation"

local SEEDS = tonumber(os.getenv "VISION_SIMULATIONS") or 1000
local AGAIN = math.min(200, SEEDS) -- those that are compared with themselves

describe("the whole tower, whatever its servers and callers do,", function()
  it("keeps its limits, ends each job once and leaves nothing behind", function()
    for seed = 1, SEEDS do
      local faults = simulation.run(seed)
      assert.equal(0, #faults, ("seed %d (bench/simulate 1 --from %d): %s"):format(seed, seed,
        table.concat(faults, "; ")))
    end
  end)

  it("takes the same course again for the same seed", function()
    for seed = 1, 20 do
      local _, first = simulation.run(seed)
      local _, second = simulation.run(seed)
      assert.same(first.log, second.log)
      assert.is_true(#first.log > 0)
    end
    local _, other = simulation.run(21)
    assert.not_same(select(2, simulation.run(22)).log, other.log)
  end)

  it("gives all memory back", function()
    local function used_after_courses()
      for seed = 1, AGAIN do simulation.run(seed) end
      if rawget(_G, "jit") then require("jit").flush() end -- what it has compiled is not ours
      collectgarbage()
      collectgarbage()
      return collectgarbage "count"
    end
    -- What else the process has may be freed or made meanwhile; a leak grows every time.
    local before, least = used_after_courses(), math.huge
    for _ = 1, 3 do
      local now = used_after_courses()
      before, least = now, math.min(least, now - before)
      if least < 64 then break end
    end
    assert.is_true(least < 64, ("%.0f KB more after the same courses again"):format(least))
  end)
end)
