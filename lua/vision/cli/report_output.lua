-- SPDX-License-Identifier: MIT
-- A report for a terminal: its figures, sentences, tables, and charts made of block characters.

local charts = require "vision.report.render.charts"
local format = require "vision.report.format"
local output = require "vision.cli.output"
local scale = require "vision.report.render.scale"
local text = require "vision.cli.text"

local report_output = {}

local ROWS = 8        -- of a chart, about
local COLUMN_MOST = 5 -- characters of a column, with the gap behind it
local BLOCKS = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }
local PARTS = { "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█" } -- of a bar
local DAYS = "^%d%d%d%d%-"

local function left_pad(line, width)
  return (" "):rep(width - text.width(line)) .. line
end

-- ---- tables ----

local function widest(list)
  local width = 0
  for _, line in ipairs(list) do width = math.max(width, text.width(line)) end
  return width
end

local function column_texts(column, values)
  local texts = format.column(values, column.unit)
  for i, line in ipairs(texts) do texts[i] = text.clean(line) end
  table.insert(texts, 1, text.clean(column.name))
  if column.unit == "text" then return texts end
  local width = widest(texts)
  for i, line in ipairs(texts) do texts[i] = left_pad(line, width) end
  return texts
end

-- Where there is no room side by side: each row as lines of names and values.
local function add_stacked(page, rows)
  for i = 2, #rows do
    for column, line in ipairs(rows[i]) do
      line = line:match "^%s*(.*)$"
      local name = column > 1 and ("    %s: "):format((rows[1][column]:match "^%s*(.*)$")) or "  "
      page:add(text.cut(name .. line, page.terminal.width))
    end
  end
end

local function add_table(page, section)
  if #section.columns == 0 then return end
  if #section.rows == 0 then return page:add "  Nothing to list." end
  local rows = {}
  for i, column in ipairs(section.columns) do
    local values = {}
    for row, cells in ipairs(section.rows) do values[row] = cells[i] end
    for row, line in ipairs(column_texts(column, values)) do
      rows[row] = rows[row] or {}
      rows[row][i] = line
    end
  end
  local room = page.terminal.is_terminal and page.terminal.width - 2 or math.huge
  local lines = text.columns(rows, room, 1, text.cut_middle)
  if widest(lines) > room then return add_stacked(page, rows) end
  for _, line in ipairs(lines) do page:add("  " .. line) end
end

-- ---- charts over time ----

local ADDED = { count = true, usd = true }

