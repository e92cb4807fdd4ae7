-- SPDX-License-Identifier: MIT
-- The title block: found by its labels, its cells rebuilt from where the labels stand. A cell
-- reaches from its label to the next label on the right and the next one below. Sheets without
-- labels are read by what their lines say (title_block/plain.lua).
local blocks = require "vision.reading.blocks"
local labels = require "vision.reading.title_block.labels"
local lines = require "vision.reading.lines"
local plain = require "vision.reading.title_block.plain"
local values = require "vision.reading.title_block.values"

local title_block = {}

-- Fewer labels than this, and words of the drawing only happen to be spelled like labels.
local FEWEST_LABELS = 3
-- Shares of the page: labels further apart belong to another table (revisions, parts).
local NEAR_X, NEAR_Y = 0.22, 0.09
-- How far above its first label a block may reach.
local LOGOS = 0.06
-- In heights of the label's lettering.
local SAME_ROW = 2.5
local OUTDENT = 2
-- A value stands behind its label in the same row more readily than far below it.
local ASIDE = 0.4

-- A rule of the table that came out as a bar stands between two cells;
-- two labels that stand close may have come out as one line.
local function split_cells(segments)
  local out = {}
  for _, segment in ipairs(segments) do
    for _, piece in ipairs(lines.split(segment, "^[|%]%[]+$")) do
      local count = labels.first_of_two(piece.text)
      while count and count < #piece.words do
        out[#out + 1], piece = lines.cut(piece, count)
        count = labels.first_of_two(piece.text)
      end
      out[#out + 1] = piece
    end
  end
  return out
end

local function find_labels(segments)
  local found = {}
  for _, segment in ipairs(segments) do
    if segment.rotation == 0 then
      local label = labels.find(segment.text)
      if label then
        label.segment, label.box = segment, segment.box
        found[#found + 1] = label
      end
    end
  end
  return found
end

local function apart(a, b)
  local x = math.max(a[1], b[1]) - math.min(a[1] + a[3], b[1] + b[3])
  local y = math.max(a[2], b[2]) - math.min(a[2] + a[4], b[2] + b[4])
  return math.max(0, x), math.max(0, y)
end

local function collect(found, seen, index, page, cluster)
  seen[index] = true
  cluster[#cluster + 1] = found[index]
  for other = 1, #found do
    if not seen[other] then
      local x, y = apart(found[index].box, found[other].box)
      if x <= NEAR_X * page.width and y <= NEAR_Y * page.height then
        collect(found, seen, other, page, cluster)
      end
    end
  end
end

-- The table with the most different labels; of two alike the lower one.
local function best_cluster(found, page)
  local seen, best, best_score = {}, nil, FEWEST_LABELS - 1
  for index = 1, #found do
    if not seen[index] then
      local cluster, fields, score = {}, {}, 0
      collect(found, seen, index, page, cluster)
      for _, label in ipairs(cluster) do
        local key = label.field or label.segment.text
        score = score + (fields[key] and 0 or 1)
        fields[key] = true
      end
      if score > best_score then
        best, best_score = cluster, score
      end
    end
  end
  return best
end

local function region_of(cluster, segments, page)
  local box
  for _, label in ipairs(cluster) do
    box = box and lines.union(box, label.box) or label.box
  end
  local right, bottom = box[1] + box[3], box[2] + box[4]
  -- The block reaches to the border of the sheet; its last column and row have values beyond the
  -- labels.
  for _, segment in ipairs(segments) do
    local b = segment.box
    if b[2] + b[4] / 2 > box[2] and b[1] > box[1] and b[1] + b[3] < 0.985 * page.width then
      right = math.max(right, b[1] + b[3])
      if b[2] - bottom < 0.03 * page.height then
        bottom = math.max(bottom, b[2] + b[4])
      end
    end
  end
  local margin = 0.004 * page.height
  local width, height = right - box[1], bottom - box[2]
  return { box[1] - margin, box[2] - margin, width + 2 * margin, height + 2 * margin }
end

function title_block.inside(region, box)
  local x, y = box[1] + box[3] / 2, box[2] + box[4] / 2
  return x >= region[1] and x <= region[1] + region[3]
    and y >= region[2] and y <= region[2] + region[4]
end

local function cell_of(label, cluster, region)
  local box = label.box
  local height = label.segment.height
  local right, bottom = region[1] + region[3], region[2] + region[4]
  for _, other in ipairs(cluster) do
    if other ~= label and other.box[1] >= box[1] + 0.6 * box[3]
      and math.abs(other.box[2] - box[2]) < SAME_ROW * height then
      right = math.min(right, other.box[1] - 0.3 * height)
    end
  end
  for _, other in ipairs(cluster) do
    local reach = math.min(other.box[1] + other.box[3], right) - math.max(other.box[1], box[1])
    if other ~= label and other.box[2] > box[2] + box[4] * 0.8 and reach > 0 then
      bottom = math.min(bottom, other.box[2])
    end
  end
  local x, y = box[1] - OUTDENT * height, box[2] - 0.5 * height
  return { x, y, right - x, bottom - y }
end

local function distance(a, b)
  local x, y = apart(a, b)
  return ASIDE * x + y
end

-- What stands in a cell, the paragraph nearest to the label first: a cell that is cut too wide
-- takes in its neighbours.
local function cell_texts(label, cell, segments, is_label)
  local contents = {}
  for _, segment in ipairs(segments) do
    local upright = not is_label[segment] and segment.rotation == 0
    if upright and title_block.inside(cell, segment.box) then
      contents[#contents + 1] = segment
    end
  end
  local groups = blocks.group(contents)
  table.sort(groups, function(a, b)
    local to_a, to_b = distance(label.box, a[1].box), distance(label.box, b[1].box)
    if to_a ~= to_b then
      return to_a < to_b
    end
    return a[1].box[1] < b[1].box[1]
  end)
  local texts = { label.rest ~= "" and label.rest or nil }
  for _, group in ipairs(groups) do
    texts[#texts + 1] = blocks.text(group)
  end
  return texts
end

local function value_of(field, texts)
  local check = values.check[field]
  -- "1", "OF" and "1" come apart where a rule runs close to them.
  local whole = field == "sheet" and check(table.concat(texts, " ")) or nil
  if whole and whole:find "%D" then
    return whole
  end
  for _, text in ipairs(texts) do
    local found = check(text)
    if found then
      return found
    end
  end
end

local function read_cells(cluster, region, segments, is_label)
  local fields = {}
  for _, label in ipairs(cluster) do
    if label.field and not fields[label.field] then
      local texts = cell_texts(label, cell_of(label, cluster, region), segments, is_label)
      fields[label.field] = value_of(label.field, texts)
    end
  end
  return fields
end

-- A field of which only one spelling exists can be taken from anywhere in the block when its label
-- was not read.
local UNMISTAKABLE = { "scale", "sheet_size", "date" }

local function read_unlabelled(fields, region_segments, taken)
  for _, segment in ipairs(region_segments) do
    for _, field in ipairs(UNMISTAKABLE) do
      if not fields[field] and not (field == "scale" and not segment.text:find "%d ?: ?%d") then
        fields[field] = values.check[field](segment.text)
      end
    end
    fields.sheet = fields.sheet or values.sheet_of(segment.text)
    fields.units = fields.units or (values.units(segment.text))
    fields.projection = fields.projection or values.projection(segment.text)
  end
  plain.by_size(fields, region_segments, taken)
end

local function within(region, segments)
  local list = {}
  for _, segment in ipairs(segments) do
    if title_block.inside(region, segment.box) then
      list[#list + 1] = segment
    end
  end
  return list
end

-- The row of logos and notices that many templates have above their first label.
local function with_logos(region, page)
  local more = LOGOS * page.height
  return { region[1], region[2] - more, region[3], region[4] + more }
end

local function missing(fields)
  local list = {}
  for _, mandatory in ipairs(labels.MANDATORY) do
    if not fields[mandatory.field] then
      list[#list + 1] = mandatory.name
    end
  end
  return list
end

-- What the block knows but a reading has no field for: they only count as present.
local PRESENT_ONLY = { "creator", "approver", "document_type" }

local function close(fields, segments)
  for _, segment in ipairs(segments) do
    fields.units = fields.units or (values.units(segment.text))
  end
  local absent = missing(fields)
  for _, field in ipairs(PRESENT_ONLY) do
    fields[field] = nil
  end
  return absent
end

--- Reads the title block of a page.
---@param segments table[]  Line segments of the page.
---@param page { width: number, height: number }  In pixels.
---@return table fields  Text by field name; absent where the sheet says nothing.
---@return number[]|nil region  The block's box, nil when the sheet has none.
---@return string[] missing  ISO 7200 fields that a sheet must have and this one does not.
function title_block.read(segments, page)
  segments = split_cells(segments)
  local cluster = best_cluster(find_labels(segments), page)
  local fields, region
  if cluster then
    region = region_of(cluster, segments, page)
    local is_label = {}
    for _, label in ipairs(cluster) do
      is_label[label.segment] = true
    end
    local own = within(region, segments)
    fields = read_cells(cluster, region, own, is_label)
    read_unlabelled(fields, own, is_label)
    plain.owner_by_size(fields, within(with_logos(region, page), segments))
  else
    fields, region = plain.read(blocks.group(segments))
  end
  return fields, region, close(fields, segments)
end

return title_block
