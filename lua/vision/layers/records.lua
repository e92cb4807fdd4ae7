-- SPDX-License-Identifier: MIT
-- The layer that keeps what was read, and what failed: a record of each analysis, in a store.
--
-- A store that cannot be reached loses no reading: it is returned with a warning, unless `required`
-- says that what is not stored is an error.

local cache_key = require "vision.layers.cache_key"
local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"
local fields_of = require "vision.layers.record_fields"
local images = require "vision.drawing.image"
local json = require "vision.base.json"
local layer = require "vision.layers.layer"
local log = require "vision.base.log"
local persistence = require "vision.records.persistence"
local pictures = require "vision.records.pictures"
local prompts = require "vision.policy.prompts"
local providers = require "vision.providers"
local records = require "vision.records.record"
local stream = require "vision.providers.stream"
local task = require "vision.base.task"

local recording = {}

local function is_tags(value)
  return records.check_tags(value) == true
end

local TAGS = { "labels to find it by", type = "table", check = is_tags,
  must_be = "a list of texts, none empty" }

local Persistent = layer.class("persistent", {
  persistence = { "results kept by others, too", type = "table" },
  storage = { "a storage of records", type = "table" },
  store = { "where: a path, sqlite:PATH, postgres://…, redis://… or memory:", type = "string" },
  auto_tag = TAGS,
  keep_pictures = { "false, or the folder in which the pictures are kept, too", type = "any",
    default = false, check = function(value) return not value or type(value) == "string" end,
    must_be = "false or the path of a folder" },
  max_age_days = persistence.OPTIONS.max_age_days,
  max_records = persistence.OPTIONS.max_records,
  required = { "a result that cannot be stored is an error", type = "boolean", default = false },
  resume = { "what is stored already is not asked again", type = "boolean", default = false },
}, {
  tags = TAGS, -- they go on inside, with those of auto_tag
  file = providers.ANALYZE.file,
})

-- ---- what is asked ----

