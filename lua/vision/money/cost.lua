-- SPDX-License-Identifier: MIT
-- What a call cost, or may cost, in whole pico-dollars (10^-12 USD): a price of 2.5 USD for a
-- million tokens is 2 500 000 of them a token. Rounded up once a call, to micro-dollars: those are
-- what is booked and added up. What is not known is nil, never 0.
--
-- Of the tokens of a question those read from a cache, those put into one and those of pictures are
-- parts, and a token may be of a picture and cached; of the tokens of an answer those of thinking
-- are a part. What each provider calls them is the protocols' matter (`usage_of`).

local cost = {}

local PICO_PER_MICRO = 1000000

-- What a double still counts exactly, on every Lua. More is no price of a call (9 007 USD).
local EXACT = 2 ^ 53

--- The price of what is read on this machine.
---@type vision.Price
cost.FREE = { free = true }

local function pico_per_token(usd_per_million)
  return math.floor(usd_per_million * PICO_PER_MICRO + 0.5)
end

-- A rate that counts for so many input tokens: of the highest tier passed that names it.
local function rate(price, name, input_tokens)
  local value = price[name]
  for _, tier in ipairs(price.above or {}) do
    if input_tokens > tier.tokens then value = tier[name] or value end
  end
  return value
end

-- A count as a provider says it; what is none is not known.
local function count(value)
  local is_one = type(value) == "number" and value >= 0 and value < EXACT and value % 1 == 0
  return is_one and value or nil
end

-- A part of `whole`, however large a provider says it is.
local function part(value, whole)
  return math.min(count(value) or 0, whole)
end

-- The input, each token once. Tokens of pictures that may be cached are taken to be not: that is
-- the upper bound where pictures cost more. A picture with a price of its own pays no tokens.
local function input_pico(price, usage, input)
  local function rate_of(name)
    return pico_per_token(rate(price, name, input) or rate(price, "input", input))
  end
  local cached = part(usage.cached_tokens, input)
  local written = part(usage.cache_write_tokens, input - cached)
  local plain = input - cached - written
  local pictured = (price.image or price.image_input) and part(usage.image_tokens, plain) or 0
  return cached * rate_of "cached" + written * rate_of "cache_write"
    + (plain - pictured) * rate_of "input"
    + (price.image and 0 or pictured * rate_of "image_input")
end

local function tokens_pico(price, usage)
  local input, output = count(usage and usage.input_tokens), count(usage and usage.output_tokens)
  -- No question has no token: a server that says so has not counted.
  if not input or input == 0 or not output then return nil end
  -- As doubles, so that what is absurd is great and never wraps around.
  input, output = input + 0.0, output + 0.0
  return input_pico(price, usage, input) + output * pico_per_token(rate(price, "output", input))
end

--- The price of a call.
---@param price vision.Price? as `policy/prices` makes it
---@param usage table? input_tokens, output_tokens and their parts: cached_tokens,
---  cache_write_tokens, image_tokens; more is not looked at
---@param pictures integer? that were sent (1)
---@return integer? pico-dollars; nil where price or usage is not known, or absurd
function cost.pico(price, usage, pictures)
  if not price then return nil end
  if price.free then return 0 end
  local sum = price.input and tokens_pico(price, usage) or not price.input and 0
  if not sum then return nil end
  sum = sum + (price.image and (pictures or 1) * math.floor(price.image * 1e12 + 0.5) or 0)
  return sum < EXACT and math.floor(sum) or nil
end

--- Whole micro-dollars, rounded up: what is booked for a call.
---@param pico integer?
---@return integer?
function cost.micro(pico)
  return pico and math.floor((pico + (-pico) % PICO_PER_MICRO) / PICO_PER_MICRO)
end

--- What is booked for a call.
---@param price vision.Price?
---@param usage table?
---@param pictures integer?
---@return integer? micro-dollars; nil: not known
function cost.of(price, usage, pictures)
  return cost.micro(cost.pico(price, usage, pictures))
end

--- Micro-dollars of an amount that people write.
---@param usd number?
---@return integer?
function cost.from_usd(usd)
  return usd and math.floor(usd * 1000000 + 0.5)
end

--- US dollars, for people.
---@param micro integer?
---@return number?
function cost.usd(micro)
  return micro and micro / 1000000
end

--- An amount for people: to the cent, and small ones to the micro-dollar.
---@param micro integer?
---@return string # "$10.00", "$0.00065", "unknown"
function cost.text(micro)
  if not micro then return "unknown" end
  if micro % 10000 == 0 or micro >= 100000000 then return ("$%.2f"):format(micro / 1000000) end
  return (("$%.6f"):format(micro / 1000000):gsub("(%.%d%d%d-)0+$", "%1"))
end

return cost
