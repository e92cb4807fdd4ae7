-- SPDX-License-Identifier: MIT
-- The tables of a report as CSV (RFC 4180), those behind charts too: a line with its title before
-- each, an empty line between. Values are plain: 0.5 is half of what is asked for, not "50 %".

local charts = require "vision.report.render.charts"
local text_of = require "vision.base.csv"

local csv = {}

-- Without an exponent: "-1e-07" would be no plain number to those who guard against formulas.
local function plain(value)
  if value == false then return "" end
  if type(value) ~= "number" then return value end
  return value % 1 == 0 and ("%.0f"):format(value) or (("%.9f"):format(value):gsub("0+$", ""))
end

local function row(values)
  local cells = {}
  for i, value in ipairs(values) do cells[i] = plain(value) end
  return text_of.row(cells)
end

local function add_table(lines, title, names, rows)
  if #lines > 0 then lines[#lines + 1] = text_of.row {} end
  lines[#lines + 1], lines[#lines + 2] = row { title }, row(names)
  for _, values in ipairs(rows) do lines[#lines + 1] = row(values) end
end

-- "Average time (ms)": a plain number says nothing of what it counts.
local function names_of(columns)
  local names = {}
  for i, column in ipairs(columns) do
    local is_plain = column.unit == "text" or column.unit == "count" or column.unit == "number"
    names[i] = is_plain and column.name or ("%s (%s)"):format(column.name, column.unit)
  end
  return names
end

local function add_chart(lines, section)
  local columns, rows = charts.table_of(section.chart)
  add_table(lines, section.title, names_of(columns), rows)
end

local function add_figures(lines, document)
  local rows = {}
  for i, figure in ipairs(document.figures) do
    rows[i] = { figure.label, figure.value, figure.before or false, figure.unit }
  end
  if #rows > 0 then
    add_table(lines, document.title, { "figure", "value", "before", "unit" }, rows)
  end
end

--- A report as CSV.
---@param page vision.report.Page
---@return string
function csv.render(page)
  local lines = {}
  add_figures(lines, page.document)
  for _, section in ipairs(page.document.sections) do
    if section.chart then add_chart(lines, section) end
    if #section.columns > 0 then
      add_table(lines, section.title, names_of(section.columns), section.rows)
    end
  end
  return table.concat(lines)
end

return csv
