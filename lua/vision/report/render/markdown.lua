-- SPDX-License-Identifier: MIT
-- A report as Markdown: tables as GitHub's, charts as the tables behind them.

local charts = require "vision.report.render.charts"
local format = require "vision.report.format"

local markdown = {}

-- Text that is nothing but text: one line, no mark-up, no HTML.
local function escape(text)
  return (text:gsub("[%c\127]+", " "):gsub("[\\`*_%[%]<>#|~&]", "\\%0"))
end

local function cells_line(cells)
  return "| " .. table.concat(cells, " | ") .. " |"
end

local function add_table(lines, columns, rows)
  local names, marks, cells = {}, {}, {}
  for i, column in ipairs(columns) do
    names[i], marks[i] = escape(column.name), column.unit == "text" and "---" or "---:"
    local values = {}
    for row, values_of in ipairs(rows) do values[row] = values_of[i] end
    cells[i] = format.column(values, column.unit)
  end
  lines[#lines + 1], lines[#lines + 2] = cells_line(names), cells_line(marks)
  for row = 1, #rows do
    local line = {}
    for i = 1, #columns do line[i] = escape(cells[i][row]) end
    lines[#lines + 1] = cells_line(line)
  end
  lines[#lines + 1] = ""
end

local function add(lines, ...)
  for _, line in ipairs { ... } do lines[#lines + 1] = line end
  lines[#lines + 1] = ""
end

local function add_chart(lines, chart)
  if not charts.has_values(chart) then return add(lines, charts.nothing(chart)) end
  add_table(lines, charts.table_of(chart))
end

local function add_section(lines, section)
  add(lines, "## " .. escape(section.title))
  if section.text then add(lines, escape(section.text)) end
  if section.chart then add_chart(lines, section.chart) end
  if #section.columns > 0 then
    if #section.rows == 0 then return add(lines, "Nothing to list.") end
    add_table(lines, section.columns, section.rows)
  end
end

local function add_figures(lines, figures)
  for _, figure in ipairs(figures) do
    local value, before = format.figure(figure)
    lines[#lines + 1] = ("- %s: **%s**%s"):format(escape(figure.label), escape(value),
      before and ", before " .. escape(before) or "")
  end
  if #figures > 0 then lines[#lines + 1] = "" end
end

local function add_insights(lines, page)
  if #page.document.insights == 0 then return end
  add(lines, "## What stands out")
  for _, sentence in ipairs(page.document.insights) do
    lines[#lines + 1] = "- " .. escape(sentence)
  end
  lines[#lines + 1] = ""
  if page.compared then add(lines, escape(page.compared)) end
end

--- A report as Markdown.
---@param page vision.report.Page
---@return string
function markdown.render(page)
  local lines = {}
  add(lines, "# " .. escape(page.document.title))
  add(lines, escape(page.about))
  if page.empty then
    add(lines, escape(page.empty))
  else
    add_figures(lines, page.document.figures)
    add_insights(lines, page)
    for _, section in ipairs(page.document.sections) do add_section(lines, section) end
  end
  lines[#lines + 1] = escape(page.made)
  return table.concat(lines, "\n") .. "\n"
end

return markdown
