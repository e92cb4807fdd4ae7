-- SPDX-License-Identifier: MIT
-- The commands that ask several pictures or several providers, against a server that plays them.

local command = require "spec.support.command"
local folders = require "spec.support.folder"
local json = require "vision.base.json"
local mock_provider = require "spec.support.mock_provider"
local pictures = require "spec.support.pictures"

describe("commands over the network", function()
  local mock
  setup(function() mock = mock_provider.start() end)
  teardown(function() mock:stop() end)
  before_each(function() mock:requests() end)

  local function world(openai, anthropic)
    return { environment = {
      OPENAI_API_KEY = "sk-openai-SECRET", OPENAI_BASE_URL = mock:base(openai),
      ANTHROPIC_API_KEY = "sk-ant-SECRET", ANTHROPIC_BASE_URL = mock:base(anthropic or "ok", ""),
    } }
  end

  -- Unlike each other: equal ones are asked about once.
  local function with_pictures(count, body)
    folders.with(function(root)
      for i = 1, count do
        folders.write(("%s/%d.png"):format(root, i), pictures.png(1, 1, function() return i end))
      end
      body(root)
    end)
  end

  it("read a folder with a model", function()
    with_pictures(7, function(root)
      local status, out, err = command.run({ "batch", "--json", "--provider", "openai",
        "--concurrency", "3", root }, world "ok")
      assert.equal(0, status)
      local count = 0
      for line in out:gmatch "[^\n]+" do
        local answer = assert(json.decode(line))
        assert.equal("Flange with four holes", answer.description.summary)
        count = count + 1
      end
      assert.equal(7, count)
      assert.equal(7, #mock:requests())
      assert.matches("7 of 7 drawings read", err)
    end)
  end)

  it("say what failed, file by file", function()
    with_pictures(2, function(root)
      local status, out, err = command.run({ "batch", "--provider", "openai", root },
        world "balance")
      assert.equal(1, status)
      assert.equal("", out)
      assert.matches("vision: [^\n]*/1.png: HTTP 402", err)
      assert.matches("vision: [^\n]*/2.png: HTTP 402", err)
      assert.not_matches("SECRET", err)
    end)
  end)

  it("end with 130 at Ctrl-C, with what is done", function()
    with_pictures(3, function(root)
      folders.write(root .. "/0.png", "no picture")
      local running = command.start({ "batch", "--json", "--provider", "openai", root },
        world "silent")
      local asked, deadline = 0, os.time() + 20
      repeat asked = asked + #mock:requests() until asked == 3 or os.time() > deadline
      assert.equal(3, asked)
      local children = io.open(("/proc/%d/task/%d/children"):format(running.pid, running.pid))
      os.execute("kill -INT " .. children:read "*n")
      children:close()
      local status, out, err = command.finish(running)
      assert.equal(130, status)
      assert.equal("unsupported_format", assert(json.decode(out)).reason)
      assert.matches("0 of 4 drawings read in .-, then stopped", err)
      assert.not_matches("cancelled", err)
    end)
  end)

  -- Waits until what the command has said so far holds these words as often.
  local function until_said(running, words, times)
    local deadline, said, count = os.time() + 20
    repeat
      mock:requests() -- a moment passes, and the loop of this process goes on
      local file = assert(io.open(running.err, "rb"))
      said = file:read "*a"
      file:close()
      count = select(2, said:gsub(words, ""))
    until count >= times or os.time() > deadline
    assert.equal(times, count, said)
  end

  -- Who was asked, once somebody is.
  local function asked()
    local deadline, found = os.time() + 20
    repeat found = mock:requests() until #found > 0 or os.time() > deadline
    assert.equal(1, #found)
    return found[1].path:find("/messages", 1, true) and "anthropic" or "openai"
  end

  it("take up scripts that change meanwhile, and say once what is wrong with one", function()
    with_pictures(3, function(root)
      local script = root .. "/scripts/failover/mine.lua"
      os.execute(("mkdir -p '%s/scripts/failover'"):format(root))
      local function order(name)
        folders.write(script, ("return { order = function() return { '%s' } end }"):format(name))
      end
      order "anthropic/claude-sonnet-5-5"
      folders.write(root .. "/vision.lua", [[return { providers = { "openai", "anthropic" },
        failover = { strategy = "mine" } }]])
      local around = world("held", "held")
      around.environment.VISION_SCRIPTS = root .. "/scripts"
      around.environment.VISION_LOG = "info"
      local running = command.start({ "batch", "--concurrency", "1", "--config",
        root .. "/vision.lua", root }, around)
      assert.equal("anthropic", asked())
      until_said(running, "are in force", 1)
      order "openai/gpt-5.4-mini"
      until_said(running, "are in force", 2)
      mock:release()
      assert.equal("openai", asked())
      folders.write(script, "return {")
      until_said(running, "mine.lua:1: [^\n]*; the scripts that were there stay in force", 1)
      mock:release()
      assert.equal("openai", asked())
      mock:release()
      local status, out, err = command.finish(running)
      assert.equal(0, status)
      assert.equal(3, select(2, out:gsub("\n", "")))
      assert.equal(1, select(2, err:gsub("mine.lua", "")), err)
      assert.matches("3 of 3 drawings read", err)
    end)
  end)

  it("compare two models and this machine", function()
    local status, out = command.run({ "compare", "--providers", "openai,anthropic,local",
      "examples/drawings/flange.png" }, world "ok")
    assert.equal(0, status)
    assert.matches("3 of 3 read it", out)
    assert.matches("openai/", out)
    -- Two say it, and nobody here has seen it.
    assert.matches("%?  4x Ø6,6 %+0,1/0 +%d+ %%  =  =  %-\n", out)
    status, out = command.run({ "compare", "--json", "--providers", "openai,anthropic",
      "examples/drawings/flange.png" }, world("auth", "ok"))
    assert.equal(0, status)
    local result = assert(json.decode(out))
    assert.equal(1, result.success_count)
    assert.equal("anthropic", result.selected_provider:match "^%a+")
    assert.not_matches("SECRET", out)
  end)
end)
