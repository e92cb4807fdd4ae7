-- SPDX-License-Identifier: MIT
-- What a provider's refusal means. Providers say it in every shape there is: an object, a text, a
-- list, a page of HTML, nothing; with a status, or in the middle of a stream that began with 200.
-- Here each becomes one typed error.

local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"
local json = require "vision.base.json"

local failure = {}

-- Bytes of a provider's own words that are passed on.
local MAX_MESSAGE = 400

-- Words in `code` or `type` that decide, whatever the status. Billing is never worth a retry,
-- although OpenAI sends it as 429.
local BY_WORD = {
  insufficient_quota = "billing",
  credit_balance_exhausted = "billing",
  organization_spend_limit_exceeded = "billing",
  project_spend_limit_exceeded = "billing",
  organization_usage_limit_exceeded = "billing",
  enforced_spend_limit_reached = "billing",
  contract_spend_limit_reached = "billing",
  billing_error = "billing",
  content_filter = "filtered",
  ResponsibleAIPolicyViolation = "filtered",
  content_policy_violation = "filtered",
  rate_limit_exceeded = "rate_limited",
  rate_limit_error = "rate_limited",
  slow_down = "rate_limited",
  RESOURCE_EXHAUSTED = "rate_limited",
  overloaded_error = "overloaded",
  server_is_overloaded = "overloaded",
  service_unavailable_error = "overloaded",
  UNAVAILABLE = "overloaded",
  invalid_api_key = "auth",
  authentication_error = "auth",
  UNAUTHENTICATED = "auth",
  permission_error = "permission",
  PERMISSION_DENIED = "permission",
  model_not_found = "not_found_model",
  DeploymentNotFound = "not_found_model",
  not_found_error = "not_found_model",
  request_too_large = "too_large",
  image_dimensions_too_large = "too_large",
  context_length_exceeded = "too_large",
  timeout_error = "timeout",
  api_error = "server_error",
  server_error = "server_error",
  conflict_error = "server_error",
  INTERNAL = "server_error",
}

-- Words too vague to outrank a status (DeepSeek sends invalid_request_error with a 402, too).
local BY_VAGUE_WORD = {
  invalid_request_error = "bad_request",
  BadRequestError = "bad_request",
  INVALID_ARGUMENT = "bad_request",
}

local BY_STATUS = {
  [401] = "auth", [402] = "billing", [403] = "permission", [404] = "not_found_model",
  [408] = "timeout", [409] = "server_error", [413] = "too_large", [429] = "rate_limited",
  [503] = "overloaded", [504] = "timeout", [529] = "overloaded",
}

-- What servers say when they were sent a picture for a model without eyes; some with a 500.
local NO_VISION = {
  "invalid type: sequence, expected a string",
  "unknown variant `image_url`",
  "any variant of untagged enum ChatCompletionRequestContent",
  'Unsupported content part type: "image_url"',
  "does not support image",
  "image input is not supported",
}

local function is_no_vision(message)
  for _, words in ipairs(NO_VISION) do
    if message:find(words, 1, true) then
      return true
    end
  end
  return false
end

-- Bytes. What is shorter is no secret but a word for a server that wants any ("none", "x"), and may
-- stand in a text for its own sake.
local SECRET_MIN = 8

--- A text of the provider's without a key in it.
---@param text string
---@param secret string?
---@return string
function failure.without_key(text, secret)
  if not secret or #secret < SECRET_MIN then return text end
  return (text:gsub(secret:gsub("%p", "%%%0"), "[key]"))
end

-- One line, valid, of bounded length, without anything that looks like a key.
local function presentable(message, secret)
  message = failure.without_key(message, secret)
  message = message:gsub("sk%-[%w%-_%*%.]+", "[key]"):gsub("[%c%s]+", " ")
  if #message > MAX_MESSAGE then
    message = message:sub(1, MAX_MESSAGE) .. " …"
  end
  return json.valid_utf8(message)
end

local function of_object(body)
  local err = body.error
  if type(err) == "string" then
    return { message = err }
  elseif type(err) ~= "table" then
    -- vLLM and FastAPI put it at the top.
    local text = body.message or body.detail
    err = { message = type(text) == "string" and text or nil, type = body.type, code = body.code }
  end
  local details, inner = err.details or err.detail, err.innererror or err.inner_error
  return {
    message = type(err.message) == "string" and err.message or nil,
    param = err.param,
    words = { -- from the finest to the coarsest; some are absent
      type(details) == "table" and details.error_code or nil,
      err.code,
      type(inner) == "table" and inner.code or nil,
      err.type,
      err.status,
    },
    code = err.code,
  }
