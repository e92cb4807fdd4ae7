-- SPDX-License-Identifier: MIT
-- A report as one page that needs nothing else: no script, no font, no address. Charts are drawn
-- twice, for wide and for narrow windows, and each has its figures as a table behind it.

local charts = require "vision.report.render.charts"
local format = require "vision.report.format"
local style = require "vision.report.render.style"
local svg = require "vision.report.render.svg"

local html = {}

local escape = svg.escape
local WIDE, NARROW = 760, 360 -- pixels

local function tag(name, class, content)
  return ('<%s class="%s">%s</%s>'):format(name, class, content, name)
end

local function wrap(name, content)
  return ("<%s>%s</%s>"):format(name, content, name)
end

-- ---- tables ----

local function is_number(column)
  return column.unit ~= "text"
end

local function head(columns)
  local cells = {}
  for i, column in ipairs(columns) do
    cells[i] = ('<th scope="col"%s>%s</th>'):format(is_number(column) and ' class="number"' or "",
      (escape(column.name):gsub(" %%", "&nbsp;%%")))
  end
  return wrap("thead", wrap("tr", table.concat(cells)))
end

local function texts_of(columns, rows)
  local texts = {}
  for i, column in ipairs(columns) do
    local values = {}
    for row, cells in ipairs(rows) do values[row] = cells[i] end
    texts[i] = format.column(values, column.unit)
  end
  return texts
end

-- A name or a tag may have thousands of characters; JSON and CSV have all of it.
local LONGEST = 120

local function cut(text)
  if #text <= LONGEST then return text end
  local kept = text:sub(1, LONGEST):gsub("[\192-\255][\128-\191]*$", "")
  return kept .. "…"
end

local function body_cell(column, text, value, is_first)
  local classes = {}
  if is_number(column) then classes[1] = "number" end
  if value == false then classes[#classes + 1] = "none" end
  local attribute = #classes > 0 and (' class="%s"'):format(table.concat(classes, " ")) or ""
  local name = is_first and "th" or "td"
  return ("<%s%s%s>%s</%s>"):format(name, is_first and ' scope="row"' or "", attribute,
    escape(cut(text)), name)
end

local function data_table(columns, rows)
  local texts, lines = texts_of(columns, rows), {}
  for row, cells in ipairs(rows) do
    local marks = {}
    for i, column in ipairs(columns) do
      marks[i] = body_cell(column, texts[i][row], cells[i], i == 1)
    end
    lines[row] = wrap("tr", table.concat(marks))
  end
  return wrap("table", head(columns) .. wrap("tbody", table.concat(lines, "\n")))
end

local function section_table(section)
  if #section.columns == 0 then return "" end
  if #section.rows == 0 then return tag("p", "note", "Nothing to list.") end
  return ('<div class="table" tabindex="0" role="region" aria-label="%s">%s</div>'):format(
    escape(section.title), data_table(section.columns, section.rows))
end

-- ---- charts ----

local function swatch(chart, series)
  local mark
  if chart.kind == "line" then
    mark = svg.line(0, 6, 22, 6, svg.stroke(series))
  else
    mark = svg.bar(series, 0, 0, 22, 12)
  end
  return ('<svg viewBox="0 0 22 12" aria-hidden="true">%s</svg>'):format(mark)
end

local function legend(chart)
  if #chart.series < 2 then return "" end
  local items = {}
  for i, series in ipairs(chart.series) do
    items[i] = wrap("li", swatch(chart, i) .. escape(series.name))
  end
  return tag("ul", "legend", table.concat(items))
end

local function chart_table(chart)
  return "<details><summary>Figures</summary>" .. data_table(charts.table_of(chart)) .. "</details>"
end

local function chart_figure(section, number)
  local chart = section.chart
  if not chart then return "" end
  if not charts.has_values(chart) then return tag("p", "note", charts.nothing(chart)) end
  local id = "c" .. number
  return wrap("figure", legend(chart)
    .. tag("div", "wide", charts.draw(chart, id .. "w", WIDE, section.title))
    .. tag("div", "narrow", charts.draw(chart, id .. "n", NARROW, section.title)))
    .. chart_table(chart)
end

-- ---- the page ----

local function figures(list)
  if #list == 0 then return "" end
  local items = {}
  for i, figure in ipairs(list) do
    local value, before = format.figure(figure)
    items[i] = wrap("div", wrap("dt", escape(figure.label)) .. wrap("dd", escape(value))
      .. (before and tag("dd", "before", "before " .. escape(before)) or ""))
  end
  return tag("dl", "figures", table.concat(items))
end

-- The claim, and in small letters what supports it.
local function insight(text)
  text = format.unbroken(text)
  local claim, evidence = text:match "^(.-) %((.+)%)$"
  if not claim then return wrap("li", escape(text)) end
  return wrap("li", escape(claim) .. wrap("small", escape(evidence)))
end

local function insights(page)
  local list = page.document.insights
  if #list == 0 then return "" end
  local items = {}
  for i, text in ipairs(list) do items[i] = insight(text) end
  return wrap("h2", "What stands out") .. tag("ul", "insights", table.concat(items, "\n"))
    .. (page.compared and tag("p", "note", escape(format.unbroken(page.compared))) or "")
end

local function section_text(section, number)
  local text = section.text and wrap("p", escape(section.text)) or ""
  return wrap("section", wrap("h2", escape(section.title)) .. text
    .. chart_figure(section, number) .. section_table(section))
end

local function content(page)
  if page.empty then return tag("p", "empty", escape(page.empty)) end
  local parts = { figures(page.document.figures), insights(page) }
  for i, section in ipairs(page.document.sections) do
    parts[#parts + 1] = section_text(section, i)
  end
  return table.concat(parts, "\n")
end

local function most_series(page)
  local most = 0
  for _, section in ipairs(page.document.sections) do
    most = math.max(most, section.chart and #section.chart.series or 0)
  end
  return most
end

local HEAD = [[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>%s</title>
<style>
%s</style>
</head>
<body>
]]

--- A report as a page.
---@param page vision.report.Page
---@return string
function html.render(page)
  local title = escape(page.document.title)
  return HEAD:format(title, style) .. svg.fills(most_series(page))
    .. wrap("header", wrap("h1", title) .. tag("p", "about", escape(page.about)))
    .. "\n<main>\n" .. content(page) .. "\n</main>\n"
    .. wrap("footer", escape(page.made) .. " · report " .. escape(page.report.report_id))
    .. "\n</body>\n</html>\n"
end

return html
