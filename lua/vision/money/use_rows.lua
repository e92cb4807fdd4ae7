-- SPDX-License-Identifier: MIT
-- What was used, added up a day, provider, model and tag. A call counts once under no tag (""), and
-- once under each of its tags.

local use_rows = {}

--- Rows kept in memory. Tags beyond them are counted under OTHER.
use_rows.MAX = 100000
use_rows.OTHER = "(others)"

--- What a row counts, in the order in which stores keep it.
use_rows.FIGURES = { "requests", "failed", "unpriced", "estimated", "micro_usd", "input_tokens",
  "output_tokens" }

---@class vision.Use  how one call ended
---@field date string       the day on which it began
---@field provider string
---@field model string      "" where there is none
---@field tags string[]?   each once
---@field failed integer?    1; nil is 0, here and below
---@field unpriced integer?  1: nothing could be booked, for its price is not known
---@field estimated integer? 1: it was booked as estimated, for what it used is not known
---@field input_tokens integer?
---@field output_tokens integer?

---@class vision.UseRow
---@field date string
---@field provider string
---@field model string
---@field tag string        "" where all calls are counted
---@field requests integer
---@field failed integer
---@field unpriced integer
---@field estimated integer
---@field micro_usd integer booked
---@field input_tokens integer
---@field output_tokens integer

---@class vision.UseRows
---@field package days table   date -> provider -> model -> tag -> row
---@field package count integer
---@field package last table   the rows of the last call, by tag, and its date, provider and model
local UseRows = {}
UseRows.__index = UseRows

local function level(map, key)
  local inner = map[key]
  if not inner then
    inner = {}
    map[key] = inner
  end
  return inner
end

local function new_row(self, tags, use, tag)
  if self.count >= use_rows.MAX and tag ~= "" then
    tag = use_rows.OTHER
    if tags[tag] then return tags[tag] end
  end
  local row = { date = use.date, provider = use.provider, model = use.model, tag = tag,
    requests = 0, failed = 0, unpriced = 0, estimated = 0, micro_usd = 0, input_tokens = 0,
    output_tokens = 0 }
  tags[tag], self.count = row, self.count + 1
  return row
end

local function add_to(row, use, amount)
  row.requests = row.requests + 1
  row.micro_usd = row.micro_usd + amount
  if use.failed then row.failed = row.failed + use.failed end
  if use.unpriced then row.unpriced = row.unpriced + use.unpriced end
  if use.estimated then row.estimated = row.estimated + use.estimated end
  if use.input_tokens then row.input_tokens = row.input_tokens + use.input_tokens end
  if use.output_tokens then row.output_tokens = row.output_tokens + use.output_tokens end
end

local function find_rows(self, use)
  self.last = { model = use.model, provider = use.provider, date = use.date,
    tags = level(level(level(self.days, use.date), use.provider), use.model) }
  return self.last
end

--- Counts a call.
---@param use vision.Use
---@param amount integer micro-dollars booked
function UseRows:add(use, amount)
  local last = self.last -- mostly its rows are wanted again
  if use.model ~= last.model or use.provider ~= last.provider or use.date ~= last.date then
    last = find_rows(self, use)
  end
  local tags = last.tags
  add_to(tags[""] or new_row(self, tags, use, ""), use, amount)
  local words = use.tags
  for i = 1, words and #words or 0 do
    add_to(tags[words[i]] or new_row(self, tags, use, words[i]), use, amount)
  end
end

local function copy(row)
  local other = {}
  for name, value in pairs(row) do other[name] = value end
  return other
end

--- The rows of some days.
---@param from string the first date
---@param to string   the last
---@return vision.UseRow[] # copies, in no order
function UseRows:between(from, to)
  local list = {}
  for date, by_provider in pairs(self.days) do
    for _, by_model in pairs(date >= from and date <= to and by_provider or {}) do
      for _, tags in pairs(by_model) do
        for _, row in pairs(tags) do list[#list + 1] = copy(row) end
      end
    end
  end
  return list
end

--- Empty rows.
---@return vision.UseRows
function use_rows.new()
  return setmetatable({ days = {}, count = 0, last = {} }, UseRows)
end

return use_rows