end

--- The error a decoded body holds, or nil.
---@param body any
---@return { message: string?, words: any[]?, code: any, param: any }?
function failure.in_body(body)
  if type(body) == "string" then
    return { message = body }
  elseif type(body) ~= "table" then
    return nil
  elseif body.error ~= nil or body.object == "error" or body.type == "error" then
    return of_object(body)
  elseif type(body[1]) == "table" and body[1].error ~= nil then
    return of_object(body[1]) -- Gemini sends a list
  end
end

local function of_text(text)
  local body = json.decode(text)
  local found = failure.in_body(body)
  if found then
    return found
  elseif type(body) == "table" then
    return of_object(body)
  end
  local title = text:match "<[tT][iI][tT][lL][eE]>%s*(.-)%s*</"
  if title or text:find "^%s*<" then
    return { message = "a page of HTML" .. (title and " ('" .. title .. "')" or "") }
  end
  return { message = text:find "%S" and text or nil }
end

local function by_words(found, list)
  for place = 1, 5 do
    local word = found.words and found.words[place]
    if word and list[word] then
      return list[word]
    end
  end
end

local function reason_of(found, status)
  if is_no_vision(found.message or "") then
    return "vision_unsupported"
  end
  -- In a stream the status was 200; some put the real one in `code`.
  local number = status >= 300 and status or tonumber(found.code) or 0
  local reason = by_words(found, BY_WORD) or BY_STATUS[number]
  if reason then
    return reason
  elseif number >= 400 and number < 500 then
    return "bad_request"
  end
  return by_words(found, BY_VAGUE_WORD) or "server_error"
end

local function number_header(headers, name)
  local value = tonumber(headers[name])
  return value and value >= 0 and value < math.huge and value or nil
end

--- Seconds that a response asks to wait before the next try.
---@param headers table<string, string> lower-case names
---@return number? seconds
function failure.retry_after(headers)
  local milliseconds = number_header(headers, "retry-after-ms")
  if milliseconds then
    return milliseconds / 1000
  elseif headers["retry-after"] then
    return core.retry_after(headers["retry-after"], clock.wall())
  end
end

local SHOULD_RETRY = { ["true"] = true, ["false"] = false }

-- Billing, filters and missing eyes do not go away by trying again, whatever a header says.
local function retryable(reason, headers)
  local said = SHOULD_RETRY[headers["x-should-retry"]]
  local row = errors.REASONS[reason]
  if said == nil or row.fault ~= "provider" or reason == "billing" then
    return row.retryable
  end
  return said
end

local function make(found, status, headers, secret)
  local reason = reason_of(found, status)
  local message = found.message and presentable(found.message, secret)
    or (status >= 300 and ("HTTP %d without a word"):format(status) or "an error without a word")
  if status >= 300 and found.message then
    message = ("HTTP %d: %s"):format(status, message)
  end
  return errors.new(reason, message, {
    status = status >= 300 and status or nil,
    retryable = retryable(reason, headers),
    retry_after = failure.retry_after(headers),
    param = type(found.param) == "string" and found.param or nil,
  })
end

--- The error of a response with a status of 300 or more.
---@param response { status: integer, headers: table<string, string>, body: string }
---@param secret string? the key; cut out of the provider's words
---@return vision.error
function failure.of_response(response, secret)
  return make(of_text(response.body or ""), response.status, response.headers or {}, secret)
end

--- The error inside a 200 answer or a stream, or nil where there is none.
---@param body any decoded
---@param secret string?
---@return vision.error?
function failure.of_body(body, secret)
  local found = failure.in_body(body)
  return found and make(found, 200, {}, secret)
end

--- The message of a whole 200 answer.
---@param text string
---@return table|nil
---@return vision.error? err "invalid_response" where it is none, else the error it holds
function failure.open(text)
  local message, err = json.decode(text)
  if err or type(message) ~= "table" then
    return nil, errors.new("invalid_response", "the answer is not JSON, although the status was 200"
      .. (text:find "^%s*<" and ": a page of HTML" or ""))
  end
  err = failure.of_body(message)
  return not err and message or nil, err
end

return failure
