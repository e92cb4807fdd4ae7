-- SPDX-License-Identifier: MIT
-- Vision and OCR in one call: what the command and the service ask.
--
--   local response, err = vision.manager():analyze { image = vision.image_file "flange.pdf" }
--
-- The answer is always there, with the same fields whether it went well or not; `err` is the error
-- itself where it did not.

local clock = require "vision.base.clock"
local errors = require "vision.base.error"
local images = require "vision.drawing.image"
local json = require "vision.base.json"
local option_lists = require "vision.base.options"
local providers = require "vision.providers"
local response = require "vision.response"
local task = require "vision.base.task"
local transcript = require "vision.reading.transcript"

local VisionManager = {}
VisionManager.__index = VisionManager

-- What a request says to the provider; the rest of it is the manager's own.
local PROVIDER_OPTIONS = {
  "prompt", "variables", "question", "pages", "dpi", "no_text_layer", "timeout_seconds",
  "local_only", "on_progress", "tags", "budget_key", "file", "traceparent",
}

-- What a request may hold: a name that is none of these is a mistake, and what it was to say would
-- be lost. Values that the provider or OCR takes are checked there.
local REQUEST = {
  image = { "a handle, or the bytes of the file", type = "any" },
  image_base64 = { "the same as base64", type = "string" },
  include_description = { "false: no model is called", type = "boolean" },
  include_ocr = { "whether text is wanted, too", type = "boolean" },
  ocr_provider = { "where text comes from", type = "string" },
  provider = { "another provider than the manager's", type = "any" },
  timeout_seconds = { "for all of it", type = "number", above = 0, max = 86400 },
  on_event = { "called with each event of a streamed analysis", type = "function" },
}
for _, name in ipairs(PROVIDER_OPTIONS) do
  REQUEST[name] = REQUEST[name] or { "see the provider", type = "any" }
end

---@class vision.ManagerOptions
---@field provider? string|table    a provider, or a type; by default VISION_PROVIDER, else "auto"
---@field provider_options? table   for `create_vision_provider`: model, api_key, base_url …
---@field create? fun(wanted: string?, options: table): table|nil, vision.error?  makes a provider
---  of a type; `create_vision_provider` without it
---@field reader? table             what OCR looks with (`vision.reading.transcript`.READER)

---@class vision.AnalyzeRequest
---@field image? vision.Image|string   a handle, or the bytes of the file
---@field image_base64? string         the same as base64; one of the two
---@field include_description? boolean default true; false: no model is called, description is nil
---@field include_ocr? boolean         default true
---@field ocr_provider? string         "auto" (default), "text_layer" or "tesseract"
---@field provider? string             another provider than the manager's, for this request alone
---@field prompt? string               name of a prompt
---@field variables? table<string, string>
---@field question? string             what else is asked of a model
---@field pages? integer[]             pages of a PDF or TIFF, counted from 1
---@field dpi? number                  at which pages are drawn
---@field no_text_layer? boolean       read the pictures of PDF pages, not the text in the file
---@field timeout_seconds? number      for all of it
---@field tags? string[]               words by which costs and records are told apart
---@field file? string                 the picture's name, for its record
---@field budget_key? string           whose budget it is, where budgets are kept by key
---@field traceparent? string          the W3C trace that requests to providers are to belong to
---@field on_event? fun(event: table)  called with each event of a streamed analysis
---@field on_progress? fun(done: integer, pages: integer)  called by who reads page by page

--- A manager of one's own, for hosts and tests; programs mostly want `vision.manager()`.
---@param options? vision.ManagerOptions
function VisionManager.new(options)
  options = options or {}
  return setmetatable({
    wanted = options.provider,
    provider_options = options.provider_options or {},
    create = options.create or providers.create_vision_provider,
    reader = options.reader or transcript.READER,
  }, VisionManager)
end

local function make_provider(self, wanted)
  if type(wanted) == "table" then return wanted end
  return self.create(wanted, self.provider_options)
end

--- The provider that reads; made at the first call.
---@return table|nil provider
---@return vision.error? err
function VisionManager:current_provider()
  if not self.current then
    local provider, err = make_provider(self, self.wanted)
    if not provider then return nil, err end
    self.current = provider
  end
  return self.current
end

--- From now on this provider reads. What is under way ends with the one it began with.
---@param wanted string|table  a type, or a provider
---@return true|nil
---@return vision.error? err   then the old one goes on
function VisionManager:switch_provider(wanted)
  local provider, err = make_provider(self, wanted)
  if not provider then return nil, err end
  self.current, self.wanted = provider, wanted
  return true
end

-- ---- one analysis ----

local function provider_options(request)
  local options = {}
  for i = 1, #PROVIDER_OPTIONS do
    local name = PROVIDER_OPTIONS[i]
    local value = request[name]
    if value ~= nil then options[name] = value end
  end
  return options
