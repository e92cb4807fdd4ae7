-- SPDX-License-Identifier: MIT
-- The text that a PDF carries, with boxes: exact digits, no guessing. Not every layer is text of
-- the page: some are empty, some hold the unreadable codes of a symbol font.
local reader = require "vision.reading.reader"

local text_layer = {}

-- Below this share of readable characters a layer is codes of a font, not text.
local LEAST_READABLE = 0.8

local function readable(words)
  local good, all = 0, 0
  for _, word in ipairs(words) do
    local _, strange = word.text:gsub("[%z\1-\31\127]", "")
    local _, replaced = word.text:gsub("\239\191\189", "")
    local _, private = word.text:gsub("\238[\128-\191][\128-\191]", "")
    all = all + #word.text
    good = good + #word.text - strange - 3 * replaced - 3 * private
  end
  return all > 0 and good / all or 0
end

--- Words of the text layer of one page.
---@param image userdata  A PDF.
---@param page integer    From 1.
---@param dpi number      Boxes are in pixels at this resolution.
---@return { width: number, height: number, words: table[] }|nil page nil without an error: there
---  is no usable layer.
---@return table|nil err
function text_layer.read(image, page, dpi)
  local found, err = reader.text_layer(image, { page = page, dpi = dpi })
  if not found then
    return nil, err
  end
  if readable(found.words) < LEAST_READABLE then
    return nil
  end
  for _, word in ipairs(found.words) do
    word.source = "text_layer"
  end
  return found
end

return text_layer
