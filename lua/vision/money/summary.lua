-- SPDX-License-Identifier: MIT
-- Sums over what was used.

local cost = require "vision.money.cost"
local kept = require("vision.money.labels").kept
local options = require "vision.base.options"

local summary = {}

local FIRST, LAST = "0000-00-00", "9999-99-99"

local DATE = "^%d%d%d%d%-%d%d%-%d%d$"

local function date(what)
  return { what, type = "string", must_be = "a date such as 2026-11-01",
    check = function(value) return value:find(DATE) ~= nil end }
end

local FILTER = {
  provider = { "of this one alone", type = "string" },
  model = { "of this one alone", type = "string" },
  tag = { "of calls with this one alone", type = "string" },
  from = date "the first day", to = date "the last day",
}

---@class vision.UsageSummary
---@field total_requests integer      calls that were made
---@field successful_requests integer
---@field failed_requests integer
---@field success_rate number         0 of none
---@field total_cost_usd number       as far as it is known
---@field cost_per_request number?    of those whose cost is known; nil where none is
---@field unpriced_requests integer   whose cost is not known, and in no sum
---@field estimated_requests integer  whose cost was booked as estimated
---@field input_tokens integer
---@field output_tokens integer

-- Names are compared as stores keep them; in memory they are as they were given.
local function is_same(name, wanted)
  return not wanted or name == wanted or kept(name) == kept(wanted)
end

local function matches(row, filter)
  return is_same(row.tag, filter.tag or "")
    and is_same(row.provider, filter.provider) and is_same(row.model, filter.model)
end

local FIGURES = require("vision.money.use_rows").FIGURES

--- Adds rows up.
---@param rows vision.UseRow[]
---@return vision.UsageSummary
function summary.add_up(rows)
  local sum = {}
  for _, figure in ipairs(FIGURES) do
    sum[figure] = 0
    for _, row in ipairs(rows) do sum[figure] = sum[figure] + row[figure] end
  end
  local priced = sum.requests - sum.unpriced
  return {
    total_requests = sum.requests, successful_requests = sum.requests - sum.failed,
    failed_requests = sum.failed,
    success_rate = sum.requests > 0 and (sum.requests - sum.failed) / sum.requests or 0,
    total_cost_usd = cost.usd(sum.micro_usd),
    cost_per_request = priced > 0 and cost.usd(sum.micro_usd) / priced or nil,
    unpriced_requests = sum.unpriced, estimated_requests = sum.estimated,
    input_tokens = sum.input_tokens, output_tokens = sum.output_tokens,
  }
end

--- What rows can be grouped by.
summary.GROUPS = { "provider", "model", "tag", "day" }

local KEY_OF = {
  provider = function(row) return row.provider end,
  model = function(row) return row.model ~= "" and row.model or row.provider end,
  tag = function(row) return row.tag end,
  day = function(row) return row.date end,
}

local function dearest_first(a, b)
  if a.total_cost_usd ~= b.total_cost_usd then return a.total_cost_usd > b.total_cost_usd end
  return a.name < b.name
end

--- A summary of each provider, model, tag or day.
---@param rows vision.UseRow[] those of no tag, or by tag: those of tags
---@param by string one of GROUPS
---@return vision.UsageSummary[] # each with `name`; days in order, else the dearest first
function summary.groups(rows, by)
  local lists, groups = {}, {}
  for _, row in ipairs(rows) do
    local key = KEY_OF[by](row)
    if not lists[key] then
      lists[key] = {}
      groups[#groups + 1] = key
    end
    table.insert(lists[key], row)
  end
  for i, key in ipairs(groups) do
    groups[i] = summary.add_up(lists[key])
    groups[i].name = key
  end
  table.sort(groups, by == "day" and function(a, b) return a.name < b.name end or dearest_first)
  return groups
end

--- The rows that a filter lets through.
---@param books vision.Ledger
---@param filter table?
---@return vision.UseRow[]|nil
---@return vision.error? err
function summary.rows(books, filter)
  local wanted, err = options.check(FILTER, filter, "usage")
  if not wanted then return nil, err end
  local rows
  rows, err = books:uses(wanted.from or FIRST, wanted.to or LAST)
  if not rows then return nil, err end
  local list = {}
  for _, row in ipairs(rows) do
    if matches(row, wanted) then list[#list + 1] = row end
  end
  return list
end

--- A summary of what a filter lets through.
---@param books vision.Ledger
---@param filter table?
---@return vision.UsageSummary|nil
---@return vision.error? err
function summary.of(books, filter)
  local rows, err = summary.rows(books, filter)
  return rows and summary.add_up(rows), err
end

--- What it cost.
---@param books vision.Ledger
---@param from string  the first date
---@param to string    the last
---@param filter table?
---@return number|nil USD
---@return vision.error? err
function summary.cost(books, from, to, filter)
  local whole = { from = from, to = to }
  for name, value in pairs(filter or {}) do whole[name] = value end
  local sum, err = summary.of(books, whole)
  return sum and sum.total_cost_usd, err
end

return summary
