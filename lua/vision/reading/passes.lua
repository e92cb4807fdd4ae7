-- SPDX-License-Identifier: MIT
-- Several passes over one picture, merged line by line. Where two passes saw something in the same
-- place, the one that reads as a call-out is believed; of two that do, the surer one.

local boxes = require "vision.reading.boxes"
local task = require "vision.base.task"

local passes = {}

-- Two segments are the same text when they share this much of the smaller one.
local SAME_PLACE = 0.3

local function has_words(segment)
  return segment.text:find "%a%a%a" ~= nil
end

-- Words that were read well are no rival of a number in the same place: they stay, unless other
-- words are surer.
local function stays(other, segment)
  local sure = other.confidence or 0
  return has_words(other) and sure > 0.75
    and not (has_words(segment) and (segment.confidence or 0) > sure)
end

local function rivals_of(segment, list, score)
  local rivals, best = {}, -math.huge
  for index, other in ipairs(list) do
    if boxes.shared(segment.box, other.box) > SAME_PLACE then
      if stays(other, segment) then
        return nil, math.huge
      end
      rivals[index] = true
      best = math.max(best, score(other) or -math.huge)
    end
  end
  return rivals, best
end

--- Adds what a further pass read better or alone.
---@param list table[]   segments so far
---@param extra table[]  segments of the further pass
---@param score fun(segment: table): number?  how far it reads as a call-out; nil: it does not
---@return table[] merged
function passes.merge(list, extra, score)
  for _, segment in ipairs(extra) do
    task.breathe()
    local own = score(segment)
    if own then
      local rivals, best = rivals_of(segment, list, score)
      if own > best then
        local rest = { segment }
        for index, other in ipairs(list) do
          if not rivals[index] then
            rest[#rest + 1] = other
          end
        end
        list = rest
      end
    end
  end
  return list
end

return passes
