-- SPDX-License-Identifier: MIT
-- Records for people.

local date = require "vision.base.date"
local output = require "vision.cli.output"
local reading_shape = require "vision.drawing.reading_shape"
local records = require "vision.records.record"
local text = require "vision.cli.text"

local view = {}

--- A time on the clocks of a zone: "2026-11-26 04:22:28".
---@param seconds number
---@param zone vision.TimeZone
---@return string
function view.time(seconds, zone)
  return (date.iso(seconds + zone:offset(seconds)):sub(1, 19):gsub("T", " "))
end

-- Anybody may have written the store, and readings of somebody's own provider are kept as they are.
local function number(value)
  return type(value) == "number" and value or nil
end

-- What it cost; what is not known is never taken for nothing.
local function cost(record)
  return record.cost_usd and output.dollars(record.cost_usd) or "unknown"
end

local function what_came(record)
  if record.status == "failed" then return text.clean("failed: " .. record.error.reason) end
  return output.percent(records.confidence(record)) .. (record.cached and " (cached)" or "")
end

local function said(record)
  local words = tostring(record.status == "failed" and record.error.message
    or record.result.summary)
  local file = record.file and record.file:match "[^/]+$" or record.image_hash:sub(1, 12)
  return text.clean(("%s: %s"):format(file, words))
end

--- A line for each.
---@param list vision.AnalysisRecord[]
---@param zone vision.TimeZone
---@param terminal vision.cli.Terminal
---@return string
function view.list(list, zone, terminal)
  if #list == 0 then return "No records.\n" end
  local page = output.page(terminal)
  local rows = { { "time", "record", "provider", "confidence", "cost", "drawing" } }
  for _, record in ipairs(list) do
    rows[#rows + 1] = { view.time(record.created_at, zone), record.record_id,
      text.clean(record.provider), what_came(record), cost(record), said(record) }
  end
  page:columns(rows, 6)
  return page:text()
end

--- A page as one JSON object.
---@param page vision.QueryResult
---@return string
function view.json(page)
  local json = require "vision.base.json"
  local list = json.array()
  for i, record in ipairs(page.records) do list[i] = json.raw(assert(records.to_json(record))) end
  return json.encode { records = list, next_cursor = page.next_cursor or json.null } .. "\n"
end

-- ---- one record ----

local function tags_of(record)
  local list = {}
  for i, tag in ipairs(record.tags) do list[i] = text.clean(tag) end
  return #list > 0 and table.concat(list, ", ") or nil
end

local function tokens_of(record)
  local usage = record.usage or {}
  local tokens = number(usage.input_tokens)
  return tokens and ("%.0f in, %.0f out"):format(tokens, number(usage.output_tokens) or 0) or nil
end

local function heading_rows(record, zone)
  local rows = {}
  local function add(name, value)
    if value ~= nil and value ~= "" then rows[#rows + 1] = { name, text.clean(value) } end
  end
  add("Record", record.record_id)
  add("Time", view.time(record.created_at, zone) .. " " .. zone.name)
  add("File", record.file)
  add("Page", record.page)
  add("Picture", record.image_hash)
  add("Read by", output.who(record))
  add("Prompt", record.prompt_version)
  add("Took", output.duration(record.processing_time_ms))
  add("Cost", cost(record) .. (record.cached and " (cached)" or ""))
  add("Tokens", tokens_of(record))
  add("Tags", tags_of(record))
  add("Request", record.request_id)
  return rows
end

local function add_trail(page, trail)
  if #(trail or {}) < 2 or not reading_shape.is_trail(trail) then return end
  page:heading "Tried"
  local rows = {}
  for i, step in ipairs(trail) do
    rows[i] = { text.clean(step.endpoint or "?"), output.duration((step.seconds or 0) * 1000),
      text.clean(step.reason or "ok"), text.clean(step.message or "") }
  end
  page:columns(rows, 4)
end

local function reading_of(record, terminal)
  local answer = require("vision.response").success(record.result, nil, record.processing_time_ms)
  return output.block(record.file or record.record_id, answer, terminal)
end

--- All of one record.
---@param record vision.AnalysisRecord
---@param zone vision.TimeZone
---@param terminal vision.cli.Terminal
---@return string
function view.record(record, zone, terminal)
  local page = output.page(terminal)
  page:columns(heading_rows(record, zone), 2)
  add_trail(page, record.trail)
  page:add()
  if record.status == "failed" then
    page:paragraph(("Failed (%s): %s"):format(record.error.reason, record.error.message), "", "  ")
    return page:text()
  end
  if not reading_shape.is_sound(record.result) then
    page:paragraph("What is kept is no reading as 'vision schema' describes one: --json shows it.",
      "", "  ")
    return page:text()
  end
  return page:text() .. reading_of(record, terminal)
end

return view
