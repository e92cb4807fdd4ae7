-- SPDX-License-Identifier: MIT
-- Several passes over one picture, merged line by line. Where two passes saw something in the same
-- place, the one that reads as a call-out is believed; of two that do, the surer one.

local passes = {}

-- Two segments are the same text when they share this much of the smaller one.
local SAME_PLACE = 0.3

local function shared(a, b)
  local width = math.min(a[1] + a[3], b[1] + b[3]) - math.max(a[1], b[1])
  local height = math.min(a[2] + a[4], b[2] + b[4]) - math.max(a[2], b[2])
  if width <= 0 or height <= 0 then
    return 0
  end
  return width * height / math.max(1, math.min(a[3] * a[4], b[3] * b[4]))
end

-- Words that were read well are no rival of a number in the same place: they stay.
local function is_text(segment)
  return (segment.confidence or 0) > 0.75 and segment.text:find "%a%a%a" ~= nil
end

local function rivals_of(segment, list, score)
  local rivals, best = {}, -math.huge
  for index, other in ipairs(list) do
    if shared(segment.box, other.box) > SAME_PLACE then
      if is_text(other) then
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
