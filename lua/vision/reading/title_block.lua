-- SPDX-License-Identifier: MIT
-- The title block: found by its labels, read cell by cell (title_block/cells.lua), then by what its
-- lettering says where a cell has no label (title_block/unlabelled.lua). Sheets without labels are
-- read by what their lines say (title_block/plain.lua).
local blocks = require "vision.reading.blocks"
local boxes = require "vision.reading.boxes"
local cells = require "vision.reading.title_block.cells"
local general_tolerance = require "vision.reading.general_tolerance"
local labels = require "vision.reading.title_block.labels"
local lines = require "vision.reading.lines"
local pieces = require "vision.reading.title_block.pieces"
local plain = require "vision.reading.title_block.plain"
local task = require "vision.base.task"
local unlabelled = require "vision.reading.title_block.unlabelled"
local values = require "vision.reading.title_block.values"
local votes = require "vision.reading.title_block.votes"

local title_block = {}

-- Fewer labels than this, and words of the drawing only happen to be spelled like labels.
local FEWEST_LABELS = 3
-- Shares of the page: labels further apart belong to another table.
local NEAR_X, NEAR_Y = 0.22, 0.09
-- How far above its first label a block may reach: the row of logos has no labels.
local LOGOS = 0.06

title_block.inside = cells.inside

local function find_labels(segments)
  local found = {}
  for _, segment in ipairs(segments) do
    task.breathe()
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

-- Boxes that cover most of each other hold the same words, however they were read.
local function is_same_place(a, b)
  return boxes.within(a, b) > 0.5 and boxes.within(b, a) > 0.5
end

local function label_at(box, found)
  for _, label in ipairs(found) do
    if is_same_place(label.box, box) then
      return label
    end
  end
end

-- A label is the same where one reading has its value in the same line and another has not.
local function same_label(label, found)
  for _, other in ipairs(found) do
    if other.field == label.field and boxes.shared(other.box, label.box) > 0.5 then
      return other
    end
  end
  return label_at(label.box, found)
end

-- The labels that any of the readings knows, with what each reading has there in `seen`.
local function shared_labels(readings)
  local found = {}
  for index, segments in ipairs(readings) do
    for _, label in ipairs(find_labels(segments)) do
      local same = same_label(label, found)
      if not same then
        same, label.seen = label, {}
        found[#found + 1] = label
      end
      same.seen[index] = label
    end
  end
  return found
end

-- The labels of a block as one of the readings has them.
local function labels_of(cluster, index)
  local list = {}
  for place, label in ipairs(cluster) do
    local own = label.seen[index]
    list[place] = { field = label.field, box = label.box, segment = label.segment,
      own = own and own.segment, rest = own and own.field == label.field and own.rest or "" }
  end
  return list
end

local function collect(found, seen, index, page, cluster)
  seen[index] = true
  cluster[#cluster + 1] = found[index]
  for other = 1, #found do
    if not seen[other] then
      local x, y = cells.apart(found[index].box, found[other].box)
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

local function within(region, segments)
  local list = {}
  for _, segment in ipairs(segments) do
    if cells.inside(region, segment.box) then
      list[#list + 1] = segment
    end
  end
  return list
end

-- The block with the row of logos and notices that many templates have above their first label.
local function with_logos(region, page)
  local more = LOGOS * page.height
  return { region[1], region[2] - more, region[3], region[4] + more }
end

-- A label that only another reading knows stands here as words without sense.
local function without_labels(segments, cluster)
  local own, list = {}, {}
  for _, label in ipairs(cluster) do
    own[label.own or label] = true
  end
  for _, segment in ipairs(segments) do
    if segment.rotation == 0 and not own[segment] and not label_at(segment.box, cluster) then
      list[#list + 1] = segment
    end
  end
  return list
end

-- A block of tolerances has rows in several cells' reach: it is read as a whole.
local function read_tolerances(fields, segments)
  local texts = {}
  for index, segment in ipairs(segments) do
    texts[index] = segment.text
  end
  for _, row in ipairs(pieces.rows(segments)) do
    texts[#texts + 1] = row
  end
  local entries = general_tolerance.read(texts)
  fields.general_tolerance = general_tolerance.text(entries) or fields.general_tolerance
end

local function read_labelled(cluster, segments, page)
  task.breathe()
  local region = region_of(cluster, segments, page)
  local own = within(region, segments)
  local around = without_labels(within(with_logos(region, page), segments), cluster)
  task.breathe()
  local fields, open, sure = cells.read(cluster, region, around)
  task.breathe()
  unlabelled.unmistakable(fields, own, sure)
  task.breathe()
  read_tolerances(fields, own)
  local logo = unlabelled.headlines(fields, open, cluster, region)
  return { fields = fields, sure = sure, region = logo and lines.union(region, logo) or region }
end

local function read_plain(segments)
  task.breathe()
  local fields, region = plain.read(blocks.group(segments))
  return { fields = fields, sure = {}, region = region }
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

local function add_units(fields, segments)
  for _, segment in ipairs(segments) do
    fields.units = fields.units or (values.units(segment.text))
  end
end

--- Reads the title block of a page from one reading of its lines, or from several.
---@param lists table[][]  Line segments of each, the best first.
---@param page { width: number, height: number }  In pixels.
---@return table fields  Text by field name; absent where the sheet says nothing.
---@return number[]|nil region  The block's box, nil when the sheet has none.
---@return string[] missing  ISO 7200 fields that a sheet must have and this one does not.
function title_block.read(lists, page)
  local all, readings, region = {}, {}, nil
  for index, segments in ipairs(lists) do
    all[index] = pieces.of(segments)
  end
  local cluster = best_cluster(shared_labels(all), page)
  for index, segments in ipairs(all) do
    local reading = cluster and read_labelled(labels_of(cluster, index), segments, page)
      or read_plain(segments)
    add_units(reading.fields, segments)
    region, readings[index] = region or reading.region, reading
  end
  local fields = votes.count(readings)
  local absent = missing(fields)
  for _, field in ipairs(PRESENT_ONLY) do
    fields[field] = nil
  end
  return fields, region, absent
end

return title_block
