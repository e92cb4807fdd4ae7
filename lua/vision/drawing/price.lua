-- SPDX-License-Identifier: MIT
-- What tokens cost, in whole pico-dollars (10^-12 USD): a price of 2.5 USD for a million tokens is
-- 2 500 000 of them a token. A price that is not known is nil, never 0.

local price = {}

price.PICO_PER_MICRO = 1000000

local function pico_per_token(usd_per_million)
  return math.floor(usd_per_million * 1000000 + 0.5)
end

-- The prices that count for a request of so many input tokens.
local function level_of(prices, input_tokens)
  local above = prices.above
  if above and input_tokens > above.tokens then
    return {
      input = above.input or prices.input,
      output = above.output or prices.output,
      cached = above.cached or prices.cached,
      cache_write = above.cache_write or prices.cache_write,
    }
  end
  return prices
end

--- The price of a call. Tokens read from or written to a cache are parts of `input_tokens`; where
--- the catalogue has no price of their own for them, they cost what input costs.
---@param prices table? `price` of a model
---@param usage table? input_tokens, output_tokens, cached_tokens, cache_write_tokens
---@return integer? pico-dollars; nil where price or usage is unknown
function price.pico(prices, usage)
  if not prices or not usage then
    return nil
  end
  local level = level_of(prices, usage.input_tokens)
  local cached, written = usage.cached_tokens or 0, usage.cache_write_tokens or 0
  local plain = math.max(0, usage.input_tokens - cached - written)
  return plain * pico_per_token(level.input)
    + cached * pico_per_token(level.cached or level.input)
    + written * pico_per_token(level.cache_write or level.input)
    + usage.output_tokens * pico_per_token(level.output)
end

--- Whole micro-dollars, rounded up: what is booked for a call.
---@param pico integer?
---@return integer?
function price.micro(pico)
  return pico and math.ceil(pico / price.PICO_PER_MICRO)
end

--- US dollars, for people.
---@param pico integer?
---@return number?
function price.usd(pico)
  return pico and pico / 1e12
end

return price
