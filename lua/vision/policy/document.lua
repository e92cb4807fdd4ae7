-- SPDX-License-Identifier: MIT
-- What a script of reports returns: a title, headline figures, sections of text, tables and
-- charts. It is checked here, field by field, and made whole, so that who shows it need not ask.

local options = require "vision.base.options"

local document = {}

--- What a figure, a column or a chart may be counted in.
document.UNITS = { "text", "count", "number", "usd", "share", "ms" }

--- How a chart shows its values: bars side by side with names, columns over time (of several series
--- stacked), lines over time.
document.CHARTS = { "bars", "columns", "line" }

local MAX = { sections = 100, figures = 12, insights = 100, columns = 40, rows = 10000,
  series = 100, labels = 10000 }

-- Thrown within a check, and caught by it: a fault ends it from any depth.
local Fault = {}

local function refuse(where, message, ...)
  error(setmetatable({ message = ("%s: %s"):format(where, message:format(...)) }, Fault), 0)
end

local function shown(value)
  if value == nil then return "nothing" end
  return type(value) == "string" and "'" .. options.shown_word(value) .. "'"
    or type(value) == "number" and tostring(value) or "a " .. type(value)
end

local function list(value, where, most)
  if value == nil then return {} end
  if not options.is_list(value) then refuse(where, "must be a list, not %s", shown(value)) end
  if #value > most then refuse(where, "has %d entries; the most is %d", #value, most) end
  return value
end

local function text(value, where)
  if type(value) ~= "string" then refuse(where, "must be a text, not %s", shown(value)) end
  return value
end

local function optional_text(value, where)
  return value ~= nil and text(value, where) or nil
end

local function one_of(value, words, where)
  for _, word in ipairs(words) do
    if value == word then return word end
  end
  return refuse(where, "must be one of %s, not %s", table.concat(words, ", "), shown(value))
end

-- Beyond it neither an axis nor a reader can tell one number from the next.
local GREATEST = 1e15

local function is_number(value)
  return type(value) == "number" and value >= -GREATEST and value <= GREATEST
end

-- A number, or false where it is not known.
local function amount(value, where)
  if value ~= false and not is_number(value) then
    refuse(where, "must be a number, or false where it is not known, not %s%s", shown(value),
      type(value) == "number" and value == value and "; the most is 1e15" or "")
  end
  return value
end

local function object(value, fields, where)
  if type(value) ~= "table" then refuse(where, "must be a table, not %s", shown(value)) end
  for name in pairs(value) do
    if not fields[name] then refuse(where, "there is no field '%s'", options.shown_word(name)) end
  end
  return value
end

local function each(value, where, most, check)
  local checked = {}
  for i, item in ipairs(list(value, where, most)) do
    checked[i] = check(item, ("%s[%d]"):format(where, i))
  end
  return checked
end

-- ---- parts ----

local FIGURE = { label = true, value = true, unit = true, before = true }

local function figure(value, where)
  object(value, FIGURE, where)
  local function known(name)
    return value[name] ~= nil and amount(value[name], where .. "." .. name) or false
  end
  return { label = text(value.label, where .. ".label"), value = known "value",
    before = known "before",
    unit = one_of(value.unit or "number", document.UNITS, where .. ".unit") }
end

-- "Name" or { "Cost", "usd" }
local function column(value, where)
  if type(value) == "string" then return { name = value, unit = "text" } end
  object(value, { true, true }, where)
  return { name = text(value[1], where .. "[1]"),
    unit = one_of(value[2] or "text", document.UNITS, where .. "[2]") }
end

local function cell(value, where)
  if type(value) == "string" then return value end
  return amount(value, where)
end

local function rows(value, where, columns)
  return each(value, where, MAX.rows, function(row, place)
    if not options.is_list(row) or #row ~= #columns then
      refuse(place, "must be a list of %d cells; one that is not known is false", #columns)
    end
    return each(row, place, #columns, cell)
  end)
end

local function series(value, where, count)
  object(value, { name = true, values = true }, where)
  local values = each(value.values, where .. ".values", MAX.labels, amount)
  if #values ~= count then
    refuse(where .. ".values", "has %d values for %d labels", #values, count)
  end
  return { name = text(value.name, where .. ".name"), values = values }
end

local CHART = { kind = true, unit = true, labels = true, series = true }

-- Columns are stacked, and bars begin, at 0.
local function refuse_negative(chart, where)
  for i, one in ipairs(chart.kind ~= "line" and chart.series or {}) do
    for j, value in ipairs(one.values) do
      if value and value < 0 then
        refuse(("%s.series[%d].values[%d]"):format(where, i, j),
          "is %g: %s begin at 0; what may be negative is for a line or a table", value, chart.kind)
      end
    end
  end
  return chart
end

local function chart(value, where)
  if value == nil then return nil end
  object(value, CHART, where)
  local labels = each(value.labels, where .. ".labels", MAX.labels, text)
  return refuse_negative({
    kind = one_of(value.kind, document.CHARTS, where .. ".kind"),
    unit = one_of(value.unit or "number", document.UNITS, where .. ".unit"), labels = labels,
    series = each(value.series, where .. ".series", MAX.series, function(item, place)
      return series(item, place, #labels)
    end),
  }, where)
end

local SECTION = { title = true, text = true, columns = true, rows = true, chart = true }

local function section(value, where)
  object(value, SECTION, where)
  text(value.title, where .. ".title")
  local columns = each(value.columns, where .. ".columns", MAX.columns, column)
  return { title = value.title, text = optional_text(value.text, where .. ".text"),
    columns = columns, rows = rows(value.rows, where .. ".rows", columns),
    chart = chart(value.chart, where .. ".chart") }
end

local DOCUMENT = { title = true, figures = true, insights = true, sections = true }

local function whole(output)
  if type(output) ~= "table" then
    refuse("the report", "must be a table { title =, sections = }, not %s", shown(output))
  elseif type(output.title) ~= "string" then
    refuse("title", "must be a text")
  elseif not options.is_list(output.sections) then
    refuse("sections", "must be a list")
  end
  object(output, DOCUMENT, "the report")
  return {
    title = output.title,
    figures = each(output.figures, "figures", MAX.figures, figure),
    insights = each(output.insights, "insights", MAX.insights, text),
    sections = each(output.sections, "sections", MAX.sections, section),
  }
end

---@class vision.report.Document
---@field title string
---@field figures { label: string, value: number|false, before: number|false, unit: string }[]
---@field insights string[]
---@field sections vision.report.Section[]

---@class vision.report.Section
---@field title string
---@field text string?
---@field columns { name: string, unit: string }[]
---@field rows (string|number|false)[][]
---@field chart vision.report.Chart?

---@class vision.report.Chart
---@field kind "bars"|"columns"|"line"
---@field unit string
---@field labels string[]
---@field series { name: string, values: (number|false)[] }[]

--- Checks it.
---@param output any
---@return vision.report.Document|nil  whole: every list is there, every unit said
---@return string? message  which field is wrong, and what it must be
function document.check(output)
  local ok, made = pcall(whole, output)
  if ok then return made end
  if getmetatable(made) ~= Fault then error(made, 0) end
  return nil, made.message
end

return document
