-- SPDX-License-Identifier: MIT
-- Scripts that change under a running program, as the kernel tells it.
local command = require "spec.support.command"
local environment = require "spec.support.environment"
local folder = require "spec.support.folder"
local kinds = require "vision.policy.kinds"
local log = require "vision.base.log"
local task = require "vision.base.task"

local DEADLINE = 20 -- seconds until a spec fails

local function ordering(name)
  return ("return { order = function() return { '%s' } end }"):format(name)
end

local function write(path, name, text)
  os.execute(("mkdir -p '%s/%s'"):format(path, name:match "^(.*)/" or ""))
  folder.write(path .. "/" .. name, text)
end

describe("policy.watch", function()
  local policy, logged

  local function until_true(condition)
    local ok = task.timeout(DEADLINE, function()
      while not condition() do
        if not task.sleep(0.01) then return false end
      end
      return true
    end)
    assert.is_true(ok, table.concat(logged, "\n"))
  end

  local function decides(name)
    local names = policy.decide("failover", "mine", kinds.failover.sample)
    return names[1] == name
  end

  local function watching(body)
    package.loaded["vision.policy"] = nil
    policy, logged = require "vision.policy", {}
    log.set_sink(function(_, message) logged[#logged + 1] = message end)
    folder.with(function(path)
      write(path, "failover/mine.lua", ordering "openai")
      environment.with({ VISION_SCRIPTS = path }, function()
        policy.watch()
        policy.watch()
        local ok, message = pcall(body, path)
        policy.unwatch()
        task.sleep(0) -- it leaves by its own way
        assert(ok, message)
      end)
    end)
    require("vision.policy.prompts").replace()
    require("vision.policy.models").replace()
  end

  after_each(function() log.set_sink(nil) end)

  it("takes up a change, refuses a wrong one and says why", function()
    watching(function(path)
      until_true(function() return decides "openai" end)
      write(path, "failover/mine.lua", ordering "azure")
      until_true(function() return decides "azure" end)
      write(path, "failover/mine.lua", "return {\n order = function() x y end }")
      until_true(function() return #logged > 0 end)
      assert.truthy(logged[1]:find(path .. "/failover/mine.lua:2: ", 1, true), logged[1])
      assert.truthy(logged[1]:find("stay in force", 1, true))
      assert.is_true(decides "azure")
      write(path, "failover/mine.lua", ordering "anthropic")
      until_true(function() return decides "anthropic" end)
    end)
  end)

  it("notices folders and files that were not there", function()
    watching(function(path)
      until_true(function() return policy.begin().sources ~= nil end)
      write(path, "routing/new.lua", "return { route = function() return 'openai' end }")
      until_true(function() return policy.script("routing", "new") ~= nil end)
      os.remove(path .. "/routing/new.lua")
      until_true(function() return policy.script("routing", "new") == nil end)
    end)
  end)

  it("reads again when it is asked to by another process", function()
    watching(function(path)
      until_true(function() return policy.begin().sources ~= nil end)
      local number = policy.begin().number
      local status, out, err = command.run({ "policy", "reload" },
        { environment = { VISION_SCRIPTS = path } })
      assert.same({ 0, "" }, { status, err })
      assert.truthy(out:find "1")
      until_true(function() return policy.begin().number > number end)
    end)
  end)

  it("starts nothing by itself", function()
    local said = command.script [[
      require("vision.policy").decide("routing", nil, { job = {} })
      print(require("vision.core").loop():wait(0))]]
    assert.equal("false\n", said)
  end)
end)
