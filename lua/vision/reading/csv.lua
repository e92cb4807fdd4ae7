-- SPDX-License-Identifier: MIT
-- Call-outs as a table (RFC 4180), one row each: the inspection list that belongs to the overlay,
-- with its numbers. The columns are those of a first-article report (AS9102, form 3); `result` is
-- for the inspector to fill in.

local table_text = require "vision.base.csv"

local csv = {}

local COLUMNS = {
  "number", "page", "type", "text", "nominal", "upper", "lower", "unit", "quantity", "fit",
  "thread", "depth", "reference", "basic", "confidence", "result", "x", "y", "width", "height",
  "sources",
}

local function number_text(value)
  return type(value) == "number" and ("%.10g"):format(value) or nil
end

local function thread_text(thread)
  if not thread then
    return nil
  end
  local pitch = thread.pitch and "x" .. number_text(thread.pitch)
    or thread.tpi and "-" .. thread.tpi
  local size = type(thread.size) == "number" and number_text(thread.size) or thread.size
  return thread.standard .. " " .. size .. (pitch or "")
end

-- A table has one unit a row: 30° 15' ±30' is 30.25 ±0.5 degrees.
local function in_degrees(callout)
  local size = callout.nominal
  if size then
    size = size + (callout.minutes or 0) / 60 + (callout.seconds or 0) / 3600
  end
  local share = callout.deviation_unit == "'" and 1 / 60 or 1
  return size, callout.upper and callout.upper * share, callout.lower and callout.lower * share
end

-- Limits are given as what they are: deviations from no size.
local function values_of(callout, index)
  local box, limits = callout.box or {}, callout.limits or {}
  local nominal, upper, lower = in_degrees(callout)
  return {
    number = tostring(index), type = callout.type, text = callout.text,
    quantity = number_text(callout.quantity), nominal = number_text(nominal),
    upper = number_text(upper or limits.upper), lower = number_text(lower or limits.lower),
    fit = callout.fit, unit = callout.unit, thread = thread_text(callout.thread),
    depth = number_text(callout.depth), reference = callout.reference and "yes",
    basic = callout.basic and "yes", confidence = number_text(callout.confidence),
    page = number_text(callout.page), x = number_text(box[1]), y = number_text(box[2]),
    width = number_text(box[3]), height = number_text(box[4]),
    sources = table.concat(callout.sources or {}, " "),
  }
end

--- Rows of call-outs, each ended by CR LF.
---@param callouts table[]
---@param options? { header: boolean?, file: string? }  header (true): the names of the columns come
---  first; file: the drawing's name, which then is the first column of each row
---@return string
function csv.rows(callouts, options)
  options = options or {}
  local lines, first = {}, options.file and { options.file } or {}
  if options.header ~= false then
    local names = options.file and { "file" } or {}
    for _, name in ipairs(COLUMNS) do
      names[#names + 1] = name
    end
    lines[1] = table_text.row(names)
  end
  for index, callout in ipairs(callouts) do
    local values, cells = values_of(callout, index), { first[1] }
    for _, name in ipairs(COLUMNS) do
      cells[#cells + 1] = values[name] or ""
    end
    lines[#lines + 1] = table_text.row(cells)
  end
  return table.concat(lines)
end

return csv
