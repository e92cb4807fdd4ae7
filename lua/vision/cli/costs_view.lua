-- SPDX-License-Identifier: MIT
-- What `vision costs` prints.

local output = require "vision.cli.output"
local format = require "vision.report.format"
local text = require "vision.cli.text"

local costs_view = {}

-- What is not known stands beside what is, and is never taken for nothing.
local function cost_of(sum)
  local known = output.dollars(sum.total_cost_usd)
  if sum.unpriced_requests == 0 then return known end
  if sum.unpriced_requests == sum.total_requests then return "unknown" end
  return ("%s + %d unknown"):format(known, sum.unpriced_requests)
end

local function mean_of(sum)
  return sum.cost_per_request and output.dollars(sum.cost_per_request) or "unknown"
end

local function grouped(number) return format.value(number, "count") end

-- Numbers stand under each other by their ends.
local function right_aligned(rows, first)
  local widths = {}
  for _, row in ipairs(rows) do
    for i = first, #row do widths[i] = math.max(widths[i] or 0, text.width(row[i])) end
  end
  for _, row in ipairs(rows) do
    for i = first, #row do row[i] = (" "):rep(widths[i] - text.width(row[i])) .. row[i] end
  end
  return rows
end

local function table_of(found)
  local rows = { { found.by, "requests", "failed", "tokens in", "tokens out", "cost",
    "a request" } }
  for _, group in ipairs(found.groups) do
    rows[#rows + 1] = {
      text.clean(group.name), grouped(group.total_requests), grouped(group.failed_requests),
      grouped(group.input_tokens), grouped(group.output_tokens), cost_of(group), mean_of(group),
    }
  end
  return right_aligned(rows, 2)
end

local KINDS = { day = "a day", month = "a month", total = "in all" }

local function budget_rows(budgets)
  local cost, rows = require "vision.money.cost", {}
  for i, one in ipairs(budgets) do
    local share = one.limit_usd > 0 and one.spent_usd / one.limit_usd or 1
    rows[i] = {
      ("%s, %s"):format(text.clean(one.budget), KINDS[one.kind]),
      cost.text(cost.from_usd(one.spent_usd)),
      "of " .. cost.text(one.limit), ("%.0f %%"):format(share * 100),
      one.hard and "hard" or "soft",
      one.reserved_usd > 0 and cost.text(cost.from_usd(one.reserved_usd)) .. " reserved" or "",
    }
  end
  return right_aligned(rows, 2)
end

--- For people.
---@param found table as `vision costs` gathers it
---@param terminal vision.cli.Terminal
---@return string
function costs_view.text(found, terminal)
  local page, total = output.page(terminal), found.total
  page:add(page:paint("bold", ("%s to %s (%s): %s for %s"):format(found.from, found.to,
    found.time_zone, cost_of(total), text.count(total.total_requests, "request"))))
  if #found.groups > 0 then
    page:add()
    page:columns(table_of(found))
  end
  if total.estimated_requests > 0 then
    page:add()
    page:paragraph(("%s booked as estimated, for what was used is not known."):format(
      text.count(total.estimated_requests, "request")), "  ")
  end
  if #found.budgets > 0 then
    page:heading "Budgets"
    page:columns(budget_rows(found.budgets))
  end
  return page:text()
end

--- For programs.
---@param found vision.CostOverview
---@return string
function costs_view.json(found)
  return require("vision.base.json").encode(require("vision.money.overview").to_json(found)) .. "\n"
end

return costs_view