-- So many neighbours become one that all have room: what is counted is added up, else averaged.
local function merged(values, group, unit)
  local list = {}
  for first = 1, #values, group do
    local sum, known = 0, 0
    for i = first, math.min(#values, first + group - 1) do
      if values[i] then sum, known = sum + values[i], known + 1 end
    end
    list[#list + 1] = known > 0 and (ADDED[unit] and sum or sum / known)
  end
  return list
end

local function totals(chart)
  local list = {}
  for i = 1, #chart.labels do
    list[i] = 0
    for _, series in ipairs(chart.series) do list[i] = list[i] + (series.values[i] or 0) end
  end
  return list
end

-- What a column shows in a row; `height` is its own, in rows.
local function cell(value, height, row, width)
  local eighths = math.floor(height * 8 + 0.5) - (row - 1) * 8
  if value > 0 and row == 1 then eighths = math.max(1, eighths) end
  local bar = width > 1 and width - 1 or 1
  local mark = eighths <= 0 and " " or BLOCKS[math.min(8, eighths)]
  return mark:rep(bar) .. (" "):rep(width - bar)
end

-- The ticks of an axis by their rows: as many rows a step as make about ROWS.
local function axis_of(greatest, unit)
  local ticks = scale.ticks(0, greatest, 3, unit == "count" and 1 or nil)
  local texts, marks = format.ticks(ticks, unit), {}
  local each = math.max(1, math.floor(ROWS / (#ticks - 1) + 0.5))
  for i, tick_text in ipairs(texts) do marks[(i - 1) * each] = tick_text end
  return { marks = marks, rows = (#ticks - 1) * each, top = ticks[#ticks], margin = widest(texts) }
end

local function label_line(labels, group, width)
  local kept, line = {}, ""
  for i = 1, #labels, group do kept[#kept + 1] = labels[i] end
  local shown = scale.labels(kept, #kept * width, function(label) return text.width(label) + 2 end)
  for _, label in ipairs(shown) do
    local at = (label.at - 1) * width
    if at >= text.width(line) then
      line = text.pad(line, at) .. text.clean(label.text)
    end
  end
  return line
end

local function chart_row(axis, values, row, width)
  local cells, mark = {}, axis.marks[row]
  for i, value in ipairs(values) do
    cells[i] = cell(value or 0, (value or 0) / axis.top * axis.rows, row, width)
  end
  local line = ("  %s %s %s"):format(left_pad(mark or "", axis.margin), mark and "┤" or "│",
    table.concat(cells))
  return (line:gsub("%s+$", ""))
end

local function add_columns(page, chart)
  local room = page.terminal.width - 14
  local group = math.ceil(#chart.labels / room)
  local values = merged(totals(chart), group, chart.unit)
  local width = math.max(1, math.min(COLUMN_MOST, math.floor(room / #values)))
  local _, greatest = scale.range { values }
  local axis = axis_of(greatest, chart.unit)
  for row = axis.rows, 1, -1 do page:add(chart_row(axis, values, row, width)) end
  local indent = (" "):rep(axis.margin + 5)
  page:add(("  %s └%s"):format(left_pad(axis.marks[0], axis.margin), ("─"):rep(#values * width)))
  page:add(indent .. label_line(chart.labels, group, width))
  if group > 1 then page:add(indent .. ("%d to a column"):format(group)) end
end

-- A line of blocks between two values; where all are alike, at half its height.
local function spark(values, low, high)
  local marks = {}
  for i, value in ipairs(values) do
    local share = value and (high > low and (value - low) / (high - low) or 0.5)
    marks[i] = share and BLOCKS[math.floor(share * 7 + 0.5) + 1] or " "
  end
  return table.concat(marks)
end

-- The same of what is counted, from 0; nothing is blank.
local function spark_of_counts(values, high)
  local counted = {}
  for i, value in ipairs(values) do counted[i] = value and value > 0 and value or false end
  return spark(counted, 0, high)
end

-- What a block of a line stands for, where that is several units of time.
local function add_group(page, indent, group, unit)
  if group < 2 then return end
  page:add(("  %s  %d to a column%s"):format((" "):rep(indent), group,
    ADDED[unit] and "" or ", averaged"))
end

local function sum_of(values)
  local sum = 0
  for _, value in ipairs(values) do sum = sum + (value or 0) end
  return sum
end

-- Each series of a stack on a line of its own, all of them to one scale.
local function add_sparks(page, chart)
  local names, sums, lists = {}, {}, {}
  local group = math.ceil(#chart.labels / math.max(8, page.terminal.width - 40))
  for i, series in ipairs(chart.series) do
    names[i], sums[i] = text.cut_middle(text.clean(series.name), 20), sum_of(series.values)
    lists[i] = merged(series.values, group, chart.unit)
  end
  local width, texts = widest(names), format.column(sums, chart.unit)
  local _, high = scale.range(lists)
  for i, values in ipairs(lists) do
    page:add(("  %s  %s  %s"):format(text.pad(names[i], width), spark_of_counts(values, high),
      texts[i]))
  end
  add_group(page, width, group, chart.unit)
end

local function add_lines(page, chart)
  local group, names = math.ceil(#chart.labels / math.max(8, page.terminal.width - 48)), {}
  for i, series in ipairs(chart.series) do
    names[i] = text.cut_middle(text.clean(series.name), 16)
  end
  for i, series in ipairs(chart.series) do
    local values = merged(series.values, group, chart.unit)
    local low, high = scale.range { values }
    if low then
      local ends = format.column({ low, high }, chart.unit)
      page:add(("  %s  %s  %s to %s"):format(text.pad(names[i], widest(names)),
        spark(values, low, high), ends[1], ends[2]))
    end
  end
  local first, last = chart.labels[1], chart.labels[#chart.labels]
  if first:find(DAYS) then
    page:add(("  %s  %s to %s"):format(text.pad("", widest(names)), first, last))
  end
  add_group(page, widest(names), group, chart.unit)
end

-- ---- bars ----

local function bar(length)
  local whole = math.floor(length)
  local rest = math.floor((length - whole) * 8)
  return ("█"):rep(whole) .. (rest > 0 and PARTS[rest] or whole == 0 and "▏" or "")
end

local function add_bars(page, chart)
  local names, values = {}, {}
  local several = #chart.series > 1
  for i, label in ipairs(chart.labels) do
    for _, series in ipairs(chart.series) do
      local name = several and label .. ", " .. series.name or label
      names[#names + 1] = text.cut_middle(text.clean(name), 34)
      values[#values + 1] = series.values[i]
    end
  end
  local texts, width = format.column(values, chart.unit), widest(names)
  local _, greatest = scale.range { values }
  local room = math.max(8, math.min(50, page.terminal.width - width - widest(texts) - 6))
  for i, name in ipairs(names) do
    local length = math.max(0, values[i] or 0) / greatest * room
    page:add(("  %s  %s %s"):format(left_pad(name, width), bar(length), texts[i]))
  end
end

local function add_chart(page, chart)
  if not chart then return end
  if not charts.has_values(chart) then return page:add("  " .. charts.nothing(chart)) end
  if chart.kind == "bars" then return add_bars(page, chart) end
  if chart.kind == "line" then return add_lines(page, chart) end
  add_columns(page, chart)
  if #chart.series > 1 then
    page:add()
    add_sparks(page, chart)
  end
end

-- ---- the page ----

-- Side by side, or below each other where there is no room.
local function add_figures(page, figures)
  local rows = { {}, {}, {} }
  for i, figure in ipairs(figures) do
    local value, before = format.figure(figure)
    rows[1][i], rows[2][i] = text.clean(figure.label), value
    rows[3][i] = before and "before " .. before or ""
  end
  local lines = text.columns(rows, math.huge)
  if #figures > 0 then page:add() end
  if widest(lines) <= page.terminal.width - 2 then
    for i, line in ipairs(lines) do
      if line ~= "" then page:add("  " .. page:paint(i == 2 and "bold" or "dim", line)) end
    end
    return
  end
  for i = 1, #figures do
    page:add(("  %s: %s  %s"):format(rows[1][i], rows[2][i], rows[3][i]))
  end
end

local function add_insights(page, shown)
  if #shown.document.insights == 0 then return end
  page:heading "What stands out"
  for _, sentence in ipairs(shown.document.insights) do
    page:paragraph(format.unbroken(sentence), "  - ")
  end
  if shown.compared then page:paragraph(format.unbroken(shown.compared), "  ") end
end

--- A report as text.
---@param shown vision.report.Page
---@param terminal vision.cli.Terminal
---@return string
function report_output.render(shown, terminal)
  local page = output.page(terminal)
  page:add(page:paint("bold", text.clean(shown.document.title)))
  page:add(page:paint("dim", text.clean(shown.about)))
  if shown.empty then
    page:add()
    page:paragraph(shown.empty, "")
    return page:text()
  end
  add_figures(page, shown.document.figures)
  add_insights(page, shown)
  for _, section in ipairs(shown.document.sections) do
    page:heading(text.clean(section.title))
    if section.text then page:paragraph(section.text, "  ") end
    add_chart(page, section.chart)
    if section.chart and #section.columns > 0 then page:add() end
    add_table(page, section)
  end
  return page:text()
end

return report_output
