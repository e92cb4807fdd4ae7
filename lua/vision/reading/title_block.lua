-- SPDX-License-Identifier: MIT
-- The title block: found by its labels, read cell by cell (title_block/cells.lua), then by what its
-- lettering says where a cell has no label (title_block/unlabelled.lua). Sheets without labels are
-- read by what their lines say (title_block/plain.lua).
local blocks = require "vision.reading.blocks"
local cells = require "vision.reading.title_block.cells"
local general_tolerance = require "vision.reading.general_tolerance"
local labels = require "vision.reading.title_block.labels"
local lines = require "vision.reading.lines"
local pieces = require "vision.reading.title_block.pieces"
local plain = require "vision.reading.title_block.plain"
local unlabelled = require "vision.reading.title_block.unlabelled"
local values = require "vision.reading.title_block.values"

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

local function without(segments, is_label)
  local list = {}
  for _, segment in ipairs(segments) do
    if segment.rotation == 0 and not is_label[segment] then
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
  local region, is_label = region_of(cluster, segments, page), {}
  for _, label in ipairs(cluster) do
    is_label[label.segment] = true
  end
  local own = within(region, segments)
  local around = without(within(with_logos(region, page), segments), is_label)
  local fields, open = cells.read(cluster, region, around)
  unlabelled.unmistakable(fields, own)
  read_tolerances(fields, own)
  local logo = unlabelled.headlines(fields, open, cluster, region)
  return fields, logo and lines.union(region, logo) or region
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
  segments = pieces.of(segments)
  local cluster = best_cluster(find_labels(segments), page)
  local fields, region
  if cluster then
    fields, region = read_labelled(cluster, segments, page)
  else
    fields, region = plain.read(blocks.group(segments))
  end
  return fields, region, close(fields, segments)
end

-- What is missing in both.
local function common(a, b)
  local in_b, list = {}, {}
  for _, name in ipairs(b) do
    in_b[name] = true
  end
  for _, name in ipairs(a) do
    list[#list + 1] = in_b[name] and name or nil
  end
  return list
end

-- Whether a further reading says more than the one before.
local SAYS_MORE = {
  general_tolerance = function(old, new)
    return #general_tolerance.parse(new) > #general_tolerance.parse(old)
  end,
  sheet = function(old, new)
    return not old:find "%D" and new:find "%D" and new:find(old, 1, true)
  end,
}

local function add(fields, more)
  for field, value in pairs(more) do
    local old = fields[field]
    if old and SAYS_MORE[field] and SAYS_MORE[field](old, value)
      or not old and not unlabelled.is_known(fields, value) then
      fields[field] = value
    end
  end
end

--- Reads the title block from several readings of one page: each fills the fields that those before
--- it left open.
---@param lists table[][]  Line segments of each, the best first.
---@param page { width: number, height: number }
---@return table fields
---@return number[]|nil region
---@return string[] missing
function title_block.read_passes(lists, page)
  local fields, region, absent = title_block.read(lists[1], page)
  for index = 2, #lists do
    local more, place, also_absent = title_block.read(lists[index], page)
    add(fields, more)
    region, absent = region or place, common(absent, also_absent)
  end
  return fields, region, absent
end

return title_block
