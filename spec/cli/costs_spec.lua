-- SPDX-License-Identifier: MIT
local CostTracker = require("vision.money.tracker").CostTracker
local clock = require "vision.base.clock"
local folder = require "spec.support.folder"
local json = require "vision.base.json"
local record = require "vision.records.record"
local run = require("spec.support.command_line").run
local storage = require "vision.records.storage"

local NOON = 1795694400 -- 2026-11-26 12:00 UTC
local DAY = 86400

-- So many calls of a model that cost the same, on a day some days ago.
local function spend(path, days_ago, call, count, micro)
  clock.install { wall = function() return NOON - days_ago * DAY end }
  local books = assert(CostTracker.new { store = path })
  for _ = 1, count do
    books:settle(assert(books:reserve(call, micro)), { micro = micro,
      usage = { input_tokens = 1000, output_tokens = 100 } })
  end
  books:close()
  clock.install()
end

-- `vision costs` on that noon.
local function costs(...)
  clock.install { wall = function() return NOON end }
  local code, out, err = run { "costs", ... }
  clock.install()
  return code, out, err
end

local function with_books(body)
  folder.with(function(root)
    local path = root .. "/budget.db"
    local openai = { provider = "openai", model = "gpt-4o", tags = { "x" } }
    spend(path, 0, openai, 3, 7000)
    spend(path, 1, { provider = "openai", model = "gpt-4o-mini" }, 10, 100)
    spend(path, 40, openai, 1, 1000000)
    spend(path, 0, { provider = "mine" }, 2, nil)
    body(path, root)
  end)
end

describe("vision costs", function()
  it("adds up the last 30 days by provider, with what is not known", function()
    with_books(function(path)
      local code, out = costs("--budget", path)
      assert.equal(0, code)
      assert.matches("2026-10-28 to 2026-11-26 (UTC): $0.0220 + 2 unknown for 15 requests\n", out,
        1, true)
      assert.matches("\n  openai +13 +0 +13,000 +1,300 +%$0.0220 +%$0.0017\n", out)
      assert.matches("\n  mine +2 +0 +2,000 +200 +unknown +unknown\n", out)
    end)
  end)

  it("groups by model, tag and day, over the days it is told", function()
    with_books(function(path)
      local _, out = costs("--budget", path, "--by", "model", "--from", "2026-10-01")
      assert.matches("\n  gpt%-4o +4 .*\n  gpt%-4o%-mini +10 ", out)
      _, out = costs("--budget", path, "--by", "tag")
      assert.matches("\n  x +3 .*$0.0210", out)
      assert.is_nil(out:find "\n  openai")
      _, out = costs("--budget", path, "--by", "day", "--to", "2026-11-25", "--days", "1")
      assert.matches("2026-11-25 to 2026-11-25 (UTC): $0.0010 for 10 requests", out, 1, true)
    end)
  end)

  it("says how far the budgets of the configuration are used up", function()
    with_books(function(path, root)
      folder.write(root .. "/vision.lua", ([[return { budget = { store = %q, daily_limit_usd = 0.05,
        budgets = { { tag = "x", total_limit_usd = 100, hard_limit = false } } } }]]):format(path))
      spend(path, 0, { provider = "openai" }, 0)
      local code, out = costs("--config", root .. "/vision.lua")
      assert.equal(0, code)
      assert.matches("\nBudgets\n  all, a day +%$0.00 +of %$0.05 +0 %% +hard\n", out)
      assert.matches("\n  tag x, in all +%$0.00 +of %$100.00 +0 %% +soft\n", out)
    end)
  end)

  it("is one JSON object where that is asked for", function()
    with_books(function(path)
      local _, out = costs("--budget", path, "--json")
      local found = json.decode(out)
      assert.same({ "2026-10-28", "2026-11-26", "UTC", "provider" }, { found.from, found.to,
        found.time_zone, found.by })
      assert.same({ 15, 2, 0.022 }, { found.total.total_requests, found.total.unpriced_requests,
        found.total.total_cost_usd })
      assert.same({ "openai", "mine" }, { found.groups[1].name, found.groups[2].name })
      assert.matches('"cost_per_request":null', out, 1, true)
      assert.matches('"budgets":[]', out, 1, true)
    end)
  end)

  it("reads a store of records, too", function()
    folder.with(function(root)
      local path = root .. "/records.db"
      local records = assert(storage.open(path))
      local function made(fields)
        fields.image_hash, fields.processing_time_ms = ("0"):rep(64), 5
        fields.result = not fields.error and { summary = "s" } or nil
        return assert(record.make(fields))
      end
      assert(records:save {
        made { created_at = NOON, provider = "openai", model = "gpt-4o", cost_usd = 0.0071,
          tags = { "a", "b" } },
        made { created_at = NOON - DAY, provider = "openai", model = "gpt-4o", cost_usd = 0.5,
          tags = { "b" } },
        made { created_at = NOON, provider = "openai", cached = true, cost_usd = 0,
          tags = { "a" } },
        made { created_at = NOON, provider = "b", error = { code = "INTERNAL_ERROR",
          reason = "timeout", message = "late" } },
      })
      records:close()
      local code, out = costs("--store", path, "--by", "day")
      assert.equal(0, code)
      assert.matches("$0.5071 + 1 unknown for 3 requests", out, 1, true)
      assert.matches("\n  2026%-11%-25 +1 .*\n  2026%-11%-26 +2 +1 ", out)
      code, out = costs("--store", path, "--by", "tag")
      assert.equal(0, code)
      assert.matches("$0.5071 + 1 unknown for 3 requests", out, 1, true)
      assert.matches("\n  b +2 .*$0.5071 .*\n  a +1 .*$0.0071", out)
      folder.write(root .. "/vision.lua", ("return { records = { store = %q } }"):format(path))
      code, out = costs("--config", root .. "/vision.lua", "--by", "model")
      assert.equal(0, code)
      assert.matches("\n  gpt%-4o +2 ", out)
    end)
  end)

  it("makes no store where there is none, and says what is wrong", function()
    folder.with(function(root)
      local cases = {
        { { "--budget", root .. "/no.db" }, 1, "there is no file " .. root .. "/no.db" },
        { { "--store", root .. "/no.db" }, 1, "there is no store" },
        { { "--budget", "redis://user:secret@127.0.0.1:1/0" }, 1, "127.0.0.1" },
        { { "--budget", "mysql://x/y" }, 1, "there is no kind of store 'mysql:'" },
        { { "--from", "2026-02-30" }, 2, "that month has 28 days" },
        { { "--from", "2026-02-20T10:00" }, 2, "a day without a time is wanted" },
        { { "--days", "3", "--from", "2026-01-01", "--budget", "x" }, 2, "not both" },
        { { "--by", "colour" }, 2, "provider" },
        { { "--config", root .. "/none.lua" }, 1, "VISION_CONFIG names no file that can be read" },
      }
      folder.write(root .. "/empty.lua", "return {}")
      cases[#cases + 1] = { { "--config", root .. "/empty.lua" }, 2, "no store is known" }
      for _, case in ipairs(cases) do
        local code, out, err = costs((table.unpack or unpack)(case[1]))
        assert.same({ case[2], "" }, { code, out }, err)
        assert.matches(case[3], err, 1, true)
        assert.is_nil(err:find("secret", 1, true))
      end
      assert.is_nil(io.open(root .. "/no.db"))
    end)
  end)
end)
