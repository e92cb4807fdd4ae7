-- SPDX-License-Identifier: MIT
-- What records say was used, as a budget's store would say it; for `money/summary`. Days are UTC's.

local calendar = require "vision.base.calendar"
local rollup = require "vision.records.rollup"
local use_rows = require "vision.money.use_rows"

local record_uses = {}

local DAY, PAGE = 86400, 1000

local function row_of(sums)
  local year, month, day = calendar.date_of(math.floor(sums.slot / DAY))
  return {
    date = ("%04d-%02d-%02d"):format(year, month, day), provider = sums.provider,
    model = sums.model, tag = "", requests = sums.requests - sums.cached,
    failed = sums.status == "failed" and sums.requests or 0, unpriced = sums.unpriced,
    estimated = 0, micro_usd = sums.cost_micro_usd, input_tokens = sums.input_tokens,
    output_tokens = sums.output_tokens,
  }
end

local function seconds_of(date)
  local year, month, day = date:match "^(%d+)-(%d+)-(%d+)$"
  return calendar.days_of(tonumber(year), tonumber(month), tonumber(day)) * DAY
end

-- Sums know no tags: the records are gone through.
local function tagged_rows(storage, from, to)
  local uses = use_rows.new()
  local filter = { from = seconds_of(from), to = seconds_of(to) + DAY, limit = PAGE }
  repeat
    local page, err = storage:query(filter)
    if not page then return nil, err end
    for _, record in ipairs(page.records) do
      local use = row_of(rollup.of(record).sums[1])
      use.tags = record.tags
      if not record.cached then uses:add(use, use.micro_usd) end
    end
    filter.cursor = page.next_cursor
  until not filter.cursor
  return uses:between(from, to)
end

--- The rows of some days. What a cache answered cost nothing and is not in them.
---@param storage vision.RecordStorage
---@param from string the first date
---@param to string   the last
---@param by_tag boolean? those of tags, too, which takes longer
---@return vision.UseRow[]|nil
---@return vision.error? err
function record_uses.rows(storage, from, to, by_tag)
  if by_tag then return tagged_rows(storage, from, to) end
  local sums, err = storage:sums { from = seconds_of(from), to = seconds_of(to) + DAY }
  if not sums then return nil, err end
  local rows = {}
  for i, row in ipairs(sums) do rows[i] = row_of(row) end
  return rows
end

return record_uses
