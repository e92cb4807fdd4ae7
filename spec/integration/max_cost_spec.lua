-- SPDX-License-Identifier: MIT
-- The command and money: it stops before more would be spent, keeps its budget from run to run, and
-- tells what was spent. The provider says that it used 812 tokens and answered with 17, of which
-- 100 and 5 were cached and thought: at 0.75 and 4.5 USD a million 609 + 76.5 micro-dollars.

local clock = require "vision.base.clock"
local command = require "spec.support.command"
local folder = require "spec.support.folder"
local json = require "vision.base.json"
local mock_provider = require "spec.support.mock_provider"
local pictures = require "spec.support.pictures"
local task = require "vision.base.task"

local DRAWINGS, ONE = 20, 0.000686

describe("the command", function()
  local mock
  setup(function() mock = mock_provider.start() end)
  teardown(function() mock:stop() end)

  local function with_drawings(body)
    folder.with(function(root)
      assert(os.execute("mkdir " .. root .. "/drawings"))
      for i = 1, DRAWINGS do
        folder.write(("%s/drawings/%02d.png"):format(root, i),
          pictures.png(40, 40, function() return i end))
      end
      body(root, function(...)
        mock:requests()
        local status, out, err = command.run({ ... }, { environment = {
          OPENAI_API_KEY = "k", OPENAI_BASE_URL = mock:base "ok", HOME = root,
          VISION_CONFIG = root .. "/vision.lua" } })
        return status, out, err, #mock:requests()
      end)
    end)
  end

  local function config(root, text)
    folder.write(root .. "/vision.lua", "return { rate_limit = false, cache = false, " .. text
      .. " }")
  end

  -- Each may cost 0.0101 at most: two have room at a time, and what is spent in the end must leave
  -- none for one more.
  it("stops before --max-cost is passed, and says how many drawings are left", function()
    with_drawings(function(root, run)
      config(root, "")
      local status, out, err, asked = run("batch", "--provider", "openai", "--concurrency", "10",
        "--max-cost", "0.023", "--json", root .. "/drawings")
      assert.equal(1, status)
      local sum, count = 0, 0
      for line in out:gmatch "[^\n]+" do
        local answer = json.decode(line)
        assert.is_true(answer.success)
        assert.equal(ONE, answer.cost_usd)
        sum, count = sum + answer.cost_usd, count + 1
      end
      assert.equal(asked, count)
      assert.is_true(count > 0 and count < DRAWINGS and sum + 0.0101 > 0.023 and sum < 0.023,
        ("%d read for %f"):format(count, sum))
      assert.matches(("%d of %d drawings read in"):format(count, DRAWINGS), err, 1, true)
      local left = DRAWINGS - count
      assert.matches(("stopped before --max-cost would be passed; %d drawing%s left: "):format(
        left, left == 1 and "" or "s"), err, 1, true)
      assert.matches("of the $0.023 that this run may spend", err, 1, true)
    end)
  end)

  it("asks nothing where a drawing could cost more, or nobody knows what it costs", function()
    with_drawings(function(root, run)
      config(root, "")
      local status, _, err, asked = run("batch", "--provider", "openai", "--max-cost", "0.001",
        root .. "/drawings")
      assert.same({ 1, 0 }, { status, asked })
      assert.matches("20 drawings left: this call may cost $0.01", err, 1, true)
      status, _, err, asked = run("batch", "--provider", "openai", "--model", "gpt-99",
        "--max-cost", "5", root .. "/drawings")
      assert.same({ 1, 0 }, { status, asked })
      assert.matches('prices = { ["openai/gpt-99"] =', err, 1, true)
      status, _, _, asked = run("analyze", "--provider", "openai", "--max-cost", "0.001",
        root .. "/drawings/01.png")
      assert.same({ 1, 0 }, { status, asked })
    end)
  end)

  it("books after Ctrl-C what was under way, and leaves nothing reserved", function()
    with_drawings(function(root)
      config(root, ("budget = { daily_limit_usd = 1, store = %q }"):format(root .. "/budget.db"))
      local environment = { OPENAI_API_KEY = "k", OPENAI_BASE_URL = mock:base "held", HOME = root,
        VISION_CONFIG = root .. "/vision.lua" }
      local running = command.start({ "batch", "--provider", "openai", "--concurrency", "4",
        root .. "/drawings" }, { environment = environment })
      local asked, deadline = 0, clock.mono() + 20
      while asked < 4 and clock.mono() < deadline do
        asked = asked + #mock:requests()
        task.sleep(0.02)
      end
      assert.equal(4, asked)
      os.execute(("kill -INT $(cat /proc/%d/task/%d/children)"):format(running.pid, running.pid))
      assert.equal(130, (command.finish(running)))
      for _ = 1, 4 do mock:release() end
      local _, out = command.run({ "costs", "--json" }, { environment = environment })
      local found = json.decode(out)
      assert.same({ 4, 4, 4 }, { found.total.total_requests, found.total.failed_requests,
        found.total.estimated_requests })
      assert.is_true(found.total.total_cost_usd > 4 * ONE)
      assert.same({ found.total.total_cost_usd, 0 }, { found.budgets[1].spent_usd,
        found.budgets[1].reserved_usd })
    end)
  end)

  it("waits for what calls under way give back of a budget", function()
    with_drawings(function(root, run)
      config(root, ("budget = { daily_limit_usd = 0.025, store = %q }"):format(root
        .. "/budget.db"))
      local status, out, err = run("batch", "--provider", "openai", "--concurrency", "10", "--json",
        root .. "/drawings")
      assert.equal(0, status, err)
      assert.same({ DRAWINGS, 0 }, { select(2, out:gsub('"success":true', "")),
        select(2, out:gsub('"success":false', "")) })
    end)
  end)

  it("keeps the budget of its configuration from run to run, and tells what was spent", function()
    with_drawings(function(root, run)
      config(root, ("budget = { daily_limit_usd = 0.0115, store = %q }"):format(root
        .. "/budget.db"))
      local status, out = run("analyze", "--provider", "openai", root .. "/drawings/01.png")
      assert.equal(0, status)
      assert.matches(" for $0.0007\n", out, 1, true)
      assert.equal(0, (run("analyze", "--provider", "openai", root .. "/drawings/02.png")))
      local _, _, err, asked = run("batch", "--provider", "openai", "--concurrency", "1",
        root .. "/drawings")
      assert.equal(1, asked)
      assert.matches("of the budget 'all' of $0.0115 a day $0.002058 is spent", err, 1, true)
      status, out = run("costs", "--json")
      assert.equal(0, status)
      local found = json.decode(out)
      assert.same({ 3, 3 * ONE, 3 * 812 }, { found.total.total_requests,
        found.total.total_cost_usd, found.total.input_tokens })
      assert.same({ "all", 3 * ONE, 0 }, { found.budgets[1].budget, found.budgets[1].spent_usd,
        found.budgets[1].reserved_usd })
    end)
  end)
end)
