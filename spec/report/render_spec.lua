-- SPDX-License-Identifier: MIT
-- What reports look like in each form, also with names that mean to do harm.
local json = require "vision.base.json"
local document = require "vision.policy.document"
local scale = require "vision.report.render.scale"
local dates = require "vision.report.render.dates"
local time_zone = require "vision.base.time_zone"
local kinds = require "vision.policy.kinds"
local tally = require "vision.report.tally"

local EVIL = "<script>alert(1)</script>\"'&|`*_=\n\27[31m"

local function render(form, page)
  return require("vision.report.render." .. form).render(page)
end

local function report()
  local trends = kinds.reports.sample.data.trends
  return { report_id = "01J", generated_at = 1795694400, period_start = 1793491200,
    period_end = 1793664000, timezone = "UTC", overall_stats = tally.new(true):stats(),
    previous_stats = tally.new(true):stats(), previous_start = 1793318400,
    previous_end = 1793404800, provider_stats = {},
    model_stats = {}, trends = trends, top_tags = { { EVIL, 3 } }, insights = { EVIL },
    findings = {}, tests = 3 }
end

local function page_of(output, more)
  local page = { name = "mine", document = assert(document.check(output)), report = report(),
    about = EVIL, made = "vision 1" }
  for name, value in pairs(more or {}) do page[name] = value end
  return page
end

local function chart(kind, labels, ...)
  local series = {}
  for i, values in ipairs { ... } do series[i] = { name = EVIL .. i, values = values } end
  return { kind = kind, unit = "usd", labels = labels, series = series }
end

local LABELS = { "2026-11-01", "2026-11-02", EVIL }

local WHOLE = {
  title = EVIL, insights = { EVIL, "a claim (its evidence; a test, p = 0.01)" },
  figures = { { label = EVIL, value = 12345.5, before = 3, unit = "usd" }, { label = "none" } },
  sections = {
    { title = EVIL, text = EVIL, columns = { EVIL, { EVIL, "usd" } },
      rows = { { EVIL, 1.5 }, { "=1+1", false }, { "x", -0.25 } } },
    { title = "columns", chart = chart("columns", LABELS, { 1, false, 3 }, { 2, 0, 1 }) },
    { title = "line", chart = chart("line", LABELS, { 1, false, 3 }, { false, false, false }) },
    { title = "bars", chart = chart("bars", LABELS, { 1, false, 3 }, { 0, 2, 1 }) },
    { title = "nothing", chart = chart("bars", {}, {}), columns = { "a" } },
    { title = "all zero", chart = chart("columns", LABELS, { 0, 0, false }) },
  },
}

local VOID = { meta = true }

