-- SPDX-License-Identifier: MIT
-- A text layer that is not what the page shows: scanners and careless tools lay the hidden text of
-- another page behind a picture. Nobody sees it, so nobody would notice; the picture is asked.

local boxes = require "vision.reading.boxes"
local grid = require "vision.reading.grid"
local task = require "vision.base.task"

local hidden_text = {}

-- Words shorter than this are found anywhere by chance.
local LETTERS = 3
-- So few words accuse nobody.
local FEWEST = 6
-- On honest sheets the picture shows 85 % and more of the layer's words in their places, on foreign
-- ones at most 11 %.
local LEAST_SEEN = 0.4
local SAME_PLACE = 0.3

-- What OCR confuses is made the same.
local function plain(text)
  return (text:gsub("[^%w]", ""):lower():gsub("o", "0"):gsub("[il]", "1"))
end

local function is_seen(word, letters, seen, places)
  for _, index in ipairs(places:near(word.box, 0)) do
    local other = seen[index]
    if boxes.shared(word.box, other.box) > SAME_PLACE then
      local found = plain(other.text)
      local same = #found > 1 and (letters:find(found, 1, true) or found:find(letters, 1, true))
      if same then
        return true
      end
    end
  end
  return false
end

--- Whether a text layer holds the words of another page.
---@param layer table[]  words of the layer
---@param seen table[]   words that OCR saw, in the same pixels
---@return boolean
function hidden_text.is_foreign(layer, seen)
  local asked, agreed, places = 0, 0, grid.new(seen)
  for _, word in ipairs(layer) do
    task.breathe()
    local letters = plain(word.text)
    if #letters >= LETTERS then
      asked = asked + 1
      agreed = agreed + (is_seen(word, letters, seen, places) and 1 or 0)
    end
  end
  return asked >= FEWEST and agreed < LEAST_SEEN * asked
end

return hidden_text
