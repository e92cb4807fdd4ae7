-- SPDX-License-Identifier: MIT
-- What a picture of a page says. A reading is a list of passes; each gives words in pixels of the page, and the passes are
-- merged here. One pass finds most: sparse text with orientation (psm 12) at 200 dpi, measured in bench/reading.md.
local reader = require "vision.reading.reader"

local ocr = {}

ocr.PASSES = { { psm = 12, languages = "eng" } }

-- Tesseract answers a rule with these, at any confidence.
local function is_noise(word)
  return word.text:find "^%s*$" ~= nil
end

local function keep(word, pass)
  if is_noise(word) then
    return nil
  end
  word.source, word.pass = "ocr", pass
  return word
end

--- Recognises the words of one page.
---@param image userdata
---@param page integer  From 1.
---@param dpi number    Resolution at which the page is read and in whose pixels boxes are given.
---@return { width: number, height: number, dpi: number, words: table[] }|nil page
---@return table|nil err
function ocr.read(image, page, dpi)
  local words, size = {}, nil
  for index, pass in ipairs(ocr.PASSES) do
    local found, err = reader.words(image, { page = page, dpi = dpi, psm = pass.psm, languages = pass.languages })
    if not found then
      return nil, err
    end
    size = size or found
    for _, word in ipairs(found.words) do
      words[#words + 1] = keep(word, index)
    end
  end
  return { width = size.width, height = size.height, dpi = size.dpi or dpi, words = words }
end

return ocr
