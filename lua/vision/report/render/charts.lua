-- SPDX-License-Identifier: MIT
-- Charts as inline SVG: columns over time, lines over time, bars side by side. Each says in words
-- what it shows, for those who do not see it.

local format = require "vision.report.format"
local scale = require "vision.report.render.scale"
local svg = require "vision.report.render.svg"

local charts = {}

local HEIGHT = 230

local function values_of(chart)
  local lists = {}
  for i, series in ipairs(chart.series) do lists[i] = series.values end
  return lists
end

-- ---- columns ----

local function totals(chart)
  local list = {}
  for i = 1, #chart.labels do
    local sum = 0
    for _, series in ipairs(chart.series) do sum = sum + (series.values[i] or 0) end
    list[i] = sum
  end
  return list
end

local function column(chart, plot, at, x, width)
  local marks, below = {}, 0
  for series, one in ipairs(chart.series) do
    local value = one.values[at] or 0
    if value > 0 then
      local top = plot.y(below + value)
      marks[#marks + 1] = svg.bar(series, x, top, width, plot.y(below) - top)
      below = below + value
    end
  end
  return table.concat(marks)
end

-- The highest column says its value.
local function peak(plot, list, step, unit)
  local at = 1
  for i, value in ipairs(list) do
    if value > list[at] then at = i end
  end
  local text = format.value(list[at], unit)
  local half = svg.width(text) / 2
  local x = math.max(plot.left + half, math.min(plot.right - half, plot.left + (at - 0.5) * step))
  return svg.text(x, plot.y(list[at]) - 5, "middle", text, "value")
end

local function draw_columns(chart, width)
  local list = totals(chart)
  local _, greatest = scale.range { list }
  local plot, axis = svg.plot(chart, width, HEIGHT, 0, greatest)
  local step = (plot.right - plot.left) / #list
  local thick = math.min(48, step * 0.78)
  local marks = { axis }
  for i = 1, #list do
    local x = plot.left + (i - 0.5) * step - thick / 2
    marks[#marks + 1] = column(chart, plot, i, x, thick)
  end
  marks[#marks + 1] = peak(plot, list, step, chart.unit)
  marks[#marks + 1] = svg.below(plot, chart.labels)
  return table.concat(marks), HEIGHT
end

-- ---- lines ----

-- The points of a series as one path; where a value is not known it is broken.
local function path(values, x, y)
  local parts, pen = {}, "M"
  for i, value in ipairs(values) do
    if value then
      parts[#parts + 1] = ("%s%.1f,%.1f"):format(pen, x(i), y(value))
      pen = "L"
    else
      pen = "M"
    end
  end
  return table.concat(parts)
end

local function last_known(values)
  for i = #values, 1, -1 do
    if values[i] then return i end
  end
end

-- Points that a line does not show: those without neighbours, and the last.
local function dots(values, series, x, y)
  local marks, last = {}, last_known(values)
  for i, value in ipairs(values) do
    if value and (i == last or not values[i - 1] and not values[i + 1]) then
      marks[#marks + 1] = svg.element("circle", { "cx", x(i), "cy", y(value), "r", 3,
        "class", "s" .. svg.colour(series) })
    end
  end
  return table.concat(marks)
end

-- The value at the end of each line, with its name where there are several: on the side from which
-- the line does not come.
local function end_labels(chart, plot, x)
  local marks, taken, y = {}, {}, plot.y
  for _, series in ipairs(chart.series) do
    local values, last = series.values, last_known(series.values)
    if last then
      local falls = (values[last - 1] or values[last]) > values[last]
      local at = y(values[last])
      at = at + (falls and at + 17 <= plot.bottom and 17 or -8) -- not on the words below
      for _, other in ipairs(taken) do
        if math.abs(other - at) < 13 then at = other + 13 end
      end
      taken[#taken + 1] = at
      local text = format.value(values[last], chart.unit)
      if #chart.series > 1 then text = series.name .. ": " .. text end
      marks[#marks + 1] = svg.text(x(last) + 3, at, "end", text, "value")
    end
  end
  return table.concat(marks)
end

-- A share or a time is read by its changes: its axis need not begin at 0.
local function lower_end(least, greatest)
  if least < 0 then return least end
  return least > 3 * (greatest - least) and least or 0
end

local function draw_line(chart, width)
  local least, greatest = scale.range(values_of(chart))
  local plot, axis = svg.plot(chart, width, HEIGHT, lower_end(least, greatest), greatest)
  local step = (plot.right - plot.left) / #chart.labels
  local function x(i) return plot.left + (i - 0.5) * step end
  local marks = { axis }
  for series, one in ipairs(chart.series) do
    marks[#marks + 1] = svg.element("path", { "d", path(one.values, x, plot.y),
      "class", svg.stroke(series) })
    marks[#marks + 1] = dots(one.values, series, x, plot.y)
  end
  marks[#marks + 1] = end_labels(chart, plot, x)
  marks[#marks + 1] = svg.below(plot, chart.labels)
  return table.concat(marks), HEIGHT
end

-- ---- bars ----

local BAR, GAP = 17, 11

-- A name that has room.
local function cut(text, room)
  if svg.width(text) <= room then return text end
  local kept = ""
  for character in text:gmatch "[%z\1-\127\194-\244][\128-\191]*" do
    if svg.width(kept .. character .. "…") > room then break end
    kept = kept .. character
  end
  return kept .. "…"
end

local function columns_of(chart)
  local texts, widest = {}, 0
  for i, series in ipairs(chart.series) do
    texts[i] = format.column(series.values, chart.unit)
    for _, text in ipairs(texts[i]) do widest = math.max(widest, svg.width(text)) end
  end
  return texts, widest
end

local function draw_bars(chart, width)
  local texts, widest = columns_of(chart)
  local name = 0
  for _, label in ipairs(chart.labels) do name = math.max(name, svg.width(label)) end
  name = math.min(name, width * 0.35)
  local left = name + 12
  local _, greatest = scale.range(values_of(chart))
  local room = width - left - widest - 12
  local marks, y = {}, 4
  local block = #chart.series * (BAR + 3) - 3
  for i, label in ipairs(chart.labels) do
    marks[#marks + 1] = svg.text(name, y + block / 2 + 4, "end", cut(label, name), "label")
    for series, one in ipairs(chart.series) do
      local length = greatest > 0 and math.max(0, one.values[i] or 0) / greatest * room or 0
      marks[#marks + 1] = svg.bar(series, left, y, math.max(length, 1), BAR)
      marks[#marks + 1] = svg.text(left + length + 7, y + BAR / 2 + 4, "start", texts[series][i],
        "value")
      y = y + BAR + 3
    end
    y = y + GAP
  end
  marks[#marks + 1] = svg.line(left, 0, left, y - GAP, "base")
  return table.concat(marks), y - GAP + 4
end

-- ---- in words ----

local KINDS = { columns = "Columns", line = "Line", bars = "Bars" }

local function extremes(chart, values)
  local low, high
  for i, value in ipairs(values) do
    if value and (not low or value < values[low]) then low = i end
    if value and (not high or value > values[high]) then high = i end
  end
  if not high then return "no value is known" end
  local function said(i)
    return ("%s (%s)"):format(format.value(values[i], chart.unit), chart.labels[i])
  end
  return ("least %s, most %s"):format(said(low), said(high))
end

--- What a chart shows, in a sentence.
---@param chart vision.report.Chart
---@return string
function charts.describe(chart)
  local parts = {}
  for i, series in ipairs(chart.series) do
    parts[i] = series.name .. ": " .. extremes(chart, series.values)
  end
  return ("%s, %d values each. %s."):format(KINDS[chart.kind], #chart.labels,
    table.concat(parts, "; "))
end

--- What is said in place of a chart that has nothing to draw.
---@param chart vision.report.Chart
---@return string
function charts.nothing(chart)
  return scale.range(values_of(chart)) and "All values are 0." or "Nothing to draw."
end

--- Whether there is anything to draw.
---@param chart vision.report.Chart
---@return boolean
function charts.has_values(chart)
  local least, greatest = scale.range(values_of(chart))
  return least ~= nil and (chart.kind == "line" or greatest > 0)
end

local DRAW = { columns = draw_columns, line = draw_line, bars = draw_bars }

--- A chart as an SVG element; it has values.
---@param chart vision.report.Chart
---@param id string    unique on the page
---@param width number pixels
---@param title string
---@return string
function charts.draw(chart, id, width, title)
  local marks, height = DRAW[chart.kind](chart, width)
  local words = svg.element("title", { "id", id .. "t" }, svg.escape(title))
    .. svg.element("desc", { "id", id .. "d" }, svg.escape(charts.describe(chart)))
  return svg.element("svg", { "viewBox", ("0 0 %d %d"):format(width, math.ceil(height)),
    "role", "img", "aria-labelledby", id .. "t " .. id .. "d" }, words .. marks)
end

--- What a chart shows, as a table: a row for each label, a column for each series.
---@param chart vision.report.Chart
---@return table[] columns  { name =, unit = } each
---@return any[][] rows
function charts.table_of(chart)
  local _, time = scale.short(chart.labels[1] or "")
  local columns, rows = { { name = time and "When" or "", unit = "text" } }, {}
  for i, series in ipairs(chart.series) do
    columns[i + 1] = { name = series.name, unit = chart.unit }
  end
  for i, label in ipairs(chart.labels) do
    rows[i] = { label }
    for j, series in ipairs(chart.series) do rows[i][j + 1] = series.values[i] end
  end
  return columns, rows
end

return charts
