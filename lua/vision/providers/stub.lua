-- SPDX-License-Identifier: MIT
-- A fixed answer, marked as one: for trying things without a key, and in the place of a provider
-- that could not be made. It needs no optional library and looks at no picture.

local clock = require "vision.base.clock"
local cost = require "vision.money.cost"
local description = require "vision.drawing.description"
local errors = require "vision.base.error"
local images = require "vision.drawing.image"
local option_lists = require "vision.base.options"
local stream = require "vision.providers.stream"
local task = require "vision.base.task"

local stub = { name = "stub" }

stub.OPTIONS = {
  latency_seconds = { "how long it takes to answer", type = "number", min = 0, max = 3600,
    default = 0 },
}

local SUMMARY = "Stub answer: no drawing was read. A mechanical part with cylindrical features."
local DETAILS = { "Main diameter: 20mm", "Thread: M10x1.5", "This text is always the same." }

local Stub = { name = "stub", model = "stub", endpoint_name = "stub" }
Stub.__index = Stub

Stub.capabilities = { vision = false, pdf = true, stream = true, network = false, answer = "text" }
Stub.price = cost.FREE

local function warnings_of(provider)
  local warnings = { "this is the stub's fixed answer: no drawing was read" }
  if provider.fallback_from then
    warnings[2] = provider.fallback_because
  end
  return warnings
end

--- The fixed answer. The image is only checked for being one.
---@param image table|string
---@param given table? see providers.ANALYZE
---@return vision.VisionDescription|nil reading
---@return vision.error? err
function Stub:analyze_image(image, given)
  local started = clock.mono()
  local providers = require "vision.providers"
  local options, err = option_lists.check(providers.ANALYZE, given, "stub")
  if not options then
    return nil, err
  elseif not options.include_description then
    return description.none { provider = self.name, fallback_from = self.fallback_from }
  end
  local ok, handle
  ok, err = providers.check_prompt(options)
  if not ok then
    return nil, err
  end
  handle, err = images.of(image)
  if not handle then
    return nil, errors.from(err)
  end
  if self.latency_seconds > 0 then
    ok, err = task.sleep(self.latency_seconds)
    if not ok then
      return nil, errors.from(err)
    end
  end
  return description.new {
    summary = SUMMARY, details = { DETAILS[1], DETAILS[2], DETAILS[3] },
    provider = self.name, model = self.model, grounding = "none",
    fallback_from = self.fallback_from, warnings = warnings_of(self), cost_usd = 0,
    processing_time_ms = (clock.mono() - started) * 1000,
  }
end

Stub.analyze_image_stream = stream.of_analysis

--- What decides an answer beside the picture: all that a fixed one can be told from.
---@return string
function Stub:identity()
  return ("stub for %s"):format(self.fallback_from or "itself")
end

--- Makes a stub.
---@param given table? latency_seconds (0)
---@param fallback { from: string, because: string }? in whose place it answers, and why
---@return table|nil
---@return vision.error? err
function stub.new(given, fallback)
  local provider, err = option_lists.check(stub.OPTIONS, given, "stub")
  if not provider then
    return nil, err
  end
  provider.fallback_from = fallback and fallback.from
  provider.fallback_because = fallback and fallback.because
  return setmetatable(provider, Stub)
end

function stub.status()
  return { available = true, requires_key = false }
end

return setmetatable(stub, {
  __call = function(_, given)
    return stub.new(given)
  end,
})
