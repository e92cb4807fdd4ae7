-- SPDX-License-Identifier: MIT
-- The numbers that were seen on the sheet by a reading made here. A model's number that is none of
-- them is no proof of an invention, but nothing here speaks for it.

local eval = require "vision.reading.eval"

local evidence = {}

-- 6,60 and 6.6 are one number.
local function plain(number)
  return ("%.9g"):format(tonumber(number))
end

local function add_numbers(known, text)
  for _, number in ipairs(eval.numbers(tostring(text))) do known[plain(number)] = true end
end

local function add_texts(known, list)
  for _, text in ipairs(list or {}) do add_numbers(known, text) end
end

--- All numbers that a local reading holds.
---@param drawing table
---@return table<string, true>
function evidence.numbers(drawing)
  local known = {}
  for _, callout in ipairs(drawing.callouts or {}) do add_numbers(known, callout.text) end
  for _, value in pairs(drawing.title_block or {}) do add_numbers(known, value) end
  add_texts(known, drawing.notes)
  add_texts(known, drawing.text)
  for _, item in ipairs(drawing.items or {}) do add_numbers(known, item.text or "") end
  return known
end

--- Whether all numbers of a text were seen.
---@param known table<string, true>?
---@param numbers string[]
---@return boolean? # nil: there is no local reading, or the text holds no number
function evidence.supports(known, numbers)
  if not known or #numbers == 0 then return nil end
  for _, number in ipairs(numbers) do
    if not known[plain(number)] then return false end
  end
  return true
end

return evidence