end

local function read_stream(provider, image, options, on_event)
  local events, err = provider:analyze_image_stream(image, options)
  if not events then return nil, err end
  local last
  for event in events do
    on_event(event)
    last = event
  end
  if last and last.event_type == "complete" then return last.data.result end
  return nil, last and last.data.error
    or errors.new("cut_stream", "the stream ended without an answer", { provider = provider.name })
end

local function read(provider, image, request)
  local options = provider_options(request)
  -- One that has nothing to say before it has finished has no stream: `local`, `stub`.
  if request.on_event and provider.analyze_image_stream then
    return read_stream(provider, image, options, request.on_event)
  end
  return provider:analyze_image(image, options)
end

local function image_of(request)
  if request.image_base64 then return images.image_base64(request.image_base64) end
  if request.image == nil then
    return nil, errors.new("input", "no image was given: pass image or image_base64")
  end
  return images.of(request.image)
end

-- OCR runs beside the reading; where the reading fails, nobody wants its text any more.
local function read_both(provider, image, request, read_text)
  local text_task = read_text and task.spawn(read_text)
  local reading, err = read(provider, image, request)
  if not reading then
    if text_task then text_task:cancel() end
    return nil, err
  end
  if not text_task then return reading end
  local text, text_err = text_task:join()
  if not text then
    reading.warnings = reading.warnings or {}
    table.insert(reading.warnings, "no OCR: " .. text_err.message)
  end
  return reading, text
end

local function run(self, request, provider)
  local image, err = image_of(request)
  if not image then return nil, errors.from(err) end
  local read_text
  if request.include_ocr ~= false then
    local options = {
      ocr_provider = request.ocr_provider or request.no_text_layer and "tesseract" or nil,
      pages = request.pages,
      dpi = request.dpi,
    }
    read_text = function() return transcript.read(image, options, self.reader) end
  end
  if provider then return read_both(provider, image, request, read_text) end
  local text
  text, err = read_text()
  if not text then return nil, err end
  return false, text
end

-- What is given up is told of by who gave it up, with what had failed until then.
local function run_within(seconds, self, request, provider)
  local tried = json.array {}
  local late = errors.new("timeout", ("not finished within %g s"):format(seconds),
    { trail = tried })
  local reading, text = task.limit(seconds, late, run, self, request, provider)
  if reading ~= nil or text.trail ~= tried then return reading, text end
  task.sleep(0) -- until those have ended who were at it
  local last = tried[#tried]
  text.trail = last and tried
  if last then text.message = ("%s; before that: %s"):format(text.message, last.message) end
  return nil, text
end

-- The provider of a request: nil where none is needed, nil and an error where there is none.
local function provider_of(self, request)
  if request.include_description ~= false then
    if request.provider then return make_provider(self, request.provider) end
    return self:current_provider()
  elseif request.include_ocr == false then
    return nil, errors.new("input",
      "nothing was asked for: include_description and include_ocr are both false")
  end
end

-- The request itself, which is only read.
local function checked(request)
  local err = option_lists.fault(REQUEST, request, "the request")
  if err then return nil, err end
  return request or {}
end

local function ms_since(started) return (clock.mono() - started) * 1000 end

--- Reads an image: its description by the provider, its text by OCR, or both.
---@param request vision.AnalyzeRequest
---@return vision.Response
---@return vision.error? err where `response.success` is false
function VisionManager:analyze(request)
  local started = clock.mono()
  local provider, reading, text, err
  request, err = checked(request)
  if request then provider, err = provider_of(self, request) end
  if not err then
    if request.timeout_seconds then
      reading, text = run_within(request.timeout_seconds, self, request, provider)
    else
      reading, text = run(self, request, provider)
    end
    if reading == nil then err = text end
  end
  if err then
    err = errors.from(err)
    local asked = provider and provider.name or request and request.provider
    return response.failure(err, type(asked) == "string" and asked or nil, ms_since(started)), err
  end
  return response.success(reading or nil, text, ms_since(started))
end

-- ---- what the service says about itself ----

--- Whether it can work, and with whom.
---@return { status: string, provider: string?, ocr_enabled: boolean }
function VisionManager:health()
  local provider = self:current_provider()
  return {
    status = provider and "healthy" or "unhealthy",
    provider = provider and provider.name,
    ocr_enabled = self.reader.available() and true or false,
  }
end

--- All providers, and which of them reads.
---@return { current_provider: string?, providers: table<string, table> }
---@return vision.error? err why none reads
function VisionManager:providers()
  local provider, err = self:current_provider()
  return {
    current_provider = provider and provider.name,
    providers = providers.get_available_providers(),
  }, err
end

local the_manager

--- The process's one manager.
local function manager()
  the_manager = the_manager or VisionManager.new()
  return the_manager
end

return { VisionManager = VisionManager, manager = manager }
