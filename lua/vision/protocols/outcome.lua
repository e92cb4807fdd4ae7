-- SPDX-License-Identifier: MIT
-- When an answer is a success. HTTP 200 is not enough: the model must have ended by itself, must
-- not have refused, and must have said something.

local errors = require "vision.base.error"

local outcome = {}

local AT_LIMIT = { "truncated", "the answer is cut off at the limit of max_tokens: raise it" }

-- What a finish reason means where it is not success, by its word in any protocol.
local BAD_ENDS = {
  length = AT_LIMIT,
  max_tokens = AT_LIMIT,
  model_context_window_exceeded = { "truncated", "the answer is cut off: the context is full" },
  content_filter = { "filtered", "the answer was withheld by the provider's content filter" },
  refusal = { "refused", "the model refused" },
  insufficient_system_resource = { "overloaded", "the provider ran out of resources meanwhile" },
  aborted = { "cut_stream", "the provider gave the answer up in the middle" },
}

local GOOD_ENDS = { stop = true, end_turn = true, stop_sequence = true, tool_use = true }

-- Refusals are shown, but they are a model's prose: not all of it.
local MAX_REFUSAL = 300

---@class vision.Answer
---@field text string        what the model said
---@field finish string?     its finish reason
---@field refusal string?    what it said in place of an answer
---@field usage table?       see `description`; nil where the provider did not say
---@field model string?      the model that answered, by its own word
---@field id string?

local function fail(answer, reason, message)
  return nil, errors.new(reason, message, { usage = answer.usage })
end

--- The answer, if it is a good one.
---@param answer vision.Answer
---@return vision.Answer|nil
---@return vision.error? err reasons: refused, truncated, filtered, overloaded, cut_stream,
---  invalid_response, blank; `usage` is in it, for it was paid
function outcome.judge(answer)
  if answer.refusal and answer.refusal ~= "" then
    return fail(answer, "refused", "the model refused: " .. answer.refusal:sub(1, MAX_REFUSAL))
  end
  local bad = BAD_ENDS[answer.finish]
  if bad then
    return fail(answer, bad[1], bad[2])
  elseif answer.finish == nil then
    return fail(answer, "cut_stream", "the answer ended without saying that it is whole")
  elseif not GOOD_ENDS[answer.finish] then
    return fail(answer, "invalid_response",
      ("the answer ended with the unknown reason '%s'"):format(tostring(answer.finish)))
  elseif not answer.text:find "%S" then
    return fail(answer, "blank", "the answer is blank")
  end
  return answer
end

return outcome
