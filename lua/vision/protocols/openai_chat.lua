-- SPDX-License-Identifier: MIT
-- OpenAI's Chat Completions, as many servers speak it. Pure: a request becomes a body, bytes of an
-- answer become an answer; who sends it where is the provider's matter.

local body = require "vision.protocols.body"
local errors = require "vision.base.error"
local failure = require "vision.protocols.failure"
local json = require "vision.base.json"
local outcome = require "vision.protocols.outcome"

local chat = {}

---@class vision.Call  one question to a model
---@field model string
---@field system string
---@field user string
---@field images table[]          handles: pictures, or one PDF where the model takes them
---@field max_tokens integer
---@field max_tokens_field string
---@field detail string?          low | high | auto; nil where the model has no such levels
---@field answer string           json_schema | json_object | tool | text
---@field schema string           JSON text of the schema asked for
---@field temperature number?     sent only where somebody asked for it
---@field send table?             further fields
---@field stream boolean

local function image_part(image, detail)
  local kind = image:media_type()
  local data = body.base64("data:" .. kind .. ";base64,")
  if image:type() == "pdf" then
    return { type = "file", file = { filename = "drawing.pdf", file_data = data } }
  end
  return { type = "image_url", image_url = { url = data, detail = detail } }
end

local function response_format(call)
  if call.answer == "json_schema" then
    local schema = { name = "reading", strict = true, schema = json.raw(call.schema) }
    return { type = "json_schema", json_schema = schema }
  elseif call.answer == "json_object" then
    return { type = "json_object" }
  end
end

--- The body of a request.
---@param call vision.Call
---@return table segments as `vision.base.http` takes them
function chat.build(call)
  local content = {}
  for i, image in ipairs(call.images) do
    content[i] = image_part(image, call.detail)
  end
  content[#content + 1] = { type = "text", text = call.user }
  local request = {
    model = call.model,
    messages = {
      { role = "system", content = call.system },
      { role = "user", content = content },
    },
    response_format = response_format(call),
    temperature = call.temperature,
  }
  request[call.max_tokens_field] = call.max_tokens
  for name, value in pairs(call.send or {}) do
    request[name] = value
  end
  if call.stream then
    request.stream = true
    request.stream_options = { include_usage = true }
  end
  return body.segments(request, call.images)
end

--- What to change so that a request refused for one parameter passes, or nil.
---@param err vision.error
---@param call vision.Call
---@return table? changes fields of the call; `false` takes one away
function chat.correct(err, call)
  local message = err.message
  if err.reason ~= "bad_request" or not message:lower():find "unsupported" then
    return nil
  elseif (err.param == "max_tokens" or message:find("max_completion_tokens' instead", 1, true))
    and call.max_tokens_field == "max_tokens" then
    return { max_tokens_field = "max_completion_tokens" }
  elseif err.param == "max_completion_tokens" and call.max_tokens_field == err.param then
    return { max_tokens_field = "max_tokens" }
  elseif (err.param == "temperature" or message:find("'temperature'", 1, true))
    and call.temperature then
    return { temperature = false }
  end
end

local function count(value)
  return type(value) == "number" and value >= 0 and value % 1 == 0 and value or nil
end

local function subset(details, name)
  return details and type(details) == "table" and count(details[name]) or nil
end

-- Some servers count thinking beside `completion_tokens`: their total says so.
local function output_of(raw)
  local said, total = count(raw.completion_tokens), count(raw.total_tokens)
  local rest = total and total >= raw.prompt_tokens and total - raw.prompt_tokens or nil
  return math.max(said or rest or -1, rest or -1)
end

-- Cached, image and reasoning tokens are parts of the totals here, not additions to them.
local function usage_of(raw)
  if type(raw) ~= "table" or not count(raw.prompt_tokens) then
    return nil
  end
  local input, output = raw.prompt_tokens_details, raw.completion_tokens_details
  local cached = raw.prompt_cache_hit_tokens
  return {
    input_tokens = raw.prompt_tokens,
    output_tokens = count(output_of(raw)),
    cached_tokens = subset(input, "cached_tokens") or cached and count(cached),
    cache_write_tokens = subset(input, "cache_write_tokens"),
    image_tokens = subset(input, "image_tokens"),
    reasoning_tokens = subset(output, "reasoning_tokens"),
  }
end

-- `content` is a text; some servers send a list of parts.
local function text_of(content)
  if type(content) == "string" then
    return content
  end
  local texts = {}
  for _, part in ipairs(type(content) == "table" and content or {}) do
    texts[#texts + 1] = type(part) == "table" and type(part.text) == "string" and part.text or nil
  end
  return table.concat(texts)
end

local function first_choice(message)
  local choice = type(message.choices) == "table" and message.choices[1]
  return type(choice) == "table" and choice or nil
end

local function as_text(value)
  return type(value) == "string" and value or nil
end

--- The answer in a whole response with status 200.
---@param text string
---@return vision.Answer|nil
---@return vision.error? err
function chat.parse(text)
  local message, err = failure.open(text)
  if not message then
    return nil, err
  end
  local choice = first_choice(message)
  local said = choice and choice.message
  if type(said) ~= "table" then
    return nil, errors.new("invalid_response", "the answer holds no choice")
  end
  return outcome.judge {
    text = text_of(said.content),
    refusal = as_text(said.refusal),
    finish = as_text(choice.finish_reason),
    usage = usage_of(message.usage),
    model = as_text(message.model),
    id = as_text(message.id),
  }
end

-- ---- streams ------------------------------------------------------------------------------------

local Stream = {}
Stream.__index = Stream

--- What follows a stream event by event.
function chat.stream()
  return setmetatable({ texts = {}, refusals = {}, ended = false, answer = {} }, Stream)
end

function Stream:take_choice(choice)
  self.answer.finish = as_text(choice.finish_reason) or self.answer.finish
  local delta = type(choice.delta) == "table" and choice.delta or {}
  self.refusals[#self.refusals + 1] = as_text(delta.refusal)
  local text = text_of(delta.content)
  if text ~= "" then
    self.texts[#self.texts + 1] = text
    return text
  end
end

--- Takes one event.
---@param event { event: string?, data: string }
---@return string|nil text what the model went on to say; nil where the event says nothing new
---@return vision.error? err the stream is over
function Stream:event(event)
  if self.ended or event.data == "" then
    return nil
  elseif event.data == "[DONE]" then
    self.ended = true
    return nil
  end
  local message, err = json.decode(event.data)
  err = err and errors.new("invalid_response", "an event of the stream is not JSON")
    or failure.of_body(message)
  if event.event == "error" then
    err = failure.of_body(message) or failure.of_body { error = message or event.data }
  elseif not err and type(message) ~= "table" then
    err = errors.new("invalid_response", "an event of the stream is no object")
  end
  if err then
    return nil, err
  end
  self.answer.usage = usage_of(message.usage) or self.answer.usage
  self.answer.model = as_text(message.model) or self.answer.model
  self.answer.id = as_text(message.id) or self.answer.id
  -- Usage and Azure's filter results come in chunks without a choice.
  local choice = first_choice(message)
  return choice and self:take_choice(choice) or nil
end

--- The whole answer, once the connection has ended cleanly.
---@return vision.Answer|nil
---@return vision.error? err
function Stream:finish()
  if not self.ended then
    return nil, errors.new("cut_stream", "the stream was cut off before its end", {
      usage = self.answer.usage })
  end
  self.answer.text = table.concat(self.texts)
  self.answer.refusal = table.concat(self.refusals)
  return outcome.judge(self.answer)
end

return chat
