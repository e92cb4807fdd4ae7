-- SPDX-License-Identifier: MIT
-- The tokens of a call: what it may need, before it is made, and what it used, when it has ended.

local call_tokens = {}

-- After these the provider may have done the work, and counted it: it was not heard to the end, or
-- what it answered is no reading.
local PERHAPS_DONE = {
  timeout = true, cut_stream = true, network = true, cancelled = true,
  invalid_response = true, response_too_large = true, blank = true, truncated = true,
  refused = true,
}

--- The most a call may need: the question, and the longest answer it allows. 0 where the provider
--- cannot tell.
---@param provider table
---@param image table|string
---@param options table?
---@return integer|nil tokens
---@return vision.error? err nothing can be asked about this image
function call_tokens.estimated(provider, image, options)
  if not provider.estimate then return 0 end
  local estimate, err = provider:estimate(image, options)
  if not estimate then return nil, err end
  return (estimate.input_tokens or estimate.text_tokens) + estimate.output_tokens
end

--- Whether the provider may have done the work of a call that failed, and bill it.
---@param err { reason: string, unsent: boolean? } an error, or a step of a trail
---@return boolean
function call_tokens.may_be_done(err)
  return PERHAPS_DONE[err.reason] ~= nil and not err.unsent
end

--- What a call used. Where nobody said: all that was reserved if it may have been worked on.
---@param reserved number
---@param reading table?
---@param err vision.error? where there is no reading
---@return number tokens
function call_tokens.used(reserved, reading, err)
  local usage = reading and reading.usage or err and err.usage
  if usage and (usage.input_tokens or usage.output_tokens) then
    return (usage.input_tokens or 0) + (usage.output_tokens or 0)
  end
  return (reading or call_tokens.may_be_done(err)) and reserved or 0
end

return call_tokens
