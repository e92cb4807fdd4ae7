-- SPDX-License-Identifier: MIT
-- How far a reading can be believed, from 0 to 1, and why. Nothing is asserted: every figure comes
-- from the engine's own word confidence, from the kind of source and from the checks that a value
-- passed or failed. No support, no figure.
local confidence = {}

-- A text layer is what the CAD program wrote; only its order and its fonts can mislead.
local TEXT_LAYER = 0.97
-- Each kind of repair is a guess that is right more often than not; the grammar agreed with all of
-- them.
local REPAIR_FACTOR = { ["diameter sign"] = 0.92, ["plus-minus"] = 0.92, lettering = 0.95,
  frame = 0.8 }
-- A bare integer has no sign that says it is a dimension.
local BARE_INTEGER = 0.85
local AGREED = 0.5

local function round(value)
  return math.floor(value * 100 + 0.5) / 100
end

local function start(segment, reasons)
  if segment.source == "text_layer" then
    reasons[#reasons + 1] = "text layer of the PDF"
    return TEXT_LAYER
  end
  if not segment.confidence then
    return nil
  end
  reasons[#reasons + 1] = ("OCR is sure to %.0f %%"):format(segment.confidence * 100)
  return segment.confidence
end

--- Confidence of one call-out.
---@param value table  The typed value.
---@param segment { source: string, confidence: number? }  Where it was read.
---@param repairs string[]  What had to be put right.
---@return number|nil confidence
---@return string[] reasons
function confidence.of_callout(value, segment, repairs)
  local reasons = {}
  local figure = start(segment, reasons)
  if not figure then
    return nil, { "nothing supports a figure" }
  end
  local sure = value.type ~= "length" or value.upper or value.limits or value.text:find "[.,]"
  if sure and segment.source ~= "text_layer" then
    -- The grammar is a second witness: chance rarely writes a whole call-out.
    figure = figure + (1 - figure) * AGREED
    reasons[#reasons + 1] = "reads as a whole call-out"
  elseif segment.source ~= "text_layer" then
    figure = figure * BARE_INTEGER
    reasons[#reasons + 1] = "a bare number"
  end
  for _, name in ipairs(repairs) do
    figure = figure * (REPAIR_FACTOR[name] or 0.95)
    reasons[#reasons + 1] = name .. " put right"
  end
  return round(figure), reasons
end

--- Confidence of a whole reading: the mean of its call-outs, or of its lines where it has none.
---@param callouts table[]
---@param segments table[]
---@return number|nil confidence
---@return string[] reasons
function confidence.of_reading(callouts, segments)
  local list = #callouts > 0 and callouts or segments
  local total, counted = 0, 0
  for _, item in ipairs(list) do
    if item.confidence then
      total, counted = total + item.confidence, counted + 1
    end
  end
  if counted == 0 then
    return nil, { "no text was found that could support a figure" }
  end
  local what = list == callouts and "call-out" or "line"
  local reason = ("mean over %d %s%s"):format(counted, what, counted == 1 and "" or "s")
  return round(total / counted), { reason }
end

return confidence
