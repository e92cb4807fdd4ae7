-- SPDX-License-Identifier: MIT
-- Anthropic's Messages. Pure, as `openai_chat` is, with the same functions.

local body = require "vision.protocols.body"
local errors = require "vision.base.error"
local failure = require "vision.protocols.failure"
local json = require "vision.base.json"
local outcome = require "vision.protocols.outcome"

local messages = {}

-- The tool through which a model older than structured output answers in a shape.
local TOOL = "emit_reading"

local function image_block(image)
  local source = { type = "base64", media_type = image:media_type(), data = body.base64 "" }
  return { type = image:type() == "pdf" and "document" or "image", source = source }
end

local function add_shape(request, call)
  local schema = json.raw(call.schema)
  if call.answer == "json_schema" then
    request.output_config = { format = { type = "json_schema", schema = schema } }
  elseif call.answer == "tool" then
    request.tools = { {
      name = TOOL,
      description = "Hands over the reading of the drawing.",
      input_schema = schema,
    } }
    request.tool_choice = { type = "tool", name = TOOL, disable_parallel_tool_use = true }
  end
end

--- The body of a request. Sampling parameters are never sent: every model refuses them.
---@param call vision.Call
---@return table segments as `vision.base.http` takes them
function messages.build(call)
  local content = {} -- pictures before the text, as the provider recommends
  for i, image in ipairs(call.images) do
    content[i] = image_block(image)
  end
  content[#content + 1] = { type = "text", text = call.user }
  local request = {
    model = call.model,
    max_tokens = call.max_tokens,
    system = call.system,
    messages = { { role = "user", content = content } },
    stream = call.stream or nil,
  }
  add_shape(request, call)
  for name, value in pairs(call.send or {}) do
    request[name] = value
  end
  return body.segments(request, call.images)
end

--- An older model refuses structured output: then a tool does the same.
---@param err vision.error
---@param call vision.Call
---@return table? changes
function messages.correct(err, call)
  local refused = err.reason == "bad_request" and err.message:find("output_config", 1, true)
  return refused and call.answer == "json_schema" and { answer = "tool" } or nil
end

local function count(value)
  return type(value) == "number" and value >= 0 and value % 1 == 0 and value or nil
end

-- Three kinds of input tokens, each with its own price, add up to the input.
local function usage_of(raw)
  if type(raw) ~= "table" or not count(raw.input_tokens) then
    return nil
  end
  local read = count(raw.cache_read_input_tokens) or 0
  local written = count(raw.cache_creation_input_tokens) or 0
  local details = raw.output_tokens_details
  return {
    input_tokens = raw.input_tokens + read + written,
    output_tokens = count(raw.output_tokens),
    cached_tokens = read,
    cache_write_tokens = written,
    reasoning_tokens = type(details) == "table" and count(details.thinking_tokens) or nil,
  }
end

local function as_text(value)
  return type(value) == "string" and value or nil
end

-- Thinking blocks come first and are not the answer.
local function text_of(content)
  local texts = {}
  for _, block in ipairs(type(content) == "table" and content or {}) do
    if block.type == "text" then
      texts[#texts + 1] = as_text(block.text)
    elseif block.type == "tool_use" and type(block.input) == "table" then
      texts[#texts + 1] = json.encode(block.input)
    end
  end
  return table.concat(texts)
end

local function refusal_of(stop_reason, stop_details, text)
  if stop_reason ~= "refusal" then
    return nil
  end
  local details = type(stop_details) == "table" and as_text(stop_details.explanation)
  return details or (text:find "%S" and text) or nil
end

--- The answer in a whole response with status 200.
---@param text string
---@return vision.Answer|nil
---@return vision.error? err
function messages.parse(text)
  local message, err = failure.open(text)
  if not message then
    return nil, err
  elseif type(message.content) ~= "table" then
    return nil, errors.new("invalid_response", "the answer holds no content")
  end
  local said = text_of(message.content)
  return outcome.judge {
    text = said,
    refusal = refusal_of(message.stop_reason, message.stop_details, said),
    finish = as_text(message.stop_reason),
    usage = usage_of(message.usage),
    model = as_text(message.model),
    id = as_text(message.id),
  }
end

-- ---- streams ------------------------------------------------------------------------------------

local Stream = {}
Stream.__index = Stream

function messages.stream()
  return setmetatable({ texts = {}, raw_usage = {}, ended = false, answer = {} }, Stream)
end

-- Counts of usage are cumulative: each event replaces what it names.
function Stream:take_usage(usage)
  for name, value in pairs(type(usage) == "table" and usage or {}) do
    self.raw_usage[name] = value
  end
end

local handlers = {}

function handlers.message_start(self, event)
  local message = type(event.message) == "table" and event.message or {}
  self.answer.model, self.answer.id = as_text(message.model), as_text(message.id)
  self:take_usage(message.usage)
end

function handlers.content_block_delta(self, event)
  local delta = type(event.delta) == "table" and event.delta or {}
  local text = delta.type == "text_delta" and as_text(delta.text)
    or delta.type == "input_json_delta" and as_text(delta.partial_json)
  if text and text ~= "" then
    self.texts[#self.texts + 1] = text
    return text
  end
end

function handlers.message_delta(self, event)
  local delta = type(event.delta) == "table" and event.delta or {}
  self.answer.finish = as_text(delta.stop_reason) or self.answer.finish
  self.stop_details = delta.stop_details or self.stop_details
  self:take_usage(event.usage)
  self.is_counted = true
end

function handlers.message_stop(self)
  self.ended = true
end

function handlers.error(_, event)
  return nil, failure.of_body(event)
    or errors.new("server_error", "an error without a word in the middle of the answer")
end

--- Takes one event; those it does not know say nothing.
---@param event { event: string?, data: string }
---@return string|nil text what the model went on to say
---@return vision.error? err the stream is over
function Stream:event(event)
  if event.data == "" then
    return nil
  end
  local message, err = json.decode(event.data)
  if err or type(message) ~= "table" then
    return nil, errors.new("invalid_response", "an event of the stream is not JSON")
  end
  local handler = handlers[message.type or event.event]
  if handler and not self.ended then
    return handler(self, message)
  end
end

--- The whole answer, once the connection has ended cleanly.
---@return vision.Answer|nil
---@return vision.error? err
function Stream:finish()
  self.answer.usage = usage_of(self.raw_usage)
  if not self.ended then
    -- What stands at the beginning is no count of an answer that had not been given yet.
    if self.answer.usage and not self.is_counted then self.answer.usage.output_tokens = nil end
    return nil, errors.new("cut_stream", "the stream was cut off before its end", {
      usage = self.answer.usage })
  end
  self.answer.text = table.concat(self.texts)
  self.answer.refusal = refusal_of(self.answer.finish, self.stop_details, self.answer.text)
  return outcome.judge(self.answer)
end

return messages