local function with_auto_tags(self, tags)
  local all = {}
  for _, list in ipairs { self.config.auto_tag or {}, tags or {} } do
    for _, tag in ipairs(list) do all[#all + 1] = tag end
  end
  return all
end

-- What is no picture fails inside, and that is recorded under the digest of its bytes.
local function question_of(self, own, image, options)
  local tags, handle = with_auto_tags(self, own.tags), images.of(image)
  if #tags > 0 then -- costs are told apart by them, too
    options = layer.copy(options or {})
    options.tags = tags
  end
  local said, _, prompt = self.keys:said_with(options)
  return {
    image = handle or image, options = options, started = clock.mono(),
    hash = handle and handle:sha256() or type(image) == "string" and core.sha256(image) or nil,
    settings_key = said and core.sha256(said),
    prompt_version = prompt and ("%s@%s"):format(options and options.prompt or prompts.DEFAULT,
      prompt:sub(1, 12)),
    fields = { tags = tags, file = own.file },
  }
end

-- ---- keeping ----

-- Told when it begins and when it is over, not for each picture.
local function told(self, err)
  if err and not self.failing then
    log.warn("results are not stored: %s", err.message)
  elseif not err and self.failing then
    log.info("results are stored again")
  end
  self.failing = err ~= nil
end

local function save(self, fields)
  local record, err = self.persistence:save_result(fields)
  if not record and task.stopped() then return nil end -- it is on its way all the same
  told(self, err)
  return record, err
end

local function keep_picture(self, question)
  if not self.config.keep_pictures or not core.is_image(question.image) then return true end
  return pictures.keep(self.config.keep_pictures, question.image)
end

local function with_warning(reading, err)
  local warnings = json.array()
  for i, warning in ipairs(reading.warnings or {}) do warnings[i] = warning end
  warnings[#warnings + 1] = "this result was not stored: " .. err.message
  reading.warnings = warnings
end

-- The caller's own reading, with the name of its record.
local function keep_reading(self, question, reading)
  local record, err = save(self, fields_of.reading(question, reading, self.provider))
  local kept, picture_err = keep_picture(self, question)
  err = err or not kept and picture_err or nil
  if err and self.config.required then
    return nil, errors.new(err.reason, "the result could not be stored: " .. err.message,
      { cause = err, reading = reading })
  end
  local own = setmetatable(layer.copy(reading), getmetatable(reading))
  if record and record.status == "completed" then own.record_id = record.record_id end
  if err then with_warning(own, err) end
  return own, nil, record
end

-- Who was stopped has no result that anybody would look for.
local function keep_failure(self, question, err)
  if err.reason == "cancelled" or not question.hash then return nil end
  return (save(self, fields_of.failure(question, err, self.provider)))
end

-- ---- what is there already ----

local function stored(self, question)
  if not self.config.resume or not question.hash or not question.settings_key then return nil end
  local page, err = self.persistence:query_results {
    image_hash = question.hash, settings_key = question.settings_key, status = "completed",
    limit = 1,
  }
  if not page then
    if not task.stopped() then told(self, err) end
    return nil, err
  end
  local record = page.records[1]
  if not record then return nil end
  local reading = record.result
  reading.cached, reading.resumed, reading.record_id = true, true, record.record_id
  reading.cost_usd, reading.saved_usd = 0, record.cost_usd
  reading.usage, reading.processing_time_ms = record.usage, record.processing_time_ms
  return reading, nil, record
end

-- ---- asking ----

local function passes_by(options)
  return type(options) == "table" and options.include_description == false
end

local function ask(self, question)
  local provider = self.provider
  local reading, err = provider:analyze_image(question.image, question.options)
  if reading then return keep_reading(self, question, reading) end
  err = layer.error(err)
  return nil, err, keep_failure(self, question, err)
end

--- Reads a drawing and keeps what came of it.
---@param image table|string
---@param given table? see providers.ANALYZE; also `tags` (list of texts) and `file` (a name)
---@return vision.VisionDescription|nil reading  the caller's own; `record_id` is the name of its
---  record, nil where it was not stored (then a warning says why)
---@return vision.error? err
---@return vision.AnalysisRecord? record  also of a failure
function Persistent:analyze_image(image, given)
  local own, options = layer.call_options(Persistent, given)
  if not own then return nil, options end
  if passes_by(options) then return self.provider:analyze_image(image, options) end
  local question = question_of(self, own, image, options)
  local reading, err, record = stored(self, question)
  if reading then return reading, nil, record end
  if err then return nil, err end -- what may be there is not paid for again
  return ask(self, question)
end

local function events_of_stored(self, reading)
  return stream.of_analysis {
    name = self.name, model = self.model, analyze_image = function() return reading end,
  }
end

-- The last event comes when its record is there.
local function events_of_call(self, question)
  local kept, failed
  local events = layer.watch(layer.stream(self.provider, question.image, question.options),
    function(reading, err)
      if reading then
        kept, failed = keep_reading(self, question, reading)
      else
        keep_failure(self, question, err)
      end
    end)
  return stream.new(function()
    local event = events()
    if kept and event and event.event_type == stream.StreamEventType.COMPLETE then
      event.data.result = kept
    elseif failed then
      event, failed = stream.event(stream.StreamEventType.ERROR, { error = failed }), nil
    end
    return event
  end, function() events:close() end)
end

--- Reads a drawing and says meanwhile how it goes.
---@param image table|string
---@param given table? as for `analyze_image`
---@return vision.EventStream events
function Persistent:analyze_image_stream(image, given)
  local own, options = layer.call_options(Persistent, given)
  if not own then return stream.failed(options) end
  if passes_by(options) then return layer.stream(self.provider, image, options) end
  return stream.opened_by(function()
    local question = question_of(self, own, image, options)
    local reading = stored(self, question)
    return reading and events_of_stored(self, reading) or events_of_call(self, question)
  end)
end

--- Deletes all records of a picture, and the picture where it was kept.
---@param image_hash string SHA-256 of its bytes
---@return integer|nil deleted records
---@return vision.error? err
function Persistent:delete_picture(image_hash)
  if self.config.keep_pictures then pictures.forget(self.config.keep_pictures, image_hash) end
  return self.persistence:delete_picture(image_hash)
end

recording.Persistent = Persistent

local function persistence_of(config)
  local own = {}
  for name in pairs(persistence.OPTIONS) do own[name] = config[name] end
  if not config.persistence then return persistence.ResultPersistence.new(own) end
  local name = next(own)
  if not name then return config.persistence end
  return nil, errors.new("invalid_option",
    ("persistent: '%s' is a matter of the persistence that was given"):format(name))
end

--- A provider that keeps its results; `persistent.persistence` finds them again.
---@param provider table
---@param options? table persistence, storage or store (a URL; memory: by default), auto_tag (list),
---  keep_pictures (a folder), required, resume
---@return table|nil
---@return vision.error? err
recording.create_persistent_provider = layer.creator(Persistent, function(self)
  local kept, err = persistence_of(self.config)
  if not kept then return nil, err end
  self.persistence, self.keys = kept, cache_key.maker(self.provider)
  self.failing = false
  return true
end)

return recording