-- Goes over all tags: what is opened is closed, in order. Gives how often each was there.
local function check_markup(text)
  local open, seen = {}, {}
  local body = text:gsub("^<!DOCTYPE html>", ""):gsub("<style>.-</style>", "")
  for slash, name, rest in body:gmatch "<(/?)([%a][%w]*)([^<>]*)>" do
    if slash == "/" then
      assert.equal(table.remove(open), name)
    elseif rest:sub(-1) ~= "/" and not VOID[name] then
      open[#open + 1] = name
    end
    seen[name] = (seen[name] or 0) + (slash == "" and 1 or 0)
  end
  assert.same({}, open)
  assert.is_nil(body:gsub("<[^<>]*>", ""):find "[<>]")
  return seen
end

describe("a report as HTML", function()
  local text = render("html", page_of(WHOLE, { compared = "Compared." }))
  local seen = check_markup(text)

  it("is one page that needs nothing else, and runs nothing", function()
    assert.is_nil(seen.script)
    for _, word in ipairs { "http://", "https://", " src=", " href=", "@import", "%(//" } do
      assert.is_nil(text:find(word), word)
    end
    assert.truthy(text:find("default-src 'none'", 1, true))
    assert.is_nil(text:find "alert%(1%)</script>")
    assert.truthy(text:find("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;", 1, true))
    assert.is_nil(text:find "\27")
    assert.is_nil(text:find "nan")
    assert.is_nil(text:find "inf[^o]")
  end)

  it("has words and a table for each chart, and fills that need no colour", function()
    assert.equal(3, seen.figure)
    assert.equal(3, seen.details)
    assert.equal(6, select(2, text:gsub('role="img"', "")))
    assert.equal(6, seen.desc)
    for id in text:gmatch 'aria%-labelledby="(%w+) %w+"' do
      assert.equal(1, select(2, text:gsub('id="' .. id .. '"', "")))
    end
    assert.equal(2, seen.pattern)
    for fill in text:gmatch "url%(#(%w+)%)" do
      assert.truthy(text:find('id="' .. fill .. '"', 1, true), fill)
    end
    assert.truthy(text:find("stroke-dasharray", 1, true))
    assert.equal(1, select(2, text:gsub("Nothing to draw%.", "")))
    assert.equal(1, select(2, text:gsub("All values are 0%.", "")))
    assert.equal(1, select(2, text:gsub("Nothing to list%.", "")))
  end)

  it("has heads of columns and rows, numbers to the right, and looks for day, night and paper",
    function()
      assert.truthy(text:find('<th scope="col" class="number">', 1, true))
      assert.truthy(text:find('<th scope="row">', 1, true))
      assert.truthy(text:find('<td class="number">$1.50</td>', 1, true))
      assert.truthy(text:find('<td class="number">−$0.25</td>', 1, true))
      assert.truthy(text:find('<td class="number none">n/a</td>', 1, true))
      assert.truthy(text:find("<dd>$12,345.50</dd><dd class=\"before\">before $3.00</dd>", 1, true))
      assert.truthy(text:find("a claim<small>its evidence; a test, p\194\160=\194\1600.01</small>",
        1, true))
      for _, media in ipairs { "prefers-color-scheme: dark", "@media print", "max-width: 600px" } do
        assert.truthy(text:find(media, 1, true), media)
      end
    end)

  it("says why it is empty, in place of empty charts", function()
    local empty = render("html", page_of(WHOLE, { empty = "Nothing " .. EVIL }))
    local tags = check_markup(empty)
    assert.is_nil(tags.figure)
    assert.truthy(empty:find('<p class="empty">Nothing &lt;script', 1, true))
  end)

  it("is drawn whatever the number of series and labels", function()
    for _, kind in ipairs { "columns", "line", "bars" } do
      for _, count in ipairs { 1, 2, 24 } do
        local labels, lists = {}, {}
        for i = 1, kind == "bars" and 12 or 400 do labels[i] = ("label %d"):format(i) end
        for series = 1, count do
          lists[series] = {}
          for i = 1, #labels do lists[series][i] = i % 7 ~= 0 and (i * series) % 11 * 1e-4 end
        end
        local drawn = render("html", page_of { title = "", sections = { { title = "x",
          chart = chart(kind, labels, (table.unpack or unpack)(lists)) } } })
        check_markup(drawn)
        assert.is_nil(drawn:find "nan")
      end
    end
    for _, value in ipairs { 1e-12, 1e12, 1 } do
      check_markup(render("html", page_of { title = "", sections = { { title = "x",
        chart = chart("line", { "a" }, { value }) } } }))
    end
  end)
end)

describe("a report as", function()
  it("Markdown is text and tables, and nothing else", function()
    local text = render("markdown", page_of(WHOLE))
    assert.is_nil(text:find "[^\\]<")
    assert.is_nil(text:find "\27")
    local cell = "\\<script\\>alert(1)\\</script\\>\"'\\&\\|\\`\\*\\_= \\[31m"
    assert.truthy(text:find(("\n| %s | $1.50 |"):format(cell), 1, true))
    for line in text:gmatch "[^\n]+" do
      if line:sub(1, 1) == "|" then assert.equal("|", line:sub(-1)) end
    end
    assert.truthy(text:find("| 2026-11-02 | n/a | $0.00 |", 1, true))
    assert.truthy(text:find("- none: **n/a**\n", 1, true))
    assert.truthy(text:find("Nothing to list.", 1, true))
    assert.truthy(render("markdown", page_of(WHOLE, { empty = "Nothing." })):find("\nNothing.\n", 1,
      true))
  end)

  it("JSON has the fields of AnalyticsReport, null where nothing is known", function()
    local text = render("json", page_of(WHOLE))
    assert.truthy(text:find('"success_rate":null', 1, true))
    assert.truthy(text:find('"success_rate_trend":[0.98833333333333', 1, true))
    assert.truthy(text:find(',null]', 1, true))
    assert.truthy(text:find('"findings":[]', 1, true))
    local value = assert(json.decode(text))
    assert.equal("2026-11-26T12:00:00.000Z", value.report.generated_at)
    assert.same({ EVIL, 3 }, value.report.top_tags[1])
    assert.equal(EVIL, value.document.title)
    assert.equal(1.5, value.document.sections[1].rows[1][2])
    assert.equal("mine", value.name)
    for _, name in ipairs { "report_id", "generated_at", "period_start", "period_end",
      "provider_stats", "overall_stats", "trends", "top_tags", "insights" } do
      assert.is_not_nil(value.report[name], name)
    end
  end)

  it("CSV has plain numbers, and no formula", function()
    local text = render("csv", page_of(WHOLE))
    assert.truthy(text:find("\r\n'=1+1,\r\n", 1, true))
    assert.truthy(text:find("\r\nx,-0.25\r\n", 1, true))
    assert.truthy(text:find('\r\n"<script>alert(1)</script>""\'&|`*_=\n\27[31m",1.5\r\n', 1, true))
    assert.truthy(text:find("\r\n2026-11-02,,0\r\n", 1, true))
  end)
end)

describe("an axis", function()
  it("has round ticks around all values", function()
    assert.same({ 0, 20, 40, 60 }, scale.ticks(0, 59, 4))
    assert.same({ 0, 1 }, scale.ticks(0, 0.7, 4, 1))
    assert.same({ 0, 1 }, scale.ticks(0, 0, 4))
    for greatest = 0.013, 5000, 37.77 do
      local ticks = scale.ticks(0, greatest, 4)
      assert.is_true(ticks[#ticks] >= greatest * (1 - 1e-9) and #ticks >= 2 and #ticks <= 7)
    end
    local shares = scale.ticks(0.985, 0.997, 4)
    assert.is_true(shares[1] <= 0.985 and shares[#shares] >= 0.997)
  end)

  it("writes as many labels as there is room for, in steps that people count in", function()
    local labels = {}
    for day = 1, 30 do labels[day] = ("2026-11-%02d"):format(day) end
    local function texts(room)
      local list = {}
      for _, label in ipairs(scale.labels(labels, room, function(text) return #text * 6 end)) do
        list[#list + 1] = label.text
      end
      return table.concat(list, ", ")
    end
    assert.equal("1 Nov, 8 Nov, 15 Nov, 22 Nov, 29 Nov", texts(300))
    assert.equal("1 Nov, 15 Nov, 29 Nov", texts(120))
    assert.equal(30, #scale.labels(labels, 2000, function(text) return #text * 6 end))
    local hours = {}
    for hour = 0, 47 do
      hours[hour + 1] = ("2026-11-%02d %02d:00"):format(25 + math.floor((hour + 20) / 24),
        (hour + 20) % 24)
    end
    local shown = scale.labels(hours, 300, function(text) return #text * 6 end)
    assert.equal("26 Nov", shown[1].text)
    assert.same({ { "2026-W48", "W48" }, { "2026-11", "Nov 2026" }, { "x", "x" } },
      { { "2026-W48", (scale.short "2026-W48") }, { "2026-11", (scale.short "2026-11") },
        { "x", (scale.short "x") } })
  end)

  it("is told in words with dates that say what they have in common once", function()
    local zone = assert(time_zone.open "UTC")
    local day = 86400
    local from = 1795651200 -- 2026-11-26
    assert.equal("26 Nov 2026", dates.span(zone, from, from + day))
    assert.equal("26 – 28 Nov 2026", dates.span(zone, from, from + 3 * day))
    assert.equal("26 Nov – 5 Dec 2026", dates.span(zone, from, from + 10 * day))
    assert.equal("26 Nov 2026 – 4 Jan 2027", dates.span(zone, from, from + 40 * day))
    assert.equal("26 Nov 2026, 13:05", dates.moment(zone, from + 13 * 3600 + 359))
  end)
end)

describe("numbers at the ends of what can be counted", function()
  local function one_chart(kind, unit, values)
    local labels = {}
    for i = 1, #values do labels[i] = "l" .. i end
    return { title = "t", figures = { { label = "f", value = values[1], unit = unit } },
      sections = { { title = "s", columns = { "n", { "v", unit } }, rows = { { "x", values[1] } },
        chart = { kind = kind, unit = unit, labels = labels,
          series = { { name = "a", values = values }, { name = "b", values = values } } } } } }
  end

  it("are drawn in each form, and none of them for ever", function()
    local terminal = require("vision.cli.terminal").NONE
    for _, values in ipairs { { 0, 0 }, { -1, -2 }, { 1e15, -1e15 }, { 1e15, 1e15 - 1 },
      { 1e15, 1e15 - 0.125 }, { 5e-324, 1e-323 }, { 1e-300, 1 }, { false, 1 }, { 0.1, 0.1 } } do
      local least = math.min(values[1] or 0, values[2])
      for _, kind in ipairs(least < 0 and { "line" } or document.CHARTS) do
        for _, unit in ipairs(document.UNITS) do
          local page = page_of(one_chart(kind, unit, values))
          for _, form in ipairs { "html", "markdown", "csv", "json" } do render(form, page) end
          require("vision.cli.report_output").render(page, terminal)
        end
      end
    end
    assert.same({ 0, 5e14, 1e15 }, scale.ticks(0, 1e15, 2))
    assert.same({ 0, 0.5, 1 }, scale.ticks(0.2, 1, 2, nil, 1))
    for _, tick in ipairs(scale.ticks(1, 1, 4, nil, 1)) do assert.is_true(tick <= 1) end
    assert.is_true(#scale.ticks(1e15, 1e15 + 0.125, 4) <= 6)
  end)

  it("are refused beyond them, as is whatever else is no report", function()
    for _, wrong in ipairs { 5, {}, { title = 5 }, { title = "x", sections = 5 },
      { title = "x", sections = { 5 } }, { title = "x", sections = {}, ["a\0b"] = 1 },
      { title = "x", sections = { { title = "s", chart = { kind = "a\0b" } } } },
      one_chart("line", "usd", { 1e16 }), one_chart("line", "usd", { -1e300 }),
      one_chart("line", "usd", { 1 / 0 }), one_chart("line", "usd", { 0 / 0 }) } do
      local made, why = document.check(wrong)
      assert.is_nil(made)
      assert.is_string(why)
    end
  end)
end)
