-- SPDX-License-Identifier: MIT
-- One call of a remote provider, in the steps that a whole answer and a stream share: check, fit
-- the drawing, build the request; then judge what came back.

local body = require "vision.protocols.body"
local clock = require "vision.base.clock"
local cost = require "vision.money.cost"
local description = require "vision.drawing.description"
local errors = require "vision.base.error"
local failure = require "vision.protocols.failure"
local fit = require "vision.drawing.fit"
local http = require "vision.base.http"
local images = require "vision.drawing.image"
local keys = require "vision.providers.keys"
local option_lists = require "vision.base.options"
local prompts = require "vision.policy.prompts"
local schema = require "vision.drawing.schema"

local remote_call = {}

-- An answer is a few KB; the limit only stops what is no answer.
local MAX_RESPONSE = 16 * 1024 * 1024

local CONNECT_TIMEOUT = 10

--- Asks for no description: then nothing is sent.
---@param given table?
---@return boolean
function remote_call.asks_nothing(given)
  return type(given) == "table" and given.include_description == false
end

--- The options of a call, checked, with the defaults behind them. To be read only, by their names:
--- without any given these are the defaults themselves.
---@param provider table
---@param given table?
---@return table|nil
---@return vision.error? err reason "invalid_option"
function remote_call.options(provider, given)
  if given == nil then
    return provider.call_defaults
  end
  local err = option_lists.fault(provider.call_options, given, provider.name)
  if err then return nil, err end
  local options = {}
  for name, value in pairs(given) do options[name] = value end
  return setmetatable(options, provider.behind_options)
end

local function check_allowed(provider, options)
  if options.local_only or http.is_local_only() then
    return nil, errors.new("local_only", "nothing is sent: no network call is allowed here; use "
      .. "the provider 'local'", { provider = provider.name })
  elseif provider.entry.vision == false and not options.force
    and not options.allow_transcript then
    local entry = provider.entry
    return nil, errors.new("vision_unsupported", ("the model %s%s takes no pictures, so nothing "
      .. "was sent: use %s"):format(provider.model,
      entry.retired and (", retired on %s,"):format(entry.retired) or "",
      entry.instead or "another model, or the provider 'local'"), { provider = provider.name })
  end
  return true
end

