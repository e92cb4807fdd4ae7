-- SPDX-License-Identifier: MIT
local chance = require "spec.support.chance"
local core = require "vision.core"

-- The same as a list of permits with their ends.
local function model_of(limit)
  local model = { out = {}, count = 0, peak = 0, rejected = 0, lost = 0, looked = -math.huge }

  function model.drop_lost(now)
    model.looked = now
    for permit, ends in pairs(model.out) do
      if ends <= now then
        model.out[permit] = nil
        model.count, model.lost = model.count - 1, model.lost + 1
      end
    end
  end

  function model.acquire(permit, lease, now)
    if model.count >= limit and now - model.looked >= 1 then model.drop_lost(now) end
    if model.count >= limit then
      model.rejected = model.rejected + 1
      return nil
    end
    model.out[permit] = now + lease
    model.count = model.count + 1
    model.peak = math.max(model.peak, model.count)
    return permit
  end

  function model.release(permit)
    local was_out = model.out[permit] ~= nil
    model.out[permit] = nil
    model.count = model.count - (was_out and 1 or 0)
    return was_out
  end

  return model
end

describe("core.concurrency_limit", function()
  it("agrees with a plain list, whatever is asked of it", function()
    chance.runs(300, function(source)
      local limit = source:integer(1, 5)
      local own, model = core.concurrency_limit(limit), model_of(limit)
      local now, given = source:number(0, 1e6), 0
      for _ = 1, 60 do
        now = now + source:number(0, 2)
        if source:integer(1, 5) < 4 then
          local lease = source:number(0.1, 20)
          local permit = own:acquire(lease, now)
          assert.equal(model.acquire(given + 1, lease, now), permit)
          given = permit or given
        else
          local permit = source:integer(1, given + 2)
          assert.equal(model.release(permit), own:release(permit))
        end
        assert.same({ limit, model.count, model.peak, model.rejected, model.lost },
          { own:limit(), own:in_flight(), own:peak(), own:rejected(), own:lost() })
      end
    end)
  end)

  it("throws at misuse, and names what was expected", function()
    local own = core.concurrency_limit(1)
    for _, limit in ipairs { 0, 257, 0 / 0 } do
      assert.error_matches(function() core.concurrency_limit(limit) end, "from 1 to 256 calls")
    end
    assert.error_matches(function() own:acquire(0, 0) end, "seconds above 0")
    assert.error_matches(function() own:release(0) end, "a permit of this limit")
  end)
end)
