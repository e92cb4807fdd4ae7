-- SPDX-License-Identifier: MIT
-- Prices as people write them, checked: USD for a million tokens (`input`, `output` …) or for a
-- thousand (`input_per_1k`, `output_per_1k`), and for a picture (`image`).

local errors = require "vision.base.error"
local options = require "vision.base.options"

local prices = {}

-- USD 10 000 for a million tokens: more is a slip of the unit.
local function rate(what)
  return { "USD for a million " .. what, type = "number", min = 0, max = 10000 }
end

local TIER = {
  tokens = { "input tokens above which it counts", type = "integer", min = 1 },
  input = rate "input tokens",
  output = rate "output tokens",
  cached = rate "input tokens read from a cache",
  cache_write = rate "input tokens put into a cache",
  image_input = rate "input tokens of pictures",
}

local PRICE = {
  input = TIER.input, output = TIER.output, cached = TIER.cached, cache_write = TIER.cache_write,
  image_input = TIER.image_input,
  input_per_1k = { "USD for a thousand input tokens", type = "number", min = 0, max = 10 },
  output_per_1k = { "USD for a thousand output tokens", type = "number", min = 0, max = 10 },
  image = { "USD for a picture", type = "number", min = 0, max = 1000 },
  above = { "prices above a number of input tokens, or a list of them", type = "table" },
  date = { "when the price was read", type = "string" },
  source = { "where", type = "string" },
}

local function refuse(what, message)
  return nil, errors.new("invalid_option", what .. ": " .. message)
end

-- A price for a thousand is one for a million said otherwise.
local function take_per_1k(price, field, what)
  local short = price[field .. "_per_1k"]
  if short and price[field] then
    return refuse(what, ("give '%s' or '%s_per_1k', not both"):format(field, field))
  end
  price[field] = price[field] or short and short * 1000
  price[field .. "_per_1k"] = nil
  return true
end

-- From the lowest number of tokens to the highest.
local function check_tiers(given, what)
  local tiers = {}
  for i, tier in ipairs(given[1] and given or { given }) do
    local checked, err = options.check(TIER, tier, what .. ".above")
    if not checked then return nil, err end
    if not checked.tokens then return refuse(what .. ".above", "'tokens' is needed") end
    tiers[i] = checked
  end
  table.sort(tiers, function(a, b) return a.tokens < b.tokens end)
  return tiers
end

--- Checks a price.
---@param given table
---@param what string  where it stands, for messages
---@return vision.Price|nil  USD for a million tokens; `above` is a list
---@return vision.error? err invalid_option
function prices.check(given, what)
  local price, err = options.check(PRICE, given, what)
  for _, field in ipairs { "input", "output" } do
    if not err then err = select(2, take_per_1k(price, field, what)) end
  end
  if not err and price.above then price.above, err = check_tiers(price.above, what) end
  if err then return nil, err end
  if not price.input ~= not price.output or not (price.input or price.image) then
    return refuse(what, "'input' and 'output' are needed, or 'image', or all three")
  end
  return price
end

--- Checks a table of prices.
---@param given table<string, table>  by the name of a provider, or of an endpoint such as
---  "openai/gpt-4o"
---@param what string
---@return table<string, vision.Price>|nil
---@return vision.error? err invalid_option
function prices.check_all(given, what)
  local checked = {}
  for _, name in ipairs(options.names(given)) do
    local price, err = prices.check(given[name], ("%s[%q]"):format(what, name))
    if not price then return nil, err end
    checked[name] = price
  end
  return checked
end

return prices
