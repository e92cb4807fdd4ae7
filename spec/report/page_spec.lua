-- SPDX-License-Identifier: MIT
local analyses = require "spec.support.analyses"
local clock = require "vision.base.clock"
local create_analytics = require("vision.report.analytics").create_analytics
local environment = require "spec.support.environment"
local folders = require "spec.support.folder"
local make = require("vision.report.page").make
local policy = require "vision.policy"

local DAY, NOW = 86400, 1795694400 -- 2026-11-26 12:00

local function at(now, body)
  return function()
    clock.install { wall = function() return now end }
    local ok, err = pcall(body)
    clock.install()
    policy.configure()
    if not ok then error(err, 0) end
  end
end

local function analytics_of(list)
  return assert(create_analytics(analyses.storage(list)))
end

-- Makes the page of a script of a user's.
local function page_of(text, analytics, given)
  local page, err
  folders.with(function(root)
    assert(require("vision.core").make_folder(root .. "/reports"))
    folders.write(root .. "/reports/mine.lua", text)
    environment.with({ VISION_SCRIPTS = root }, function()
      policy.configure()
      page, err = make(analytics, "mine", given)
    end)
  end)
  return page, err
end

describe("the page of a report", function()
  local analytics = analytics_of(analyses.records(8, 300, NOW - 20 * DAY, NOW))

  it("has what a shipped script makes of the figures", at(NOW, function()
    for _, name in ipairs { "daily", "monthly_cost", "provider_comparison", "quality",
      "failures" } do
      local page = assert(make(analytics, name))
      assert.is_true(#page.document.sections >= 3, name)
      assert.equal(name == "monthly_cost" and "27 Nov 2025 – 26 Nov 2026, so far · UTC"
        or "28 Oct – 26 Nov 2026, so far · UTC", page.about)
      assert.is_nil(page.empty)
    end
    local daily = assert(make(analytics))
    assert.equal("daily", daily.name)
    assert.equal(300, daily.document.figures[1].value)
  end))

  it("compares with the time before where something was recorded then", at(NOW, function()
    local page = assert(make(analytics_of(analyses.records(8, 300, NOW - 50 * DAY, NOW))))
    assert.matches("^Compared with 28 Sep 2026, 00:00 – 27 Oct 2026, 12:00%. %d+ "
      .. "differences were looked at", page.compared)
    assert.is_true(page.document.figures[1].before > 0)
    page = assert(make(analytics, "failures"))
    assert.matches("^%d+ differences", page.compared)
    for _, figure in ipairs(page.document.figures) do assert.is_false(figure.before) end
  end))

  it("says whose requests alone, and of which days", at(NOW, function()
    local page = assert(make(analytics, nil, { provider = "openai", tags = { "urgent" },
      from = NOW - 3 * DAY, to = NOW - DAY, timezone = "Asia/Tokyo" }))
    assert.equal("23 Nov 2026, 21:00 – 25 Nov 2026, 21:00 · Asia/Tokyo · openai only · "
      .. "tagged urgent", page.about)
    assert.equal("Asia/Tokyo", page.report.timezone)
  end))

  it("is made of a user's ten lines, and of the days they say", at(NOW, function()
    local page = assert(page_of([[
      return {
        days = 7,
        report = function(data)
          local rows = {}
          for i, one in ipairs(data.providers) do
            rows[i] = { one.name, one.total_requests, one.total_cost_usd or false }
          end
          return { title = "Who read", sections = { { title = "Providers",
            columns = { "Name", { "Requests", "count" }, { "Cost", "usd" } }, rows = rows } } }
        end,
      }]], analytics))
    assert.equal("Who read", page.document.title)
    assert.equal("20 – 26 Nov 2026, so far · UTC", page.about)
    assert.equal(3, #page.document.sections[1].rows)
  end))

  it("has another length where that is said", at(NOW, function()
    local page = assert(page_of("return { days = 7, granularity = 'hour', report = function(data) "
      .. "return { title = data.granularity .. #data.trends.labels, sections = {} } end }",
      analytics, { days = 2 }))
    assert.equal("hour37", page.document.title)
  end))

  it("is none where the script is at fault: file, line, what was expected", at(NOW, function()
    for words, text in pairs {
      ["mine%.lua:2: it does not come to an end"] = "return { report = function()\nwhile true do "
        .. "end end }",
      ["mine%.lua:1: report: sections%[1%]%.rows%[1%]%[1%]: must be a number, or false"] =
        "return { report = function() return { title = '', sections = { { title = '', "
        .. "columns = { 'a' }, rows = { { true } } } } } end }",
      ["mine%.lua:1: attempt to index"] = "return { report = function(d) return d.x.y end }",
      ["mine%.lua: report: nothing was returned"] = "return { report = function() end }",
      ["mine%.lua: 'days' must be a number"] = "return { days = 'x', report = function() end }",
      ["option 'granularity' must be one of hour, day, week, month"] =
        "return { granularity = 'year', report = function() end }",
    } do
      local page, err = page_of(text, analytics)
      assert.is_nil(page)
      assert.matches(words, err.message)
    end
    local none, err = make(analytics, "nosuch")
    assert.is_nil(none)
    assert.matches("there is no script reports/nosuch.lua", err.message)
  end))

  it("lets the loop go on while a script works", at(NOW, function()
    local task = require "vision.base.task"
    local ticks, over = 0, false
    local ticker = task.spawn(function()
      while not over do
        task.sleep(0.001)
        ticks = ticks + 1
      end
    end)
    local busy = task.spawn(function()
      local page, err = page_of("return { report = function() for i = 1, 5e6 do end\n"
        .. "return { title = '', sections = {} } end }", analytics)
      over = true
      return page, err
    end)
    assert.truthy(busy:join())
    ticker:join()
    assert.is_true(ticks > 3, ticks)
  end))

  it("says where there is something when a time is empty", at(NOW, function()
    local page = assert(make(analytics, nil, { from = 10 * DAY, to = 20 * DAY }))
    assert.matches("^Nothing was recorded in this time%. The last record is of 26 Nov 2026, %d%d:",
      page.empty)
    page = assert(make(analytics, nil, { provider = "nobody" }))
    assert.equal("There is no such record in this store.", page.empty)
    page = assert(make(analytics_of {}))
    assert.matches("^There is no record in this store yet%. 'vision batch %-%-store FILE'",
      page.empty)
  end))
end)
