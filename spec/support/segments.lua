-- SPDX-License-Identifier: MIT
-- Line segments as the reading of a page gives them, for specs that need only text and places.
local segments = {}

--- One line at a place, in lettering 20 pixels high.
---@param text string
---@param x number
---@param y number
---@param fields? table  What differs: confidence, in_block, page …
function segments.at(text, x, y, fields)
  local segment = { text = text, box = { x, y, 12 * #text, 20 }, rotation = 0, height = 20,
    confidence = 0.9, source = "ocr", page = 1 }
  for name, value in pairs(fields or {}) do
    segment[name] = value
  end
  return segment
end

--- Lines far from each other, from top to bottom.
---@param ... string
function segments.apart(...)
  local list = {}
  for index, text in ipairs { ... } do
    list[index] = segments.at(text, 100, 100 * index)
  end
  return list
end

return segments
