-- SPDX-License-Identifier: MIT
-- A failure as clients of OpenAI's interface know it.

local errors = require "vision.base.error"
local json = require "vision.base.json"
local replies = require "vision.server.reply"

local failure = {}

-- Where clients look for their own words; elsewhere our reason is the code.
local CODES = {
  unauthorized = "invalid_api_key",
  rate_limited = "rate_limit_exceeded",
  budget_exceeded = "insufficient_quota",
  no_model = "model_not_found",
}

local function type_of(err, code)
  if err.http_status >= 500 then return "server_error" end
  if err.http_status == 429 then return code end
  return "invalid_request_error"
end

--- Whether a request is one of a client of this kind, there or not.
---@param target string as it was sent
---@return boolean
function failure.concerns(target)
  return target:sub(1, 4) == "/v1/"
end

--- The object of the failure.
---@param err vision.error  `param`: the field that was wrong
---@return { error: { message: string, type: string, param: any, code: string } }
function failure.body(err)
  local code = CODES[err.reason] or err.reason
  return { error = { message = err.message, type = type_of(err, code), code = code,
    param = err.param or json.null } }
end

--- The reply.
---@param err vision.error
---@return vision.server.Reply
function failure.reply(err)
  err = errors.from(err)
  -- Of themselves clients ask again after any 429 and 5xx, also where that is of no use.
  return replies.refusal(err, failure.body(err),
    { ["X-Should-Retry"] = err.retryable and "true" or "false" })
end

return failure
