-- SPDX-License-Identifier: MIT
local analyses = require "spec.support.analyses"
local clock = require "vision.base.clock"
local environment = require "spec.support.environment"
local folders = require "spec.support.folder"
local json = require "vision.base.json"
local run = require("spec.support.command_line").run
local storage = require "vision.records.storage"
local text = require "vision.cli.text"

local DAY, NOW = 86400, 1795694400 -- 2026-11-26 12:00

-- A store of 300 records of twenty days in an SQLite file.
local function with_store(body)
  folders.with(function(root)
    clock.install { wall = function() return NOW end }
    local path = root .. "/records.db"
    local ok, err = pcall(function()
      local store = assert(storage.open(path))
      assert(store:save(analyses.records(8, 300, NOW - 20 * DAY, NOW)))
      store:close()
      folders.write(root .. "/default.lua", "return {}")
      environment.with({ VISION_SCRIPTS = "/nonexistent", VISION_CONFIG = root .. "/default.lua" },
        function() body(path, root) end)
    end)
    clock.install()
    if not ok then error(err, 0) end
  end)
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local content = file:read "*a"
  file:close()
  return content
end

describe("vision report", function()
  it("prints what was read, day by day", function()
    with_store(function(path)
      local code, out, err = run { "report", "--store", path }
      assert.equal("", err)
      assert.equal(0, code)
      assert.matches("^Drawings read, day by day\n28 Oct – 26 Nov 2026, so far · UTC\n", out)
      assert.matches("\n  Requests +Successful +Cost +Median time\n  300 ", out)
      assert.matches("\nWhat stands out\n  %- ", out)
      assert.matches("\n  2026%-11%-26 +%d+ ", out)
      assert.is_nil(out:find "\27")
    end)
  end)

  it("fits the terminal, and is bold only there", function()
    with_store(function(path)
      for _, width in ipairs { 40, 60, 80, 120 } do
        for _, name in ipairs { "daily", "monthly_cost", "failures", "quality" } do
          local _, out = run({ "report", name, "--store", path },
            { terminal = { is_terminal = true, colour = false, width = width } })
          for line in out:gmatch "[^\n]+" do
            assert.is_true(text.width(line) <= width, line)
          end
        end
      end
      local _, out = run({ "report", "--store", path },
        { terminal = { is_terminal = true, colour = true, width = 80 } })
      assert.truthy(out:find("\27[1mDrawings read, day by day\27[0m", 1, true))
    end)
  end)

  it("counts the days of a zone, the last one included", function()
    with_store(function(path)
      local _, out = run { "report", "--store", path, "--from", "2026-11-10", "--to", "2026-11-11",
        "--timezone", "Asia/Tokyo", "--format", "json" }
      local report = assert(json.decode(out)).report
      assert.equal("2026-11-09T15:00:00.000Z", report.period_start)
      assert.equal("2026-11-11T15:00:00.000Z", report.period_end)
      assert.equal("hour", report.trends.granularity)
      _, out = run { "report", "--store", path, "--days", "7", "--format", "json", "--provider",
        "openai", "--tag", "urgent", "--tag", "production" }
      report = assert(json.decode(out)).report
      assert.same({ "openai", { "urgent", "production" }, 7 },
        { report.provider, report.tags, #report.trends.labels })
    end)
  end)

  it("writes a file in the form its name says, or that is asked for", function()
    with_store(function(path, root)
      for name, words in pairs { ["a.html"] = "<!DOCTYPE html>", ["a.md"] = "# Costs by month",
        ["a.JSON"] = '{"document"', ["a.csv"] = "Costs by month\r\n", ["a"] = "Costs by" } do
        local file = root .. "/" .. name
        local code, out = run { "report", "monthly_cost", "--store", path, "--out", file }
        assert.same({ 0, "" }, { code, out })
        assert.equal(words, read(file):sub(1, #words))
      end
      local code = run { "report", "--store", path, "--out", root .. "/b", "--format", "html" }
      assert.equal(0, code)
      assert.matches("^<!DOCTYPE html>", read(root .. "/b"))
      local failed, _, err = run { "report", "--store", path, "--out", root .. "/no/b.html" }
      assert.equal(1, failed)
      assert.matches("cannot write", err)
    end)
  end)

  it("takes the store of the configuration", function()
    with_store(function(path, root)
      folders.write(root .. "/vision.lua",
        ("return { records = { store = %q } }"):format(path))
      environment.with({ VISION_CONFIG = root .. "/vision.lua" }, function()
        local code, out, err = run { "report", "failures" }
        assert.equal("", err)
        assert.equal(0, code)
        assert.matches("^What failed\n", out)
      end)
      assert.equal(0, (run { "report", "--config", root .. "/vision.lua" }))
      local code, _, err = run { "report", "--config", root .. "/none.lua" }
      assert.equal(1, code)
      assert.matches("VISION_CONFIG names no file that can be read", err)
    end)
  end)

  it("lists the reports, the user's too", function()
    with_store(function(_, root)
      assert(require("vision.core").make_folder(root .. "/reports"))
      folders.write(root .. "/reports/mine.lua",
        "return { description = 'Mine alone', report = function() end }")
      environment.with({ VISION_SCRIPTS = root }, function()
        local code, out = run { "report", "--list" }
        assert.equal(0, code)
        assert.matches("\n  mine +yours +Mine alone\n", out)
        assert.matches("\n  failures +Failures by reason", out)
      end)
    end)
  end)

  it("is kind about a time and a store in which there is nothing", function()
    with_store(function(path, root)
      local code, out = run { "report", "--store", path, "--from", "2020-01-01", "--to",
        "2020-01-31" }
      assert.equal(0, code)
      assert.matches("^Drawings read, day by day\n1 – 31 Jan 2020 · UTC\n\nNothing was recorded in "
        .. "this time%. The last record is of 26 Nov 2026", out)
      local empty = root .. "/empty.db"
      assert(storage.open(empty)):close()
      code, out = run { "report", "--store", empty }
      assert.equal(0, code)
      assert.matches("There is no record in this store yet", out)
    end)
  end)

  it("refuses what cannot be, and says what would be right", function()
    with_store(function(path, root)
      local function refused(code, words, ...)
        local status, out, err = run { "report", ... }
        assert.same({ code, "" }, { status, out })
        assert.matches(words, err)
      end
      refused(2, "there is no 2026%-02%-30: that month has 28 days", "--store", path, "--from",
        "2026-02-30")
      refused(2, "there is no 2026%-13%-01: months go", "--store", path, "--to", "2026-13-01")
      refused(2, "write it as 2026%-11%-01", "--store", path, "--from", "yesterday")
      refused(2, "it would end %(2026%-11%-11 00:00%) before it begins", "--store", path, "--from",
        "2026-11-20", "--to", "2026-11-10")
      refused(2, "no time zone 'Mars'", "--store", path, "--timezone", "Mars")
      refused(2, "there is no script reports/dayly.lua; did you mean 'daily'%?", "dayly", "--store",
        path)
      refused(2, "%-%-days must be a whole number", "--store", path, "--days", "0")
      refused(2, "can not be used together", "--store", path, "--days", "3", "--from", "2026-11-01")
      refused(2, "where are the records%? Say %-%-store FILE")
      refused(1, "there is no store " .. root .. "/none.db", "--store", root .. "/none.db")
      assert.is_nil(io.open(root .. "/none.db"))
      refused(2, "there is no store 'mysql://'", "--store", "mysql://localhost")
    end)
  end)

  it("names the line of a script that does not end", function()
    with_store(function(path, root)
      assert(require("vision.core").make_folder(root .. "/reports"))
      folders.write(root .. "/reports/mine.lua",
        "return {\n report = function()\n  while true do end\n end }")
      environment.with({ VISION_SCRIPTS = root }, function()
        require("vision.policy").configure()
        local code, out, err = run { "report", "mine", "--store", path }
        assert.same({ 1, "" }, { code, out })
        assert.matches("reports/mine%.lua:3: it does not come to an end\n$", err)
      end)
      require("vision.policy").configure()
    end)
  end)
end)