-- A model without eyes gets what was read on this machine.
local function transcript(image, options)
  local read, err = require("vision.reading.transcript").read(image, {
    page = options.page, pages = options.pages, dpi = options.dpi,
    ocr_provider = options.no_text_layer and "tesseract" or nil })
  if not read then
    return nil, errors.from(err)
  end
  return {
    images = {}, sent = { { part = "transcript", bytes = #read.text } }, warnings = {
      "the model has no vision: it was sent the text that was read on this machine",
      read.warnings[1] },
    grounding = "text",
    text = "\n\nYou cannot see the drawing. This is the text read off it, line by line; it may "
      .. "hold reading errors:\n<transcript>\n" .. read.text .. "\n</transcript>",
  }
end

local function material(provider, image, options)
  if provider.entry.vision == false and not options.force then
    return transcript(image, options)
  end
  local fitted, err = fit.prepare(image, provider.entry, options)
  if not fitted then
    return nil, err
  end
  fitted.grounding, fitted.text = "image", fit.caption(fitted.sent)
  return fitted
end

-- Kept from call to call: a prompt of 5 KB is much garbage for each picture of a large batch.
local function with_instruction(memory, user)
  if memory.user ~= user then
    memory.user, memory.instructed = user, user .. "\n\n" .. schema.instruction()
  end
  return memory.instructed
end

--- What is said beside the pictures.
---@param provider table
---@param options table of `options`
---@return string|nil system
---@return string|vision.error user
function remote_call.words(provider, options)
  local system, user = prompts.get_prompts(options.prompt, options.variables)
  if not system then
    return nil, user
  end
  local answer = provider.fixes.answer or provider.entry.answer
  if answer == "json_object" or answer == "text" then
    user = with_instruction(provider.memory, user)
  end
  return system, prompts.with_question(user, options.question)
end

local function corrected(provider, name, value)
  local fix = provider.fixes[name]
  if fix == nil then
    return value
  end
  return fix or nil
end

-- Asked for, but known to be refused by the model: left out, and said.
local function temperature_of(provider, options, warnings)
  if options.temperature and not provider.entry.sampling then
    warnings[#warnings + 1] = ("temperature was not sent: %s refuses it"):format(provider.model)
    return nil
  end
  return corrected(provider, "temperature", options.temperature)
end

local function call_of(provider, options, system, user, fitted, stream)
  local entry = provider.entry
  return {
    model = provider.model,
    system = system,
    user = user .. fitted.text,
    images = fitted.images,
    max_tokens = options.max_tokens,
    max_tokens_field = corrected(provider, "max_tokens_field", entry.max_tokens_field),
    detail = entry.detail and options.detail or nil,
    answer = corrected(provider, "answer", entry.answer),
    schema = schema.answer_text(),
    temperature = temperature_of(provider, options, fitted.warnings),
    send = entry.send,
    stream = stream,
  }
end

---@class vision.PreparedCall
---@field provider table
---@field call vision.Call
---@field options table   of this call, checked
---@field fitted table    pictures, `sent`, warnings, grounding
---@field started number  mono seconds

--- Everything up to the request; nothing has left the machine yet.
---@param provider table
---@param image table|string
---@param given table?
---@param stream boolean
---@return vision.PreparedCall|nil
---@return vision.error? err
function remote_call.prepare(provider, image, given, stream)
  local started = clock.mono()
  local options, err = remote_call.options(provider, given)
  if not options then
    return nil, err
  end
  local ok
  ok, err = check_allowed(provider, options)
  if not ok then
    return nil, err
  end
  local system, user = remote_call.words(provider, options)
  if not system then
    return nil, user
  end
  image, err = images.of(image)
  if not image then
    return nil, errors.from(err)
  end
  local fitted
  fitted, err = material(provider, image, options)
  if not fitted then
    return nil, err
  end
  return {
    provider = provider, options = options, fitted = fitted, started = started,
    call = call_of(provider, options, system, user, fitted, stream),
  }
end

-- Kept here and not in the provider, for the key stands in one of them.
local header_lists = setmetatable({}, { __mode = "k" })

local function headers_of(provider, traceparent)
  local headers = header_lists[provider]
  if not headers then
    headers = provider.spec.headers(provider)
    headers[#headers + 1] = "Content-Type: application/json"
    header_lists[provider] = headers
  end
  if not traceparent then return headers end
  local all = { "traceparent: " .. traceparent }
  for _, header in ipairs(headers) do all[#all + 1] = header end
  return all
end

local function url_of(provider)
  local memory = provider.memory
  memory.url = memory.url or provider.spec.url(provider)
  return memory.url
end

--- The options of the request of a prepared call.
---@param prepared vision.PreparedCall
---@return table|nil options of `vision.base.http`
---@return vision.error? err reason "timeout": preparing took all the time there was
function remote_call.request(prepared)
  local provider, options = prepared.provider, prepared.options
  local left = options.timeout_seconds - (clock.mono() - prepared.started)
  if left <= 0 then
    return nil, errors.new("timeout", ("not ready to send within %s s"):format(
      options.timeout_seconds))
  end
  return {
    method = "POST",
    url = url_of(provider),
    headers = headers_of(provider, options.traceparent),
    body = body.of_call(provider.memory, prepared.call, provider.spec.protocol.build),
    connect_timeout = math.min(CONNECT_TIMEOUT, left),
    idle_timeout = math.min(provider.idle_timeout_seconds or left, left),
    total_timeout = left,
    max_response = MAX_RESPONSE,
  }
end

--- Whether a refused request can be said in another way: then the call is changed and the provider
--- remembers it. At most once a call.
---@param prepared vision.PreparedCall
---@param err vision.error
---@return boolean
function remote_call.correct(prepared, err)
  local changes = not prepared.was_corrected
    and prepared.provider.spec.protocol.correct(err, prepared.call)
  for name, value in pairs(changes or {}) do
    prepared.provider.fixes[name] = value
    prepared.call[name] = value or nil
  end
  prepared.was_corrected = prepared.was_corrected or changes ~= nil
  return changes and true or false
end

--- The reading of a good answer, without the key, which a server may say back.
---@param prepared vision.PreparedCall
---@param answer vision.Answer
---@return vision.VisionDescription
function remote_call.reading(prepared, answer)
  local provider, fitted = prepared.provider, prepared.fitted
  return description.from_text(failure.without_key(answer.text, keys.of(provider)), {
    provider = provider.name,
    model = answer.model or provider.model,
    grounding = fitted.grounding,
    usage = answer.usage,
    cost_usd = cost.usd(cost.of(provider.price, answer.usage, #fitted.sent)),
    request_id = answer.id,
    sent = fitted.sent,
    warnings = fitted.warnings,
    processing_time_ms = (clock.mono() - prepared.started) * 1000,
  })
end

--- An error with the name of the provider in it, and without its key: what a server says in a
--- stream, or with a status of 200, comes here as it was.
---@param provider table
---@param err table
---@return vision.error
function remote_call.failure(provider, err)
  err = errors.from(err)
  err.provider = err.provider or provider.name
  if err.usage then err.cost_usd = cost.usd(cost.of(provider.price, err.usage)) end
  local key = keys.of(provider)
  err.message = failure.without_key(err.message, key)
  if type(err.param) == "string" then
    err.param = failure.without_key(err.param, key)
  end
  return err
end

--- The error of a response that is not 200.
---@param provider table
---@param response table
---@return vision.error
function remote_call.refusal(provider, response)
  return failure.of_response(response, keys.of(provider))
end

return remote_call
