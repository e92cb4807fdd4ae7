-- SPDX-License-Identifier: MIT
-- Rows of a table as text (RFC 4180).
--
-- A spreadsheet runs a cell that begins with = + - or @ as a formula, and text from a drawing may
-- come from anybody. Such a cell gets an apostrophe in front, except where the whole cell is a
-- plain number ("-0,1", "+0.05"): that is what a deviation looks like, and it can do nothing.

local csv = {}

local function is_number(text)
  return text:find "^[+-]?%d+[.,]?%d*$" ~= nil or text:find "^[+-]?[.,]%d+$" ~= nil
end

--- One cell: no formula, quoted where a comma, a quote or a line break asks for it.
---@param text string?
---@return string
function csv.cell(text)
  text = text or ""
  if text:find "^[=+@%c-]" and not is_number(text) then
    text = "'" .. text
  end
  if text:find '[",\r\n]' then
    return '"' .. text:gsub('"', '""') .. '"'
  end
  return text
end

--- One row, ended by CR LF.
---@param cells string[]
---@return string
function csv.row(cells)
  local texts = {}
  for i, text in ipairs(cells) do texts[i] = csv.cell(text) end
  return table.concat(texts, ",") .. "\r\n"
end

return csv
