-- SPDX-License-Identifier: MIT
local environment = require "spec.support.environment"
local folder = require "spec.support.folder"
local log = require "vision.base.log"
local policy = require "vision.policy"
local virtual = require "spec.support.virtual"
local vision = require "vision"

-- The smallest GIF there is.
local PICTURE = "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;"

local function provider(name)
  return {
    name = name, endpoint_name = name .. "/m", capabilities = { vision = true },
    analyze_image = function(self, _, options)
      self.options = options
      return { summary = name, details = {}, parsed = true, warnings = {} }
    end,
  }
end

describe("routing", function()
  -- Asks a tower of two endpoints once, with a script of this text in the user's folder.
  local function asked(script, options)
    local reading
    local first, second = provider "one", provider "two"
    folder.with(function(place)
      os.execute("mkdir -p '" .. place .. "/routing'")
      if script then folder.write(place .. "/routing/default.lua", script) end
      environment.with({ VISION_SCRIPTS = place }, function()
        assert(policy.reload())
        local tower = assert(vision.stack { providers = { first, second } })
        reading = virtual.new():run(function() return tower:analyze_image(PICTURE, options) end)
      end)
    end)
    assert(policy.reload())
    return assert(reading), first, second
  end

  it("decides nothing as shipped", function()
    assert.equal("one", asked().summary)
  end)

  it("sends a job where a script says, by provider or by endpoint", function()
    assert.equal("two", asked("return { route = function() return 'two' end }").summary)
    assert.equal("two", asked("return { route = function() return 'two/m' end }").summary)
    local by_job = [[return { route = function(job)
      if job.format == "gif" then return "two" end
    end }]]
    assert.equal("two", asked(by_job).summary)
  end)

  it("chooses a prompt, unless the caller has", function()
    local script = "return { route = function() return { prompt = 'general' } end }"
    local _, first = asked(script)
    assert.equal("general", first.options.prompt)
    _, first = asked(script, { prompt = "flowchart" })
    assert.equal("flowchart", first.options.prompt)
  end)

  it("is another question to a cache when its script was changed", function()
    local function script(name)
      return "return { route = function() return '" .. name .. "' end }"
    end
    folder.with(function(place)
      os.execute("mkdir -p '" .. place .. "/routing'")
      environment.with({ VISION_SCRIPTS = place }, function()
        local function ask(tower)
          assert(policy.reload())
          return virtual.new():run(function() return tower:analyze_image(PICTURE) end)
        end
        folder.write(place .. "/routing/default.lua", script "two")
        local tower = assert(vision.stack { providers = { provider "one", provider "two" } })
        assert.equal("two", ask(tower).summary)
        assert.is_true(ask(tower).cached)
        folder.write(place .. "/routing/default.lua", script "one")
        local reading = ask(tower)
        assert.equal("one", reading.summary)
        assert.is_nil(reading.cached)
        folder.write(place .. "/routing/default.lua", script "two")
        reading = ask(tower) -- as it was before
        assert.equal("two", reading.summary)
        assert.is_true(reading.cached)
      end)
    end)
    assert(policy.reload())
  end)

  it("leaves the order where the script names nobody, and says so", function()
    local said = {}
    log.set_sink(function(_, line) said[#said + 1] = line end)
    local reading = asked("return { route = function() return 'three' end }")
    log.set_sink(nil)
    assert.equal("one", reading.summary)
    assert.matches("there is no endpoint 'three'", said[1])
  end)

  it("refuses a script that is not there", function()
    local built, err = vision.stack { provider = provider "one", routing = { script = "defalt" } }
    assert.is_nil(built)
    assert.matches("did you mean 'default'", err.message)
  end)
end)
