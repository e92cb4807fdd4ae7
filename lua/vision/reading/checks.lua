-- SPDX-License-Identifier: MIT
-- Whether call-outs can be true: by themselves, by the tables of standards, and beside the others
-- of their sheet. A check says what it found; it never changes a value.
local chains = require "vision.reading.checks.chains"
local fits = require "vision.reading.checks.fits"
local threads = require "vision.reading.checks.threads"

local checks = {}

local function band_of(value)
  if value.limits then
    return value.limits.lower, value.limits.upper
  end
  return value.lower, value.upper
end

local function order(value)
  local lower, upper = band_of(value)
  if lower and upper and lower > upper then
    return ("the lower limit %g is above the upper one %g"):format(lower, upper)
  end
end

-- A deviation is small beside its size; the smallest sizes have comparably wide ones.
local SHARE = 0.2
local ALLOWANCE = { inch = 0.01 }
local ALLOWANCE_MM = 0.25

local function deviation(value)
  local size = value.nominal
  if not size or value.type == "angle" or value.deviation_unit then
    return nil
  end
  local most = SHARE * size + (ALLOWANCE[value.unit] or ALLOWANCE_MM)
  for _, name in ipairs { "upper", "lower" } do
    if value[name] and math.abs(value[name]) > most then
      return ("a deviation of %g is large for a size of %g"):format(value[name], size)
    end
  end
end

local function limits(value)
  local lower, upper = band_of(value)
  if value.limits and upper - lower > SHARE * upper + (ALLOWANCE[value.unit] or ALLOWANCE_MM) then
    return ("the limits %g and %g lie far apart"):format(lower, upper)
  end
end

local function thread(value)
  local screw = value.thread
  if not screw then
    return nil
  elseif screw.standard == "ISO metric" and not screw.lead then
    return threads.metric(screw)
  elseif screw.standard == "unified" then
    return threads.unified(screw)
  end
end

local function fit(value)
  return value.fit and fits.check(value.fit)
end

local function quantity(value)
  if value.quantity == 0 then
    return "a count of 0"
  end
end

local function angle(value)
  if value.type == "angle" and value.nominal and value.nominal > 360 then
    return ("an angle of %g°"):format(value.nominal)
  elseif (value.minutes or 0) >= 60 or (value.seconds or 0) >= 60 then
    return "60 minutes or seconds and more are a larger unit"
  end
end

local function bore(value)
  for _, name in ipairs { "counterbore", "countersink" } do
    local wide = value[name] and value[name].diameter
    if wide and value.nominal and wide <= value.nominal then
      return ("the %s Ø%g is no wider than its hole Ø%g"):format(name, wide, value.nominal)
    end
  end
end

local OF_VALUE = { order, deviation, limits, thread, fit, quantity, angle, bore }

--- What is wrong with a value, by itself and by the tables of standards.
---@param value table  A typed value of the grammar.
---@return string[] failures
function checks.of_value(value)
  local failures = {}
  for _, check in ipairs(OF_VALUE) do
    failures[#failures + 1] = check(value)
  end
  return failures
end

-- Threads, frames and finishes have the spelling of their standards, whatever the sheet's.
local SHEET_STYLE = { length = true, diameter = true, radius = true, chamfer = true }
local LEAST_DECIMALS = 5
local MAJORITY = 0.8

local function decimal_sign(callout)
  return SHEET_STYLE[callout.type] and not callout.alternative and callout.text:match "%d([.,])%d"
end

local function odd_sign(callouts)
  local count = { [","] = 0, ["."] = 0 }
  for _, callout in ipairs(callouts) do
    local sign = decimal_sign(callout)
    if sign then
      count[sign] = count[sign] + 1
    end
  end
  local all, odd = count[","] + count["."], count[","] > count["."] and "." or ","
  return all >= LEAST_DECIMALS and count[odd] <= (1 - MAJORITY) * all and odd or nil
end

-- A sheet that writes most sizes with decimals has no whole number this many times as large as the
-- largest of them.
local MOST_DECIMALS, FAR_LARGER = 0.6, 3

local function has_decimals(callout)
  local number = callout.text:gsub("^%(?%d+ ?[xX×]+ ?", ""):match "[%d.,]*%d"
  return number ~= nil and number:find "[.,]" ~= nil
end

-- Above this a whole number has lost its decimal sign; nil: the sheet has many whole numbers.
local function most_whole(callouts)
  local all, decimals, largest = 0, 0, 0
  for _, callout in ipairs(callouts) do
    local size = SHEET_STYLE[callout.type] and (callout.limits and callout.limits.upper
      or callout.nominal)
    all = all + (size and 1 or 0)
    if size and has_decimals(callout) then
      decimals, largest = decimals + 1, math.max(largest, size)
    end
  end
  return decimals >= LEAST_DECIMALS and decimals >= MOST_DECIMALS * all and FAR_LARGER * largest
    or nil
end

local function is_whole_above(callout, most)
  return SHEET_STYLE[callout.type] and (callout.nominal or 0) > most
    and not has_decimals(callout) and not callout.text:find "[/']"
end

local function datums_of(callout)
  local list = {}
  for _, one in ipairs(callout.datums or {}) do
    for letter in one.datum:gmatch "%u" do
      list[#list + 1] = letter
    end
  end
  return list
end

local function from_text_layer(callout)
  for _, source in ipairs(callout.sources or {}) do
    if source == "text_layer" then
      return true
    end
  end
  return false
end

-- OCR loses lone letters in small boxes; on a sheet where it found none of them their absence says
-- nothing.
local function shows_datums(callouts, datums)
  for _, callout in ipairs(callouts) do
    for _, letter in ipairs(datums_of(callout)) do
      if datums[letter] or from_text_layer(callout) then
        return true
      end
    end
  end
  return false
end

--- What is odd about call-outs beside the others of their sheet, and what speaks for them.
---@param callouts table[]  Of one page.
---@param datums table<string, true>  Letters that stand alone on the page.
---@return table<table, string[]> failures  By call-out.
---@return table<table, string> support     By call-out: why it must be right.
function checks.of_sheet(callouts, datums)
  local failures, odd = {}, odd_sign(callouts)
  local support, doubts = chains.find(callouts)
  local most = most_whole(callouts)
  local shown = shows_datums(callouts, datums)
  local function fail(callout, text, ...)
    failures[callout] = failures[callout] or {}
    table.insert(failures[callout], text:format(...))
  end
  for _, callout in ipairs(callouts) do
    if odd and decimal_sign(callout) == odd then
      fail(callout, "the sheet writes decimals with the other sign")
    end
    if most and is_whole_above(callout, most) then
      fail(callout, "far larger than the rest of the sheet: a decimal sign may be lost")
    end
    for _, letter in ipairs(shown and datums_of(callout) or {}) do
      if not datums[letter] then
        fail(callout, "datum %s was not found on the sheet", letter)
      end
    end
    if doubts[callout] and not from_text_layer(callout) then
      fail(callout, "%s", doubts[callout])
    end
  end
  return failures, support
end

return checks
