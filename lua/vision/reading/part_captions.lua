-- SPDX-License-Identifier: MIT
-- Several parts on one sheet: captions that name a part and say how many of it are made.
local blocks = require "vision.reading.blocks"
local spelling = require "vision.reading.spelling"
local task = require "vision.base.task"

local part_captions = {}

local COUNTED = {
  "^(%d+) ?pieces?%f[%A]", "^(%d+) ?pcs?%f[%A]", "^(%d+) ?off%f[%A]", "^(%d+) ?required%f[%A]",
  "^(%d+) ?stuck%f[%A]", "^(%d+) ?stk%f[%A]", "^(%d+) ?st%f[%A]", "^qty:? ?(%d+)$",
  "^quantity:? ?(%d+)$", "^anzahl:? ?(%d+)$", "^stuckzahl:? ?(%d+)$", "^antal:? ?(%d+)$",
  "^make (%d+)$",
}

--- How many a line asks for.
local function count_in(text)
  local folded = spelling.fold(text):gsub("^[|%[%]%s]+", "")
  for _, pattern in ipairs(COUNTED) do
    local count = folded:match(pattern)
    if count then
      return tonumber(count)
    end
  end
end

local function lines_before(block, index)
  local lines = {}
  for line = 1, index - 1 do
    lines[line] = block[line]
  end
  return blocks.text(lines)
end

--- The parts that captions of a page name, from top to bottom.
---@param segments table[]  Lines outside the title block.
---@return { designation: string, quantity: integer }[]
function part_captions.read(segments)
  local list = {}
  for _, block in ipairs(blocks.group(segments)) do
    task.breathe()
    for index = 2, #block do
      local count = count_in(block[index].text)
      if count and count > 0 and block[1].text:find "%a%a%a" then
        list[#list + 1] = { designation = lines_before(block, index), quantity = count }
        break
      end
    end
  end
  return list
end

return part_captions
