-- SPDX-License-Identifier: MIT
-- What a filter becomes in SQLite. One index leads: it is gone along in order of time (see
-- sqlite_schema.lua) until a page is full, and what else is asked for is looked at on the way.

local query = {}

-- In this order, the first that is asked for leads: few records have a request, a picture or
-- settings in common, most may have a provider.
local RARE = { "request_id", "image_hash", "settings_key" }
local COMMON = { "model", "provider", "status" }

local SOURCES = {
  words = { "record_words w CROSS JOIN records r ON r.id = w.rowid", "w.rowid" },
  tags = { "record_tags l CROSS JOIN records r ON r.id = l.id", "l.id" },
}

---@class vision.SqliteQuery
---@field leader string
---@field source string       its tables; records are `r`
---@field id string           their id in the table that leads
---@field conditions string[]
---@field params any[]
local Query = {}
Query.__index = Query

local function first_of(names, filter)
  for _, name in ipairs(names) do
    if filter[name] then return name end
  end
  return nil
end

local function leader_of(filter)
  return first_of(RARE, filter) or filter.words and "words"
    or filter.tags and filter.tags[1] and "tags"
    or (filter.min_confidence or filter.max_confidence) and "confidence"
    or first_of(COMMON, filter) or "time"
end

function Query:add(condition, ...)
  self.conditions[#self.conditions + 1] = condition
  for i = 1, select("#", ...) do
    self.params[#self.params + 1] = (select(i, ...))
  end
end

-- Words are letters and digits alone (records/words.lua): in quotes none is FTS5's own.
local function quoted(words)
  local list = {}
  for i, word in ipairs(words) do list[i] = '"' .. word .. '"' end
  return table.concat(list, " ")
end

local function add_words(self, words)
  if not words then return end
  self:add(self.leader == "words" and "w.record_words MATCH ?"
    or "r.id IN (SELECT rowid FROM record_words WHERE record_words MATCH ?)", quoted(words))
end

local function add_tags(self, tags)
  for i, tag in ipairs(tags or {}) do
    self:add(i == 1 and self.leader == "tags" and "l.tag = ?"
      or "EXISTS (SELECT 1 FROM record_tags t WHERE t.tag = ? AND t.id = r.id)", tag)
  end
end

-- The plus keeps SQLite from going along another index.
local function add_equal(self, filter, names)
  for _, name in ipairs(names) do
    if filter[name] then
      self:add((name == self.leader and "r.%s = ?" or "+r.%s = ?"):format(name), filter[name])
    end
  end
end

local function milliseconds(seconds)
  return math.floor(seconds * 1000 + 0.5)
end

local function add_ranges(self, filter)
  if filter.from then self:add(self.id .. " >= ? << 20", milliseconds(filter.from)) end
  if filter.to then self:add(self.id .. " < ? << 20", milliseconds(filter.to)) end
  if filter.min_confidence then self:add("r.confidence >= ?", filter.min_confidence) end
  if filter.max_confidence then self:add("r.confidence <= ?", filter.max_confidence) end
end

local function build(filter)
  local leader = leader_of(filter)
  local source = SOURCES[leader] or { "records r", "r.id" }
  local self = setmetatable({ leader = leader, source = source[1], id = source[2],
    conditions = {}, params = {} }, Query)
  add_words(self, filter.words)
  add_tags(self, filter.tags)
  add_equal(self, filter, RARE)
  add_equal(self, filter, COMMON)
  add_ranges(self, filter)
  return self
end

-- ---- pages ----

local AFTER = {
  newest = "ID < (? + 1) << 20 AND (ID < ? << 20 OR r.record_id < ?)",
  oldest = "ID >= ? << 20 AND (ID >= (? + 1) << 20 OR r.record_id > ?)",
}

local function add_place(self, filter)
  if not filter.after then return end
  local ms = milliseconds(filter.after.created_at)
  self:add(AFTER[filter.order]:gsub("ID", self.id), ms, ms, filter.after.record_id)
end

-- Confidences are indexed by tenths: each is in order of time, and they are merged. Else a rare
-- one would be looked for among all records.
local function parts_of(self, filter)
  if self.leader ~= "confidence" then return { {} } end
  local parts = {}
  for tenth = math.floor((filter.min_confidence or 0) * 10),
    math.floor((filter.max_confidence or 1) * 10) do
    parts[#parts + 1] = { "r.tenth = " .. tenth }
  end
  return parts
end

-- Appends to `params` what the text wants.
local function select(self, parts, columns, more, params)
  local texts = {}
  for i, part in ipairs(parts) do
    local conditions = { part[1] }
    for _, condition in ipairs(self.conditions) do conditions[#conditions + 1] = condition end
    conditions[#conditions + 1] = more
    texts[i] = ("SELECT %s FROM %s%s"):format(columns, self.source,
      #conditions > 0 and " WHERE " .. table.concat(conditions, " AND ") or "")
    for _, value in ipairs(self.params) do params[#params + 1] = value end
  end
  return table.concat(texts, " UNION ALL ")
end

-- Of one millisecond records are sorted by their names: so where a page ends in order of ids, all
-- of that millisecond are looked at.
local PAGE = [[WITH page AS (IDS ORDER BY 1 DIRECTION LIMIT ?)
  SELECT record_id, json FROM (ROWS ORDER BY 1 DIRECTION, 2 DIRECTION LIMIT ?)]]

local ORDERS = {
  newest = { "DESC", "ID >= (SELECT min(id) >> 20 << 20 FROM page)" },
  oldest = { "ASC", "ID < ((SELECT max(id) >> 20 FROM page) + 1) << 20" },
}

--- The question for a page: `record_id` and `json` of its records.
---@param filter vision.CheckedFilter
---@param count integer
---@return string sql
---@return any[] params
function query.page(filter, count)
  local self, params = build(filter), {}
  local direction, edge = ORDERS[filter.order][1], ORDERS[filter.order][2]:gsub("ID", self.id)
  add_place(self, filter)
  local parts = parts_of(self, filter)
  local texts = { DIRECTION = direction }
  texts.IDS = select(self, parts, self.id .. " AS id", nil, params)
  params[#params + 1] = count
  texts.ROWS = select(self, parts, "r.id >> 20 AS ms, r.record_id AS record_id, r.json AS json",
    edge, params)
  params[#params + 1] = count
  return PAGE:gsub("%u+", function(word) return texts[word] end), params
end

--- The question for a number: `n`.
---@param filter vision.CheckedFilter
---@return string sql
---@return any[] params
function query.count(filter)
  local self, params = build(filter), {}
  return select(self, { {} }, "count(*) AS n", nil, params), params
end

return query
