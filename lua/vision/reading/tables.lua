-- SPDX-License-Identifier: MIT
-- Lists of parts and of revisions: tables with a row of column heads, and their rows below it or,
-- where the table grows upwards, above it.
local labels = require "vision.reading.title_block.labels"
local lines = require "vision.reading.lines"
local spelling = require "vision.reading.spelling"
local task = require "vision.base.task"

local tables = {}

-- What columns are called, folded. A head may name two languages: "Date/Datum".
local COLUMNS = {
  bill_of_material = {
    position = { "pos", "pos nr", "item", "item no", "no", "nr", "position", "balloon", "find no" },
    part_number = { "part number", "part no", "part nr", "teilenummer", "teile nr", "sachnummer",
      "artikelnr", "artikelnummer", "article number", "dwg no", "drawing number", "zeichnungsnr",
      "zeichnungsnummer", "ritningsnr", "ident nr", "number", "bestellnummer", "order number" },
    designation = { "description", "designation", "benennung", "bezeichnung", "benamning", "title",
      "name", "part name", "nomenclature", "beskrivning" },
    material = { "material", "werkstoff", "matl" },
    quantity = { "qty", "quantity", "menge", "anzahl", "stuck", "stk", "antal", "st", "qnty",
      "anz", "req", "qty reqd" },
    unit_weight = { "weight", "mass", "gewicht", "vikt", "masse", "unit weight" },
    standard = { "standard", "norm", "norm kurzbezeichnung" },
    remark = { "remark", "remarks", "bemerkung", "comment", "comments", "anmarkning", "note" },
  },
  revisions = {
    revision = { "rev", "revision", "zust", "zustand", "index", "ind", "utg", "utgava", "version",
      "ver", "ltr", "and", "issue" },
    zone = { "zone", "zon", "feld" },
    description = { "description", "change description", "change", "anderung", "beschreibung",
      "andring", "andringsbeskrivning", "beskrivning", "revision note", "andringen avser",
      "art der anderung" },
    date = { "date", "datum" },
    approver = { "approved", "appr", "by", "name", "sign", "signature", "signatur", "bearb",
      "gepr", "godkand", "infort", "approved by", "drawn" },
    number = { "ecn", "eco", "ecr" },
  },
}
-- Columns without which a row of heads is no such table.
local NEEDED = {
  bill_of_material = { "position", "designation" }, revisions = { "revision", "description" },
}
local ALTERNATIVE = { bill_of_material = { "quantity", "designation" } }
local FEWEST_COLUMNS = 3

-- In heights of the heads' lettering: the furthest next row, and how far a column's text may stand
-- outside the table's heads.
local ROW_GAP = 3.6
local ASIDE = 8

local function words_of(text)
  local folded = spelling.fold(text):gsub("[^%w/ ]", "")
  return folded:gsub("%s+", " "):match "^ ?(.-) ?$"
end

