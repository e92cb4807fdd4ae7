-- SPDX-License-Identifier: MIT
-- How far a reading can be believed, from 0 to 1, and why. Nothing is asserted: every figure comes
-- from the engine's own word confidence, from the kind of source and from the checks that a value
-- passed or failed. No support, no figure.
local checks = require "vision.reading.checks"

local confidence = {}

--- What each piece of evidence weighs. A start is a figure; a share takes that much of the doubt
--- away; a factor lowers.
confidence.WEIGHTS = {
  -- start: a text layer is what the CAD program wrote; only its order and its fonts can mislead
  text_layer = 0.97,
  -- share: the grammar is a second witness, as chance rarely writes a whole call-out
  whole_callout = 0.5,
  -- share: lengths that add up vouch for each other
  chain = 0.5,
  -- factor: a bare integer has no sign that says it is a dimension
  bare_integer = 0.85,
  -- factors: each kind of repair is a guess that is right more often than not
  repair = { ["diameter sign"] = 0.92, ["plus-minus"] = 0.92, lettering = 0.95, frame = 0.8 },
  other_repair = 0.95,
  -- factors: what cannot be true by itself, and what is odd beside the rest of the sheet
  failed_check = 0.6,
  odd_on_sheet = 0.9,
}

--- What a figure of lettering seen in a picture is worth: the share of call-outs with it that were
--- right on labelled sheets, between these points on a straight line (bench/calibration.lua).
confidence.CALIBRATION = {
  { 0, 0 }, { 0.38, 0.02 }, { 0.57, 0.2 }, { 0.7, 0.24 }, { 0.76, 0.42 }, { 0.81, 0.57 },
  { 0.84, 0.82 }, { 0.89, 0.89 }, { 0.99, 0.93 }, { 1, 0.95 },
}

local WEIGHTS, CALIBRATION = confidence.WEIGHTS, confidence.CALIBRATION

local function round(value)
  return math.floor(value * 100 + 0.5) / 100
end

local function start(segment, reasons)
  if segment.source == "text_layer" then
    reasons[#reasons + 1] = "text layer of the PDF"
    return WEIGHTS.text_layer
  end
  if not segment.confidence then
    return nil
  end
  reasons[#reasons + 1] = ("OCR is sure to %.0f %%"):format(segment.confidence * 100)
  return segment.confidence
end

local function less_doubt(figure, share)
  return figure + (1 - figure) * share
end

local function by_form(figure, value, reasons)
  if value.type ~= "length" or value.upper or value.limits or value.text:find "[.,]" then
    reasons[#reasons + 1] = "reads as a whole call-out"
    return less_doubt(figure, WEIGHTS.whole_callout)
  end
  reasons[#reasons + 1] = "a bare number"
  return figure * WEIGHTS.bare_integer
end

local function calibrated(figure)
  for index = 2, #CALIBRATION do
    local low, high = CALIBRATION[index - 1], CALIBRATION[index]
    if figure <= high[1] then
      return low[2] + (high[2] - low[2]) * (figure - low[1]) / (high[1] - low[1])
    end
  end
  return CALIBRATION[#CALIBRATION][2]
end

--- How much speaks for one call-out; higher is better, but it is no share of anything yet.
---@param value table  The typed value.
---@param segment { source: string, confidence: number? }  Where it was read.
---@param repairs string[]  What had to be put right.
---@return number|nil figure
---@return string[] reasons
function confidence.weigh(value, segment, repairs)
  local reasons = {}
  local figure = start(segment, reasons)
  if not figure then
    return nil, { "nothing supports a figure" }
  end
  if segment.source ~= "text_layer" then
    figure = by_form(figure, value, reasons)
  end
  for _, name in ipairs(repairs) do
    figure = figure * (WEIGHTS.repair[name] or WEIGHTS.other_repair)
    reasons[#reasons + 1] = name .. " put right"
  end
  for _, failure in ipairs(checks.of_value(value)) do
    figure = figure * WEIGHTS.failed_check
    reasons[#reasons + 1] = failure
  end
  return figure, reasons
end

--- Confidence of one call-out: the share of those for which as much speaks that are right.
---@param value table  The typed value.
---@param segment { source: string, confidence: number? }  Where it was read.
---@param repairs string[]  What had to be put right.
---@return number|nil confidence
---@return string[] reasons
function confidence.of_callout(value, segment, repairs)
  local figure, reasons = confidence.weigh(value, segment, repairs)
  if figure and segment.source ~= "text_layer" then
    figure = calibrated(figure)
  end
  return figure and round(figure), reasons
end

local function follow(callout, figure, reason)
  callout.confidence = figure and round(figure)
  callout.reasons = callout.reasons or {}
  table.insert(callout.reasons, reason)
end

local function warn(callout, failures)
  callout.warnings = callout.warnings or {}
  for _, failure in ipairs(failures) do
    table.insert(callout.warnings, failure)
  end
end

--- Holds the call-outs of a page against each other. What a check found wrong becomes a warning of
--- the call-out, and its confidence follows; values stay as they were read.
---@param callouts table[]  With confidence and reasons from `of_callout`.
---@param datums table<string, true>  Letters that stand alone on the page.
function confidence.review(callouts, datums)
  local odd, support = checks.of_sheet(callouts, datums)
  for _, callout in ipairs(callouts) do
    local wrong = checks.of_value(callout)
    if #wrong > 0 then
      warn(callout, wrong)
    end
    for _, failure in ipairs(odd[callout] or {}) do
      warn(callout, { failure })
      follow(callout, callout.confidence and callout.confidence * WEIGHTS.odd_on_sheet, failure)
    end
    if support[callout] and #wrong == 0 and callout.confidence then
      follow(callout, less_doubt(callout.confidence, WEIGHTS.chain), support[callout])
    end
  end
end

local function no_mere_text(items)
  local list = {}
  for _, item in ipairs(items or {}) do
    list[#list + 1] = item.kind ~= "text" and item or nil
  end
  return list
end

--- Confidence of a whole reading: the mean of its call-outs and of what else it lists as found, or
--- of its lines where that is nothing.
---@param callouts table[]
---@param segments table[]
---@param items? table[]  Of a sheet that shows no part.
---@return number|nil confidence
---@return string[] reasons
function confidence.of_reading(callouts, segments, items)
  local total, number, doubtful, names = 0, 0, 0, {}
  local function add(list, name)
    local before = number
    for _, one in ipairs(list) do
      total, number = total + (one.confidence or 0), number + (one.confidence and 1 or 0)
      doubtful = doubtful + (one.warnings and 1 or 0)
    end
    local more = number - before
    names[#names + 1] = more > 0 and ("%d %s%s"):format(more, name, more == 1 and "" or "s") or nil
  end
  add(no_mere_text(items), "item")
  add(callouts, "call-out")
  if number == 0 then
    add(segments, "line")
  end
  if number == 0 then
    return nil, { "no text was found that could support a figure" }
  end
  local reasons = { "mean over " .. table.concat(names, " and ") }
  if doubtful > 0 then
    reasons[2] = ("%d of them did not pass a check"):format(doubtful)
  end
  return round(total / number), reasons
end

return confidence
