-- SPDX-License-Identifier: MIT
-- What is tried again, and when, is a script's: what it may say and what it may not.

local environment = require "spec.support.environment"
local errors = require "vision.base.error"
local folder = require "spec.support.folder"
local policy = require "vision.policy"
local virtual = require "spec.support.virtual"
local vision = require "vision"

describe("a retry script of the user's", function()
  -- A provider that fails with `reason` until its fifth call, behind that script.
  local function asked(script, reason, fields)
    local calls, reading, err = 0, nil, nil
    local inner = { name = "p", endpoint_name = "p/m", analyze_image = function()
      calls = calls + 1
      if calls == 5 then return { summary = "s" } end
      return nil, errors.new(reason, "simulated", fields)
    end }
    folder.with(function(place)
      os.execute("mkdir -p '" .. place .. "/retry'")
      folder.write(place .. "/retry/default.lua", script)
      environment.with({ VISION_SCRIPTS = place }, function()
        assert(policy.reload())
        local provider = assert(vision.create_retry_provider(inner, { max_retries = 3 }))
        reading, err = virtual.new():run(function() return provider:analyze_image "bytes" end)
      end)
    end)
    assert(policy.reload())
    return calls, reading, err
  end

  local function waits(err)
    local list = {}
    for i, step in ipairs(err.trail) do list[i] = step.waited end
    return list
  end

  it("says what is tried again", function()
    local never = "return { decide = function() return { retry = false } end }"
    assert.equal(1, (asked(never, "overloaded")))
    local always = "return { decide = function() return { retry = true } end }"
    assert.equal(4, (asked(always, "truncated")))
  end)

  it("says when, and is told how long was waited before", function()
    local script = [[return { decide = function(attempt, error, job)
      return { retry = true, delay = attempt == 1 and 5 or job.last_delay + 2 }
    end }]]
    local _, _, err = asked(script, "overloaded")
    assert.same({ 5, 7, 9 }, waits(err))
  end)

  it("lets the default stand where it says nothing, or is wrong", function()
    local silent = "return { decide = function() end }"
    assert.equal(4, (asked(silent, "overloaded")))
    assert.equal(1, (asked(silent, "truncated")))
  end)

  it("cannot try again what is hopeless, more often than allowed, or too early", function()
    local always = "return { decide = function() return { retry = true, delay = 0 } end }"
    for _, reason in ipairs { "billing", "invalid_image", "queue_full", "auth" } do
      assert.equal(1, (asked(always, reason)), reason)
    end
    local _, _, err = asked(always, "rate_limited", { retry_after = 8 })
    assert.same({ 8, 8, 8 }, waits(err))
    assert.equal(1, (asked(always, "rate_limited", { retry_after = 61 })))
  end)
end)