local function names(text)
  local folded, list = words_of(text), {}
  list[1] = (folded:gsub("/", " "))
  for part in folded:gmatch "[^/]+" do
    list[#list + 1] = part:match "^ ?(.-) ?$"
  end
  return list
end

local function is_head(given, known)
  for _, name in ipairs(given) do
    for _, head in ipairs(known) do
      if name == head or #head > 4 and spelling.within(name, head, spelling.tolerance(#head)) then
        return true
      end
    end
  end
  return false
end

local function column_of(kind, text)
  local given = names(text)
  for column, known in pairs(COLUMNS[kind]) do
    if is_head(given, known) then
      return column
    end
  end
end

local function middle(box)
  return box[2] + box[4] / 2
end

-- Segments that stand in one line with a given one, from left to right.
local function row_with(segments, segment)
  local row = {}
  for _, other in ipairs(segments) do
    if other.rotation == 0
      and math.abs(middle(other.box) - middle(segment.box)) < 0.7 * math.max(8, segment.height) then
      row[#row + 1] = other
    end
  end
  table.sort(row, function(a, b)
    return a.box[1] < b.box[1]
  end)
  return row
end

local function has(heads, needed)
  for _, column in ipairs(needed) do
    if not heads[column] then
      return false
    end
  end
  return true
end

-- The heads of a table in a line of segments, or nothing.
local function heads_in(kind, row)
  local heads, list = {}, {}
  for _, segment in ipairs(row) do
    task.breathe()
    local column = column_of(kind, segment.text)
    if column and not heads[column] then
      heads[column] = true
      list[#list + 1] = { column = column, segment = segment, box = segment.box }
    end
  end
  local alternative = ALTERNATIVE[kind]
  local whole = has(heads, NEEDED[kind]) or alternative and has(heads, alternative)
  return whole and #list >= FEWEST_COLUMNS and list or nil
end

-- The head whose column a box stands in. A column reaches to the middle of the gap before its
-- neighbour: that serves columns set to the left and columns set in the middle.
local function column_at(heads, box)
  local x = box[1] + box[3] / 2
  for index, head in ipairs(heads) do
    local following = heads[index + 1]
    if not following or x < (head.box[1] + head.box[3] + following.box[1]) / 2 then
      return head.column
    end
  end
end

local function extent(heads)
  local box, height = heads[1].box, 0
  for _, head in ipairs(heads) do
    box = lines.union(box, head.box)
    height = math.max(height, head.segment.height)
  end
  return box, height
end

-- Lines beside the heads, the nearest first, in one direction.
local function lines_beside(segments, box, height, direction, taken)
  local list = {}
  for _, segment in ipairs(segments) do
    local away = (middle(segment.box) - middle(box)) * direction
    local x = segment.box[1] + segment.box[3] / 2
    if segment.rotation == 0 and not taken[segment] and away > 0.7 * height
      and x > box[1] - ASIDE * height and x < box[1] + box[3] + ASIDE * height then
      list[#list + 1] = { segment = segment, away = away }
    end
  end
  table.sort(list, function(a, b)
    return a.away < b.away
  end)
  return list
end

local function cells_of(heads, segments)
  local cells, count = {}, 0
  table.sort(segments, function(a, b)
    return a.box[1] < b.box[1]
  end)
  for _, segment in ipairs(segments) do
    local column = column_at(heads, segment.box)
    count = count + (cells[column] and 0 or 1)
    cells[column] = cells[column] and cells[column] .. " " .. segment.text or segment.text
  end
  return cells, count
end

local function add_line(rows, line, height)
  local last = rows[#rows]
  if not last or line.away - last.away > 0.7 * height then
    last = { away = line.away, segments = {} }
    rows[#rows + 1] = last
  end
  last.segments[#last.segments + 1] = line.segment
end

-- Lone digits and letters are what OCR loses first, so a row may lack what it begins with; a line
-- of labels is the title block below.
local function is_row(row, columns)
  local known = 0
  for _, segment in ipairs(row.segments) do
    known = known + (labels.find(segment.text) and 1 or 0)
  end
  local cells = row.cells
  return columns >= 2 and known < columns / 2
    and (cells.designation or cells.part_number or cells.description) ~= nil
end

-- Cuts the lines where the table ends: at a wide gap, or at a line that holds no row.
local function rows_in(heads, list, height)
  local rows, kept = {}, {}
  for _, line in ipairs(list) do
    local last = rows[#rows]
    if line.away - (last and last.away or 0) > ROW_GAP * height then
      break
    end
    add_line(rows, line, height)
  end
  for _, row in ipairs(rows) do
    task.breathe()
    local columns
    row.cells, columns = cells_of(heads, row.segments)
    if not is_row(row, columns) then
      break
    end
    kept[#kept + 1] = row
  end
  return kept
end

local function read_table(heads, segments, taken)
  local box, height = extent(heads)
  local down = rows_in(heads, lines_beside(segments, box, height, 1, taken), height)
  local up = rows_in(heads, lines_beside(segments, box, height, -1, taken), height)
  return #up > #down and up or down
end

local function take(found, kind, heads, rows, taken)
  for _, head in ipairs(heads) do
    taken[head.segment] = true
  end
  for _, row in ipairs(rows) do
    for _, segment in ipairs(row.segments) do
      taken[segment] = true
    end
    table.insert(found[kind], row.cells)
  end
end

--- Finds the lists of parts and of revisions of a page.
---@param segments table[]  Line segments of the page.
---@return { bill_of_material: table[], revisions: table[] } found  Rows: text by column.
---@return table[] rest  The segments that belong to neither.
function tables.read(segments)
  local found, taken, rest = { bill_of_material = {}, revisions = {} }, {}, {}
  for _, kind in ipairs { "bill_of_material", "revisions" } do
    for _, segment in ipairs(segments) do
      task.breathe()
      local heads = not taken[segment] and column_of(kind, segment.text)
        and heads_in(kind, row_with(segments, segment))
      if heads then
        take(found, kind, heads, read_table(heads, segments, taken), taken)
      end
    end
  end
  for _, segment in ipairs(segments) do
    if not taken[segment] then
      rest[#rest + 1] = segment
    end
  end
  return found, rest
end

-- Cells that one reading of a row left open are filled from another.
local function fill(rows, more)
  for index, row in ipairs(rows) do
    for column, text in pairs(more[index]) do
      row[column] = row[column] or text
    end
  end
end

--- The tables of several readings of one page: the longest, its open cells filled from the others
--- that have as many rows.
---@param readings table[]  of `tables.read`, the best first
---@return { bill_of_material: table[], revisions: table[] }
function tables.join(readings)
  local joined = { bill_of_material = {}, revisions = {} }
  for kind in pairs(joined) do
    for _, found in ipairs(readings) do
      if #found[kind] > #joined[kind] then
        joined[kind] = found[kind]
      elseif #found[kind] == #joined[kind] then
        fill(joined[kind], found[kind])
      end
    end
  end
  return joined
end

return tables
