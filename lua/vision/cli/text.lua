-- SPDX-License-Identifier: MIT
-- Text for a terminal: its width in columns, wrapping, padding, tables. Counts characters, not
-- bytes, on both Luas (LuaJIT has no utf8 library).

local text = {}

local CHARACTER = "[%z\1-\127\194-\244][\128-\191]*"

local function code_point(character)
  local first = character:byte()
  if first < 0x80 then return first end
  local value = first % (2 ^ (7 - #character)) -- the bits that the length prefix leaves
  for i = 2, #character do
    value = value * 64 + character:byte(i) % 64
  end
  return value
end

-- Combining marks take no column; CJK and full-width forms take two. Enough for what drawings hold.
local function columns_of(character)
  local point = code_point(character)
  if point >= 0x300 and point <= 0x36F then return 0 end
  local wide = (point >= 0x1100 and point <= 0x115F) or (point >= 0x2E80 and point <= 0xA4CF)
    or (point >= 0xAC00 and point <= 0xD7A3) or (point >= 0xF900 and point <= 0xFAFF)
    or (point >= 0xFE30 and point <= 0xFE6F) or (point >= 0xFF00 and point <= 0xFF60)
    or (point >= 0x1F300 and point <= 0x1FAFF)
  return wide and 2 or 1
end

--- Columns that a line takes.
---@param line string UTF-8
---@return integer
function text.width(line)
  local width = 0
  for character in line:gmatch(CHARACTER) do
    width = width + columns_of(character)
  end
  return width
end

--- What may be shown: words read off a drawing, or said by a model, must not steer the terminal.
---@param value any
---@return string one line without control characters
function text.clean(value)
  local line = tostring(value):gsub("[%c\127]+", " ")
  -- C1 controls are two bytes in UTF-8 (C2 80 .. C2 9F); some terminals obey them.
  return (line:gsub("\194[\128-\159]", " "))
end

--- "1 call-out", "2 call-outs"
---@param number integer
---@param thing string  takes an s where it is not one
---@return string
function text.count(number, thing)
  return ("%d %s%s"):format(number, thing, number == 1 and "" or "s")
end

--- Fills up with spaces to `width` columns.
function text.pad(line, width)
  return line .. (" "):rep(width - text.width(line))
end

--- Cuts to `width` columns, with an ellipsis where something is lost.
function text.cut(line, width)
  if text.width(line) <= width then return line end
  local kept, used = {}, 0
  for character in line:gmatch(CHARACTER) do
    used = used + columns_of(character)
    if used > width - 1 then break end
    kept[#kept + 1] = character
  end
  return table.concat(kept) .. "…"
end

--- The same with the middle lost: names of a kind differ at their ends.
function text.cut_middle(line, width)
  if text.width(line) <= width then return line end
  local characters, last, used = {}, {}, 0
  for character in line:gmatch(CHARACTER) do characters[#characters + 1] = character end
  for i = #characters, 1, -1 do
    used = used + columns_of(characters[i])
    if used > math.floor(width / 2) then break end
    table.insert(last, 1, characters[i])
  end
  local ending = table.concat(last)
  return text.cut(line, width - text.width(ending)) .. ending
end

--- Breaks at spaces into lines of at most `width` columns; a longer word stands alone and whole.
---@param line string
---@param width integer
---@return string[]
function text.wrap(line, width)
  local lines, current, used = {}, {}, 0
  for word in line:gmatch "%S+" do
    local columns = text.width(word)
    if #current > 0 and used + 1 + columns > width then
      lines[#lines + 1] = table.concat(current, " ")
      current, used = {}, 0
    end
    used = used + columns + (#current > 0 and 1 or 0)
    current[#current + 1] = word
  end
  lines[#lines + 1] = table.concat(current, " ")
  return lines
end

local function column_widths(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, text.width(cell))
    end
  end
  return widths
end

-- What is left for one column when the others have what they need.
local function share_of(column, widths, width)
  local others = 0
  for i, columns in ipairs(widths) do
    if i ~= column and columns > 0 then others = others + 2 + columns end
  end
  return math.min(widths[column] or 0, math.max(8, width - others))
end

local function joined(row, widths, cut, shorten)
  local cells = {}
  for i, cell in ipairs(row) do
    if widths[i] > 0 then
      if i == cut then cell = shorten(cell, widths[i]) end
      cells[#cells + 1] = i < #row and text.pad(cell, widths[i]) or cell
    end
  end
  return (table.concat(cells, "  "):gsub("%s+$", ""))
end

--- Rows of cells as lines with aligned columns, two spaces between; one column is cut where a line
--- would pass `width`, the last one is not filled up, one that is empty throughout is left out.
---@param rows string[][]
---@param width integer
---@param cut integer? the column that is cut (1)
---@param shorten? fun(line: string, width: integer): string  how (text.cut)
---@return string[]
function text.columns(rows, width, cut, shorten)
  local widths, lines = column_widths(rows), {}
  cut = cut or 1
  widths[cut] = share_of(cut, widths, width)
  for i, row in ipairs(rows) do
    lines[i] = joined(row, widths, cut, shorten or text.cut)
  end
  return lines
end

--- How long the rest takes, behind something else.
---@param seconds number
---@return string # ", about 3 min left"
function text.time_left(seconds)
  if seconds < 60 then return (", about %d s left"):format(math.max(1, math.ceil(seconds))) end
  return (", about %d min left"):format(math.ceil(seconds / 60))
end

return text
