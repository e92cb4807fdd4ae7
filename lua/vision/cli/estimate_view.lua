-- SPDX-License-Identifier: MIT
-- What `vision estimate` prints: a block for each file, a table for a folder.

local output = require "vision.cli.output"
local text = require "vision.cli.text"

local estimate_view = {}

local function dollars(usd)
  return usd and "at most " .. output.dollars(usd, true) or "unknown"
end

-- ---- one file ----

local function add_figures(page, found)
  local rows = {}
  for _, image in ipairs(found.images) do
    rows[#rows + 1] = {
      text.clean(("page %s, %s"):format(image.page or 1, image.part or "whole")),
      ("%d x %d"):format(image.width, image.height),
      ("%s tokens"):format(image.tokens or "?"),
    }
  end
  page:columns(rows)
  page:columns {
    { "Input", ("%s tokens"):format(found.input_tokens or "unknown number of") },
    { "Output", ("at most %d tokens"):format(found.output_tokens) },
    { "Cost", dollars(found.cost_usd)
      .. (found.price_date and (" (prices of %s)"):format(found.price_date) or "") },
  }
  for _, warning in ipairs(found.warnings or {}) do
    page:paragraph(warning, "  Note: ", "    ")
  end
end

--- The block of a file.
---@param path string
---@param answer table
---@param terminal vision.cli.Terminal
---@return string
function estimate_view.block(path, answer, terminal)
  local page = output.page(terminal)
  page:add(page:paint("bold", text.clean(path)) .. page:paint("dim", " - " .. output.who(answer)))
  if answer.estimate then
    add_figures(page, answer.estimate)
  else
    page:add "  Read on this machine: costs nothing."
  end
  return page:text()
end

-- ---- a folder ----

---@class vision.cli.EstimateTotal
---@field drawings integer   that have an estimate
---@field failed integer
---@field unknown integer    drawings whose cost is not known
---@field micro_usd integer  of those whose cost is known
---@field package rows table[]
local Total = {}
Total.__index = Total

--- An empty total.
---@param who string  provider and model, for people
---@return vision.cli.EstimateTotal
function estimate_view.total(who)
  return setmetatable({ who = who, drawings = 0, failed = 0, unknown = 0, micro_usd = 0,
    pictures = 0, input_tokens = 0, rows = {} }, Total)
end

-- What is read on this machine has no estimate, and costs nothing.
local function cost_of(answer)
  if not answer.estimate then return 0 end
  return answer.estimate.cost_usd
end

local function row_of(path, answer)
  local found = answer.estimate
  return {
    text.clean(path),
    found and text.count(#found.images, "picture") or "",
    found and (found.input_tokens and ("%d tokens"):format(found.input_tokens) or "unknown size")
      or "",
    found and dollars(found.cost_usd) or "costs nothing",
  }
end

--- Adds a drawing.
---@param path string
---@param answer table?  nil: it has no estimate
function Total:add(path, answer)
  if not answer then
    self.failed = self.failed + 1
    return
  end
  local usd = cost_of(answer)
  self.drawings = self.drawings + 1
  self.unknown = self.unknown + (usd and 0 or 1)
  self.micro_usd = self.micro_usd + math.floor((usd or 0) * 1000000 + 0.5)
  self.pictures = self.pictures + (answer.estimate and #answer.estimate.images or 0)
  self.input_tokens = self.input_tokens + (answer.estimate and answer.estimate.input_tokens or 0)
  self.price_date = self.price_date or answer.estimate and answer.estimate.price_date
  self.rows[#self.rows + 1] = row_of(path, answer)
end

local function known_sum(self)
  if self.unknown == self.drawings then return "an unknown sum" end
  if self.micro_usd == 0 then return "costs nothing" end
  return ("at most $%.2f"):format(math.ceil(self.micro_usd / 10000) / 100)
end

local function sentence(self)
  local said = known_sum(self)
  if self.unknown > 0 and self.unknown < self.drawings then
    said = ("%s, and %s of unknown cost"):format(said, text.count(self.unknown, "drawing"))
  end
  if self.failed > 0 then
    said = ("%s; %s cannot be read"):format(said, text.count(self.failed, "drawing"))
  end
  return said .. (self.price_date and (" (prices of %s)"):format(self.price_date) or "")
end

--- The table for people.
---@param terminal vision.cli.Terminal
---@return string
function Total:text(terminal)
  if self.drawings == 0 then return "" end
  local page = output.page(terminal)
  page:columns(self.rows)
  page:add()
  page:add(page:paint("bold", ("%s, %s: %s"):format(text.count(self.drawings, "drawing"), self.who,
    sentence(self))))
  return page:text()
end

--- The total as a line of JSON.
---@return string
function Total:json()
  local json = require "vision.base.json"
  return json.encode { total = {
    drawings = self.drawings, failed = self.failed, unknown = self.unknown,
    pictures = self.pictures, input_tokens = self.input_tokens,
    cost_usd = self.unknown < self.drawings and self.micro_usd / 1000000 or json.null,
  } } .. "\n"
end

return estimate_view
