-- SPDX-License-Identifier: MIT
-- The periods that sums and counts (rollups) are asked for.

local date = require "vision.base.date"
local errors = require "vision.base.error"
local option_lists = require "vision.base.options"
local rollup = require "vision.records.rollup"

local period = {}

---@class vision.RollupPeriod
---@field from integer       seconds since 1970, at the start of a slot
---@field to integer         the end, after it
---@field provider string?
---@field every integer?     seconds that become one row, counted from `from`; a slot by default
---@field dimension string?  of counts: "tag" | "confidence" | "latency"

local function whole_slots(width)
  return function(value) return value % width == 0 end
end

local function period_options(width)
  local edge = { "an edge of the period", type = "number", min = 0, max = date.MAX + 1,
    check = whole_slots(width), must_be = ("a multiple of %d seconds"):format(width) }
  return {
    from = edge, to = edge, provider = { "whose", type = "string" },
    every = { "seconds of a row", type = "number", min = width, check = whole_slots(width),
      must_be = ("a multiple of %d seconds"):format(width), default = width },
  }
end

local SUMS, COUNTS = period_options(rollup.SLOT), period_options(rollup.HOUR)
COUNTS.dimension = { "what was counted", type = "string", one_of = rollup.DIMENSIONS }

local function check(given, specs, what)
  local checked, err = option_lists.check(specs, given, what)
  if not checked then
    return nil, err
  elseif not checked.from or not checked.to or checked.from >= checked.to then
    return nil, errors.new("invalid_option", what .. ": it needs 'from' and, after it, 'to'")
  end
  for _, name in ipairs { "from", "to", "every" } do
    checked[name] = math.floor(checked[name])
  end
  return checked
end

--- Checks the period of sums.
---@param given vision.RollupPeriod
---@return vision.RollupPeriod|nil
---@return vision.error? err invalid_option
function period.sums(given)
  return check(given, SUMS, "sums")
end

--- Checks the period of counts.
---@param given vision.RollupPeriod
---@return vision.RollupPeriod|nil
---@return vision.error? err invalid_option
function period.counts(given)
  local checked, err = check(given, COUNTS, "counts")
  if checked and not checked.dimension then
    return nil, errors.new("invalid_option", "counts: it needs a 'dimension'")
  end
  return checked, err
end

return period
