-- SPDX-License-Identifier: MIT
local environment = require "spec.support.environment"
local folder = require "spec.support.folder"
local kinds = require "vision.policy.kinds"
local models = require "vision.policy.models"
local prompts = require "vision.policy.prompts"
local reload = require "vision.policy.reload"

local FAILOVER = kinds.failover.sample

local function ordering(name)
  return ("return { order = function() return { '%s' } end }"):format(name)
end

describe("reload", function()
  local policy

  -- A policy of its own, with nothing in force yet.
  before_each(function()
    package.loaded["vision.policy"] = nil
    policy = require "vision.policy"
  end)

  local function with(files, body)
    folder.with(function(path)
      local function write(name, text)
        os.execute(("mkdir -p '%s/%s'"):format(path, name:match "^(.*)/" or ""))
        folder.write(path .. "/" .. name, text)
      end
      for name, text in pairs(files) do write(name, text) end
      environment.with({ VISION_SCRIPTS = path }, function()
        local ok, message = pcall(body, path, write)
        prompts.replace()
        models.replace()
        assert(ok, message)
      end)
    end)
  end

  it("puts a new generation in force as a whole", function()
    with({ ["failover/mine.lua"] = ordering "openai" }, function(_, write)
      assert.same({ "openai" }, policy.decide("failover", "mine", FAILOVER))
      write("failover/mine.lua", ordering "azure")
      write("prompts/mine.lua", "return { system_prompt = 'S', user_prompt = 'U' }")
      write("models.lua", "return { defaults = { openai = { model = 'x', why = '' } } }")
      assert.same({ "openai" }, policy.decide("failover", "mine", FAILOVER))
      local scripts, faults = policy.reload()
      assert.same({}, faults)
      assert.equal(2, scripts.number)
      assert.same({ "azure" }, policy.decide("failover", "mine", FAILOVER))
      assert.equal("S", (prompts.get_prompts "mine"))
      assert.equal("x", models.default "openai")
    end)
  end)

  it("lets a job end with the scripts it began with", function()
    with({ ["failover/mine.lua"] = ordering "openai" }, function(_, write)
      assert(policy.reload())
      local job = policy.begin()
      write("failover/mine.lua", ordering "azure")
      assert(policy.reload())
      assert.same({ "openai" }, job:decide("failover", "mine", FAILOVER))
      assert.same({ "azure" }, policy.begin():decide("failover", "mine", FAILOVER))
    end)
  end)

  it("sees no change before it is taken up, not even of a script not yet asked", function()
    with({ ["failover/mine.lua"] = ordering "openai" }, function(path, write)
      assert(policy.reload())
      write("failover/mine.lua", ordering "azure")
      write("failover/later.lua", ordering "azure")
      write("prompts/later.lua", "return { system_prompt = 'S', user_prompt = 'U' }")
      assert.same({ "openai" }, policy.decide("failover", "mine", FAILOVER))
      assert.is_nil((policy.script("failover", "later")))
      assert.is_nil((prompts.get_prompts "later"))
      os.remove(path .. "/failover/mine.lua")
      assert.same({ "openai" }, policy.decide("failover", "mine", FAILOVER))
      assert(policy.reload())
      assert.is_nil((policy.script("failover", "mine")))
      assert.same({ "azure" }, policy.decide("failover", "later", FAILOVER))
    end)
  end)

  it("keeps the old one whole when anything is wrong, and says what", function()
    with({ ["failover/mine.lua"] = ordering "openai" }, function(path, write)
      local before = assert(policy.reload())
      write("failover/mine.lua", ordering "azure")
      write("retry/mine.lua", "return {\n decide = function(a, e)\n return e.x.y end }")
      write("prompts/mine.lua", "return { system_prompt = 'S' }")
      write("models.lua", "return { modles = {} }")
      write("alerts/mine.lua", "return {\n alert = function( }")
      local scripts, faults = policy.reload()
      assert.is_nil(scripts)
      local said = {}
      for i, err in ipairs(faults) do said[i] = err.message end
      said = table.concat(said, "\n")
      for _, words in ipairs {
        "/retry/mine.lua:3: attempt to index", "/prompts/mine.lua: 'user_prompt' is missing",
        "/models.lua: there is no option 'modles'", "/alerts/mine.lua:2: ",
      } do
        assert.truthy(said:find(path .. words, 1, true), said)
      end
      assert.equal(4, #faults)
      assert.equal(before, policy.begin())
      assert.same({ "openai" }, policy.decide("failover", "mine", FAILOVER))
      assert.is_nil((prompts.get_prompts "mine"))
    end)
  end)

  it("gives others their turn before each script", function()
    with({ ["failover/mine.lua"] = ordering "openai", ["failover/yours.lua"] = ordering "azure",
      ["models.lua"] = "return {}" }, function()
      local turns = 0
      assert(policy.reload(function() turns = turns + 1 end))
      assert.equal(3, turns)
    end)
  end)

  it("has a stamp that changes with the scripts and with nothing else", function()
    with({ ["failover/mine.lua"] = ordering "openai" }, function(path, write)
      local stamps = { reload.stamp() }
      assert.equal(stamps[1], reload.stamp())
      write("notes.txt", "x")
      write("failover/.mine.lua.swp", "x")
      assert.equal(stamps[1], reload.stamp())
      for i, change in ipairs {
        function() write("failover/mine.lua", ordering "anthropic") end,
        function() write("models.lua", "return {}") end,
        function() write("reports/new.lua", "") end,
        function() os.remove(path .. "/models.lua") end,
        function() assert.equal(1, reload.ask()) end,
        function() assert.equal(2, reload.ask()) end,
      } do
        change()
        stamps[i + 1] = reload.stamp()
        assert.not_equal(stamps[i], stamps[i + 1])
      end
    end)
  end)

  it("waits until the folder is still", function()
    local stamps, slept = { "a", "b", "c", "c", "d" }, 0
    local now = reload.settle(function() return table.remove(stamps, 1) end, function(seconds)
      assert.equal(0.2, seconds)
      slept = slept + 1
      return true
    end)
    assert.same({ "c", 3 }, { now, slept })
    assert.is_nil(reload.settle(function() return "a" end, function() return nil, {} end))
  end)

  it("says why nobody can be asked", function()
    environment.with({ VISION_SCRIPTS = "/nonexistent" }, function()
      local number, message = reload.ask()
      assert.is_nil(number)
      assert.truthy(message:find("/nonexistent", 1, true))
      assert.equal(0, reload.asked())
    end)
    environment.with({ VISION_SCRIPTS = false, XDG_CONFIG_HOME = false, HOME = false }, function()
      assert.is_nil((reload.ask()))
      assert.is_string(reload.stamp())
      assert(policy.reload())
    end)
  end)
end)
