-- SPDX-License-Identifier: MIT
-- The reading of a drawing: one shape, whoever read. What comes from outside is checked here field
-- by field; a field that is not what it should be is left out, never repaired into something else.

local answer_json = require "vision.drawing.answer_json"
local json = require "vision.base.json"
local schema = require "vision.drawing.schema"

local description = {}

local byte = string.byte

-- Bytes of a model's raw text that become a summary.
local MAX_RAW_SUMMARY = 4000

---@class vision.VisionDescription
---@field schema integer        version of this shape
---@field summary string        brief description of the drawing
---@field details string[]      specific observations
---@field confidence number?    0..1; nil where nothing supports one
---@field confidence_reasons string[]?
---@field drawing table?        kind units title_block callouts notes missing
---@field provider string?
---@field model string?
---@field parsed boolean        false: the summary is raw text
---@field grounding string?     "image", "text" (a transcript was read), "none" (the stub)
---@field usage table?          input_tokens output_tokens and their parts; nil where unknown
---@field sent table[]?         which pictures were sent, and how they were changed
---@field fallback_from string? who should have read
---@field cost_usd number?       what it cost; nil: unknown
---@field cached boolean?       true: read before, or by another's call; this call cost nothing
---@field saved_usd number?     what a cached one had cost, where that is known
---@field warnings string[]
---@field processing_time_ms number?

--- A confidence from whatever was given: 0.92 and 92 (percent) are 0.92; a word, NaN, a number
--- outside 0..100, one that may be either (1.5) or nothing is nil.
---@param value any
---@return number? # 0..1
function description.confidence(value)
  if type(value) == "string" then
    value = tonumber(value:match "^%s*([%d.]+)%s*%%?%s*$")
  end
  if type(value) ~= "number" or not (value >= 0 and value <= 100) or value > 1 and value < 2 then
    return nil
  end
  return value <= 1 and value or value / 100
end

-- The text without white space around it, or nil where there is none.
local function text_of(value)
  if type(value) ~= "string" or value == "" then
    return nil
  elseif byte(value, 1) > 32 and byte(value, -1) > 32 then
    return value
  elseif value:find "%S" then
    return (value:gsub("^%s+", ""):gsub("%s+$", ""))
  end
end

local function texts_of(list)
  local texts = {}
  for i = 1, type(list) == "table" and #list or 0 do
    texts[#texts + 1] = text_of(list[i])
  end
  return json.array(texts)
end

local function number_of(value)
  value = type(value) == "string" and tonumber((value:gsub(",", "."))) or value
  return type(value) == "number" and value - value == 0 and value or nil
end

local function one_of(value, list, otherwise)
  for _, word in ipairs(list) do
    if word == value then
      return word
    end
  end
  return otherwise
end

local function whole_number(value)
  value = number_of(value)
  return value and value >= 1 and value % 1 == 0 and value or nil
end

local function callout_of(raw, source)
  local text = type(raw) == "table" and text_of(raw.text)
  return text and {
    type = one_of(raw.type, schema.CALLOUT_TYPES, "other"),
    text = text,
    quantity = whole_number(raw.quantity) or 1,
    nominal = number_of(raw.nominal),
    upper = number_of(raw.upper),
    lower = number_of(raw.lower),
    unit = text_of(raw.unit),
    page = whole_number(raw.page),
    sources = { source },
  } or nil
end

local function title_block_of(raw)
  local block = {}
  for _, field in ipairs(schema.TITLE_FIELDS) do
    block[field] = text_of(type(raw) == "table" and raw[field])
  end
  return block
end

-- The drawing in a model's answer. Its call-outs have no boxes: models place them badly.
local function drawing_of(raw, source)
  if type(raw) ~= "table" then
    return nil
  end
  local callouts = json.array {}
  for _, item in ipairs(type(raw.callouts) == "table" and raw.callouts or {}) do
    callouts[#callouts + 1] = callout_of(item, source)
  end
  return {
    kind = one_of(raw.kind, schema.KINDS),
    units = raw.units ~= "unknown" and text_of(raw.units) or nil,
    title_block = title_block_of(raw.title_block),
    callouts = callouts,
    notes = texts_of(raw.notes),
    missing = texts_of(raw.missing),
  }
end

local DRAWING_LISTS = { "callouts", "notes", "missing" }

--- Makes a reading, in place. Lists are marked, so that they encode as `[]` when empty; the
--- confidence is checked; everything else is the caller's word.
---@param reading table the fields of a vision.VisionDescription
---@return vision.VisionDescription
function description.new(reading)
  reading.schema = schema.VERSION
  reading.summary = reading.summary or ""
  reading.details = json.array(reading.details)
  reading.confidence = description.confidence(reading.confidence)
  reading.warnings = json.array(reading.warnings)
  if reading.parsed == nil then
    reading.parsed = true
  end
  if reading.drawing then
    for _, list in ipairs(DRAWING_LISTS) do
      reading.drawing[list] = json.array(reading.drawing[list])
    end
  end
  return reading
end

-- Whether an object in a model's text can be meant as a reading.
local function is_reading(object)
  return text_of(object.summary) ~= nil or type(object.details) == "table"
    or type(object.drawing) == "table"
end

local function raw_reading(text, fields)
  fields.summary = (text_of(text) or ""):sub(1, MAX_RAW_SUMMARY)
  fields.summary = json.valid_utf8(fields.summary)
  fields.parsed = false
  fields.confidence_reasons = { "raw text supports no figure" }
  table.insert(fields.warnings, "the model did not answer in the shape asked for; "
    .. "its text is the summary")
  return description.new(fields)
end

--- The reading in a model's text. Where no object can be found in it, the raw text is the summary:
--- then `parsed` is false and the confidence nil.
---@param text string
---@param fields table further fields of the reading, `provider` among them; becomes the reading
---@return vision.VisionDescription
function description.from_text(text, fields)
  fields.warnings = fields.warnings or {}
  text = answer_json.after_thoughts(text)
  local object, cut = answer_json.find(text)
  if not object or not is_reading(object) then
    return raw_reading(text, fields)
  end
  if cut then
    table.insert(fields.warnings, "the model's answer breaks off; its last part is lost")
  end
  fields.summary = text_of(object.summary)
  fields.details = texts_of(object.details)
  fields.confidence = object.confidence
  fields.confidence_reasons = { description.confidence(object.confidence)
    and "stated by the model" or "the model stated none" }
  fields.drawing = drawing_of(object.drawing, fields.provider)
  fields.parsed = true
  return description.new(fields)
end

--- The reading of an analysis that was asked for no description.
---@param fields table as for `new`
---@return vision.VisionDescription
function description.none(fields)
  fields.grounding = "none"
  return description.new(fields)
end

return description
