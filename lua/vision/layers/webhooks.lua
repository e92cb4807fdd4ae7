-- SPDX-License-Identifier: MIT
-- The layer that tells other systems of analyses: that one begins, and what came of it. The event
-- of its end is kept before the answer is returned; delivering it is another task's.

local clock = require "vision.base.clock"
local config = require "vision.webhooks.config"
local core = require "vision.core"
local errors = require "vision.base.error"
local events = require "vision.webhooks.events"
local images = require "vision.drawing.image"
local layer = require "vision.layers.layer"
local manager = require "vision.webhooks.manager"
local stream = require "vision.providers.stream"

local webhooks = {}

local Type = events.WebhookEventType

local OPTIONS = layer.copy(config.OPTIONS)
OPTIONS.webhook_manager = { "one that several providers share; then it is configured already",
  type = "table", must_be = "a WebhookManager",
  check = function(value) return getmetatable(value) == manager.WebhookManager end }

local Webhook = layer.class("webhook", OPTIONS)

local function name_of(provider)
  return provider.endpoint_name or provider.name
end

---@class vision.ToldCall
---@field image any             as it goes on inside
---@field request_id string
---@field image_hash string?    nil: it is no picture
---@field file string?          as the caller names it
---@field started number

local function call_of(image, options)
  local id = core.random_id() or ("%.0f"):format(clock.wall() * 1e6)
  local handle = type(image) == "string" and images.of(image) or image
  return { image = handle, request_id = "req-" .. id:sub(1, 16), started = clock.mono(),
    image_hash = core.is_image(handle) and handle:sha256() or nil,
    file = type(options) == "table" and options.file or nil }
end

local function begin(self, image, options)
  local call, sender = call_of(image, options), self.webhook_manager
  if sender:wants(Type.ANALYSIS_STARTED) then
    sender:send(Type.ANALYSIS_STARTED, { request_id = call.request_id,
      provider = name_of(self.provider), model = self.provider.model,
      image_hash = call.image_hash, file = call.file }, call.request_id)
  end
  return call
end

local function finish(self, call, reading, err)
  local event_type = reading and Type.ANALYSIS_COMPLETED or Type.ANALYSIS_FAILED
  local sender = self.webhook_manager
  if not sender:wants(event_type) then return end
  local elapsed_ms = (clock.mono() - call.started) * 1000
  sender:send(event_type, {
    request_id = call.request_id, image_hash = call.image_hash, file = call.file,
    elapsed_ms = math.floor(elapsed_ms * 10 + 0.5) / 10,
    provider = reading and reading.provider or err and err.provider or name_of(self.provider),
    result = reading and events.result_of(reading), error = err and events.error_of(err),
  }, call.request_id)
end

-- Nothing is analysed: only a text is wanted.
local function passes_by(options)
  return type(options) == "table" and options.include_description == false
end

--- As the provider inside; what it returns beside reading and error is returned, too.
---@param image table|string
---@param options table?
---@return vision.VisionDescription|nil reading
---@return vision.error? err
---@return any record
function Webhook:analyze_image(image, options)
  local provider = self.provider
  if passes_by(options) then return provider:analyze_image(image, options) end
  local call = begin(self, image, options)
  local ok, reading, err, record = pcall(provider.analyze_image, provider, call.image, options)
  if not ok then
    finish(self, call, nil, errors.from(tostring(reading)))
    error(reading, 0)
  end
  if not reading then err = layer.error(err) end
  finish(self, call, reading, err)
  return reading, err, record
end

---@param image table|string
---@param options table?
---@return vision.EventStream events
function Webhook:analyze_image_stream(image, options)
  if passes_by(options) then return layer.stream(self.provider, image, options) end
  return stream.opened_by(function()
    local call = begin(self, image, options)
    return layer.watch(layer.stream(self.provider, call.image, options), function(reading, err)
      finish(self, call, reading, err)
    end)
  end)
end

--- A provider that tells of what it does.
---@param provider table
---@param options table WebhookConfig: webhook_url, webhook_secret …; see docs/webhooks.md
---@return table|nil provider with `webhook_manager`, which is to be started
---@return vision.error? err invalid_option
webhooks.create_webhook_provider = layer.creator(Webhook, function(self)
  local given = layer.copy(self.config)
  local sender, err = given.webhook_manager, nil
  given.webhook_manager = nil
  if not sender then
    sender, err = manager.WebhookManager.new(given)
  end
  self.webhook_manager = sender
  return sender, err
end)

return webhooks
