-- SPDX-License-Identifier: MIT
-- What a record has to say of a reading or a failure.

local call_tokens = require "vision.layers.call_tokens"
local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"
local layer = require "vision.layers.layer"

local record_fields = {}

local MAX_PAGE = 1e6

---@class vision.RecordedQuestion
---@field image any               as it goes on inside
---@field options table?
---@field hash string?            nil: there is no picture
---@field settings_key string?
---@field prompt_version string?
---@field fields table            tags, file of the record
---@field started number

-- What stands in the record itself need not stand in its reading.
local function result_of(reading)
  local result = layer.copy(reading)
  for _, name in ipairs { "trail", "usage", "processing_time_ms", "cached", "cost_usd",
    "saved_usd", "request_id", "record_id", "resumed" } do
    result[name] = nil
  end
  return result
end

local FREE = { ["local"] = true, stub = true }

-- What is read on this machine is free, and so is what was read before.
local function cost_of(reading)
  return (reading.cached or FREE[reading.provider]) and 0 or reading.cost_usd
end

local function disagreements_of(reading)
  local drawing = reading.drawing
  local apart = type(drawing) == "table" and drawing.unconfirmed
  if type(apart) ~= "table" then return nil end
  local count = #apart
  for _, callout in ipairs(drawing.callouts or {}) do
    count = count + (callout.alternatives and 1 or 0)
  end
  return count
end

-- ---- the page ----

-- The page that all of some parts are of; nil: they are of several, or do not say.
local function common_page(parts)
  local page
  for i, part in ipairs(type(parts) == "table" and parts or {}) do
    local own = type(part) == "table" and part.page or nil
    if i > 1 and own ~= page then return nil end
    page = own
  end
  return page
end

local function asked_page(options)
  local pages = options.pages or { options.page }
  return type(pages) == "table" and #pages == 1 and pages[1] or nil
end

-- As it was asked for; else the only one there is; else as the answer says what was sent, or which
-- sheets it has.
local function said_page(question, reading)
  local options, image = question.options or {}, question.image
  if options.page or options.pages then return asked_page(options) end
  if core.is_image(image) and image:pages() == 1 then return 1 end
  local drawing = reading and reading.drawing
  return reading and common_page(reading.sent or type(drawing) == "table" and drawing.sheets)
end

-- What others say may be no page, which no record takes.
local function page_of(question, reading)
  local page = said_page(question, reading)
  return type(page) == "number" and page >= 1 and page <= MAX_PAGE and page or nil
end

-- ---- all of it ----

local function common_fields(question, reading)
  local fields = layer.copy(question.fields)
  fields.page = page_of(question, reading)
  fields.image_hash, fields.settings_key = question.hash, question.settings_key
  fields.prompt_version = question.prompt_version
  fields.processing_time_ms = (clock.mono() - question.started) * 1000
  return fields
end

-- Who failed: of several the one that was asked first.
local function who_failed(err, provider)
  local first = (err.trail or {})[1]
  local name, model = tostring(first and first.endpoint or ""):match "^([^/]+)/?(.*)$"
  if err.provider or not name then
    return err.provider or provider.name or "provider", provider.model
  end
  return name, model ~= "" and model or provider.model
end

-- Whether somebody may have to pay for it.
local function may_cost(err, provider)
  if err.usage then return true end
  local steps = err.trail or {}
  local is_free = #steps > 0 or FREE[provider] -- as long as all who were asked are
  for _, step in ipairs(steps) do
    local free = FREE[tostring(step.endpoint):match "^[^/]+"]
    if step.reason and not free and call_tokens.may_be_done(step) then return true end
    is_free = is_free and free
  end
  return not is_free and call_tokens.may_be_done(err)
end

--- What is kept of a failure.
---@param question vision.RecordedQuestion
---@param err vision.error
---@param provider table who was asked
---@return table fields for `records.make`
function record_fields.failure(question, err, provider)
  local fields = common_fields(question)
  fields.provider, fields.model = who_failed(err, provider)
  fields.error = err
  fields.usage, fields.trail, fields.cost_usd = err.usage, err.trail, err.cost_usd
  if not may_cost(err, fields.provider) then fields.cost_usd = fields.cost_usd or 0 end
  return fields
end

-- The stub's answer in the place of a provider's is no reading.
local function stub_instead(reading)
  if reading.fallback_from == nil or reading.grounding ~= "none" then return nil end
  local reason = "missing_key"
  for _, step in ipairs(reading.trail or {}) do
    if step.reason then
      reason = step.reason
      break
    end
  end
  return errors.new(errors.REASONS[reason] and reason or "internal",
    "the stub answered: " .. table.concat(reading.warnings or {}, "; "),
    { provider = reading.fallback_from, trail = reading.trail })
end

--- What is kept of a reading.
---@param question vision.RecordedQuestion
---@param reading vision.VisionDescription
---@param provider table who was asked
---@return table fields for `records.make`
function record_fields.reading(question, reading, provider)
  local err = stub_instead(reading)
  if err then return record_fields.failure(question, err, provider) end
  local fields = common_fields(question, reading)
  fields.provider = reading.provider or provider.name or "provider"
  fields.model = reading.model or provider.model
  fields.result, fields.usage, fields.trail = result_of(reading), reading.usage, reading.trail
  fields.request_id, fields.cost_usd = reading.request_id, cost_of(reading)
  fields.cached = reading.cached or false
  fields.saved_usd = reading.cached and reading.saved_usd or nil
  fields.disagreements = disagreements_of(reading)
  return fields
end

return record_fields
