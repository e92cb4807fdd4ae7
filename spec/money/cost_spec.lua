-- SPDX-License-Identifier: MIT
local anthropic = require "vision.protocols.anthropic_messages"
local chat = require "vision.protocols.openai_chat"
local cost = require "vision.money.cost"
local json = require "vision.base.json"
local models = require "vision.policy.models"
local prices = require "vision.policy.prices"

local PROTOCOLS = {
  openai = chat, deepseek = chat, azure = chat, openai_compatible = chat, anthropic = anthropic,
}

-- What the provider's answer says was used, as its protocol understands it.
local function usage_of(provider, said)
  local raw = json.decode(said)
  local whole = PROTOCOLS[provider] == chat
    and { choices = { { message = { content = "{}" }, finish_reason = "stop" } }, usage = raw }
    or { content = { { type = "text", text = "{}" } }, stop_reason = "end_turn", usage = raw }
  return assert(PROTOCOLS[provider].parse(json.encode(whole))).usage
end

-- Each: provider, model or a price, what its answer said was used, micro-dollars as worked out by
-- hand beside it. Prices: USD for a million tokens, so micro-dollars a token.
local INVOICES = {
  -- 812 x 2.5 + 17 x 10 = 2030 + 170
  { "openai", "gpt-4o", 2200, [[{"prompt_tokens": 812, "completion_tokens": 17,
    "total_tokens": 829, "prompt_tokens_details": {"cached_tokens": 0, "image_tokens": 765,
    "text_tokens": 47}, "completion_tokens_details": {"reasoning_tokens": 0}}]] },
  -- 1 x 0.15 = 0.15, rounded up; a second one is 1 again, not 0
  { "openai", "gpt-4o-mini", 1, [[{"prompt_tokens": 1, "completion_tokens": 0,
    "total_tokens": 1}]] },
  -- 4618 x 0.75 + 901 x 4.5 = 3463.5 + 4054.5; 640 of the 901 are thinking, and in them already
  { "openai", "gpt-5.4-mini", 7518, [[{"prompt_tokens": 4618, "completion_tokens": 901,
    "total_tokens": 5519, "completion_tokens_details": {"reasoning_tokens": 640}}]] },
  -- 1000 cached x 0.1 + 2000 x 2 + 500 x 10 = 100 + 4000 + 5000
  { "openai", "gpt-6.1-sol", 9100, [[{"prompt_tokens": 3000, "completion_tokens": 500,
    "prompt_tokens_details": {"cached_tokens": 1000}}]] },
  -- exactly 272 000 is not above: 272000 x 10 + 100 x 50 = 2720000 + 5000
  { "openai", "gpt-6-astra", 2725000, [[{"prompt_tokens": 272000, "completion_tokens": 100}]] },
  -- one more is, for the whole call: 272001 x 20 + 100 x 75 = 5440020 + 7500
  { "openai", "gpt-6-astra", 5447520, [[{"prompt_tokens": 272001, "completion_tokens": 100}]] },
  -- cached tokens count for the tier: 250000 x 2 + 50000 x 20 + 0 = 500000 + 1000000
  { "openai", "gpt-6-astra", 1500000, [[{"prompt_tokens": 300000, "completion_tokens": 0,
    "prompt_tokens_details": {"cached_tokens": 250000}}]] },
  -- a model without a cached price pays for input: 1200 x 2.5 + 20 x 15 = 3000 + 300
  { "openai", "gpt-5.4", 3300, [[{"prompt_tokens": 1200, "completion_tokens": 20,
    "prompt_tokens_details": {"cached_tokens": 1100, "cache_write_tokens": 50}}]] },
  -- Anthropic's three kinds add up: 1560 x 2 + 0 + 0 + 42 x 10 = 3120 + 420
  { "anthropic", "claude-sonnet-5-5", 3540, [[{"input_tokens": 1560, "output_tokens": 42,
    "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
    "output_tokens_details": {"thinking_tokens": 0}}]] },
  -- 1000 x 2 + 2000 written x 2.5 + 30000 read x 0.2 + 700 x 10 = 2000 + 5000 + 6000 + 7000
  { "anthropic", "claude-sonnet-5-5", 20000, [[{"input_tokens": 1000, "output_tokens": 700,
    "cache_creation_input_tokens": 2000, "cache_read_input_tokens": 30000,
    "output_tokens_details": {"thinking_tokens": 512}}]] },
  -- 4784 x 4 + 1300 read x 0.2 + 811 x 20 = 19136 + 260 + 16220
  { "anthropic", "claude-opus-5-5", 35616, [[{"input_tokens": 4784, "output_tokens": 811,
    "cache_creation_input_tokens": 0, "cache_read_input_tokens": 1300}]] },
  -- 100 000 in all, of three kinds, is not above: 60000 x 0.1 + 40000 x 0.01 + 10 x 0.5
  { "anthropic", "claude-haiku-5-5", 6405, [[{"input_tokens": 60000, "output_tokens": 10,
    "cache_creation_input_tokens": 0, "cache_read_input_tokens": 40000}]] },
  -- 100 001 is: 60001 x 0.5 + 40000 x 0.05 + 10 x 2.5 = 30000.5 + 2000 + 25, rounded up once
  { "anthropic", "claude-haiku-5-5", 32026, [[{"input_tokens": 60001, "output_tokens": 10,
    "cache_creation_input_tokens": 0, "cache_read_input_tokens": 40000}]] },
  -- DeepSeek says hits and misses beside: 900 x 0.006 + 300 x 0.3 + 250 x 1.2 = 5.4 + 90 + 300
  { "deepseek", "deepseek-flash", 396, [[{"prompt_tokens": 1200, "completion_tokens": 250,
    "prompt_cache_hit_tokens": 900, "prompt_cache_miss_tokens": 300}]] },
  -- A hit charged twice made 0.7642 of 0.1849 USD (litellm #14849):
  -- 5005 x 1.25 + 257955 x 0.625 + 1744 x 10 = 6256.25 + 161221.875 + 17440 = 184918.125
  { "openai_compatible", { input = 1.25, cached = 0.625, output = 10 }, 184919,
    [[{"prompt_tokens": 262960, "completion_tokens": 1744, "total_tokens": 264704,
    "prompt_tokens_details": {"text_tokens": 262960, "cached_tokens": 257955},
    "completion_tokens_details": {"reasoning_tokens": 0}}]] },
  -- A picture in the cache is in both counts (litellm #37281):
  -- 10 x 1 + 90 x 0.1 + 10 x 2 = 39
  { "openai_compatible", { input = 1, cached = 0.1, output = 2 }, 39,
    [[{"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110,
    "prompt_tokens_details": {"cached_tokens": 90, "image_tokens": 80}}]] },
  -- the same where pictures cost more: of 10 uncached ones all may be of the picture, at 3
  { "openai_compatible", { input = 1, cached = 0.1, output = 2, image_input = 3 }, 59,
    [[{"prompt_tokens": 100, "completion_tokens": 10,
    "prompt_tokens_details": {"cached_tokens": 90, "image_tokens": 80}}]] },
  -- thinking beside the answer's tokens, as only the total tells: 100 x 1 + (20 + 400) x 2
  { "openai_compatible", { input = 1, output = 2 }, 940,
    [[{"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 520}]] },
  -- The prices of the first table: 1000 / 1000 x 0.005 + 500 / 1000 x 0.015 + 0.00765 USD
  { "openai", { input_per_1k = 0.005, output_per_1k = 0.015, image = 0.00765 }, 20150,
    [[{"prompt_tokens": 1000, "completion_tokens": 500}]] },
  -- the same where the picture's tokens are named: they are paid by its price, not again
  -- 235 x 5 + 500 x 15 + 7650 = 1175 + 7500 + 7650
  { "openai", { input_per_1k = 0.005, output_per_1k = 0.015, image = 0.00765 }, 16325,
    [[{"prompt_tokens": 1000, "completion_tokens": 500,
    "prompt_tokens_details": {"image_tokens": 765}}]] },
  -- 1600 x 0.003 / 1000 + 100 x 0.015 / 1000 + 0.0048 = 4800 + 1500 + 4800
  { "anthropic", { input_per_1k = 0.003, output_per_1k = 0.015, image = 0.0048 }, 11100,
    [[{"input_tokens": 1600, "output_tokens": 100}]] },
  -- 333 x 0.14 + 77 x 0.28 + 1000 = 46.62 + 21.56 + 1000 = 1068.18
  { "deepseek", { input_per_1k = 0.00014, output_per_1k = 0.00028, image = 0.001 }, 1069,
    [[{"prompt_tokens": 333, "completion_tokens": 77}]] },
}

describe("golden invoices", function()
  for i, invoice in ipairs(INVOICES) do
    local provider, of, micro, said = invoice[1], invoice[2], invoice[3], invoice[4]
    local name = type(of) == "string" and of or "a price of one's own"
    it(("%d: %s, %s: %d micro-dollars"):format(i, provider, name, micro), function()
      local price = type(of) == "table" and assert(prices.check(of, "price"))
        or models.find(provider, of).price
      assert.equal(micro, cost.of(price, usage_of(provider, said)))
    end)
  end
end)

describe("the cost of a call", function()
  local PRICES = { input = 2, output = 10, cached = 0.2, cache_write = 2.5 }

  it("is exact in pico-dollars", function()
    assert.equal(2000000, cost.pico(PRICES, { input_tokens = 1, output_tokens = 0 }))
    assert.equal(150000, cost.pico({ input = 0.15, output = 0.6 },
      { input_tokens = 1, output_tokens = 0 }))
    -- 3 000 USD in the smallest steps: a sum of fractions would be off
    assert.equal(3000 * 1e12 + 140000,
      cost.pico({ input = 0.14, output = 3 }, { input_tokens = 1, output_tokens = 1e9 }))
  end)

  it("counts no more cached or written tokens than there are", function()
    local usage = { input_tokens = 100, output_tokens = 0, cached_tokens = 900,
      cache_write_tokens = 900 }
    assert.equal(100 * 200000, cost.pico(PRICES, usage))
    usage.cached_tokens = 60
    assert.equal(60 * 200000 + 40 * 2500000, cost.pico(PRICES, usage))
  end)

  it("takes the highest tier passed, and what it does not say from below", function()
    local price = assert(prices.check({ input = 1, output = 2, cached = 0.5, above = {
      { tokens = 200, input = 4 }, { tokens = 100, input = 3, output = 6 } } }, "price"))
    local function of(input, cached)
      return cost.pico(price, { input_tokens = input, output_tokens = 1, cached_tokens = cached })
    end
    assert.equal(100 * 1e6 + 2e6, of(100))
    assert.equal(101 * 3e6 + 6e6, of(101))
    assert.equal(201 * 4e6 + 6e6, of(201))
    assert.equal(200 * 0.5e6 + 4e6 + 6e6, of(201, 200))
  end)

  it("is a picture's alone where only that has a price", function()
    local price = assert(prices.check({ image = 0.01 }, "price"))
    assert.equal(10000, cost.of(price, nil))
    assert.equal(30000, cost.of(price, nil, 3))
  end)

  it("is nothing for what is read on this machine", function()
    assert.equal(0, cost.of(cost.FREE, nil))
  end)

  it("is nil where something is not known or absurd, never 0", function()
    local one = { input_tokens = 1, output_tokens = 1 }
    assert.is_nil(cost.of(nil, one))
    assert.is_nil(cost.of(PRICES, nil))
    assert.is_nil(cost.of(PRICES, {}))
    assert.is_nil(cost.of(PRICES, { input_tokens = 1 }))
    assert.is_nil(cost.of(PRICES, { input_tokens = 0, output_tokens = 0 })) -- nobody counted
    assert.is_nil(cost.of(PRICES, { input_tokens = -1, output_tokens = 1 }))
    assert.is_nil(cost.of(PRICES, { input_tokens = 0 / 0, output_tokens = 1 }))
    assert.is_nil(cost.of(PRICES, { input_tokens = 1.5, output_tokens = 1 }))
    assert.is_nil(cost.of(PRICES, { input_tokens = "7", output_tokens = 1 }))
    assert.is_nil(cost.of(PRICES, { input_tokens = 1e10, output_tokens = 1 }))
    assert.is_nil(cost.of({ input = 10000, output = 1 }, { input_tokens = 2 ^ 52,
      output_tokens = 1 }))
    assert.is_nil(usage_of("openai", '{"prompt_tokens": 5}').output_tokens)
  end)

  it("is booked in micro-dollars, rounded up once, whatever the sum", function()
    assert.same({ 0, 1, 1, 2, 4000000001 }, { cost.micro(0), cost.micro(1), cost.micro(1000000),
      cost.micro(1000001), cost.micro(4000 * 1e12 + 1) })
    assert.equal("2", tostring(cost.micro(1000001)))
  end)

  it("is written as people write it", function()
    assert.same({ "$10.00", "$0.00", "$0.00065", "$0.0123", "$1.05", "$1234.57", "unknown" }, {
      cost.text(10000000), cost.text(0), cost.text(650), cost.text(12300), cost.text(1050000),
      cost.text(1234567890), cost.text(nil) })
  end)

  it("goes from dollars to micro-dollars and back without drift", function()
    for _, usd in ipairs { 0.1, 0.29, 10, 1.005, 0.000001, 123456.789012 } do
      assert.equal(usd, cost.usd(cost.from_usd(usd)))
    end
    assert.is_nil(cost.usd(nil))
    assert.is_nil(cost.from_usd(nil))
  end)
end)

describe("prices as people write them", function()
  it("are for a million tokens, or for a thousand", function()
    local price = assert(prices.check({ input_per_1k = 0.00014, output = 3 }, "price"))
    assert.equal(140000, cost.pico(price, { input_tokens = 1, output_tokens = 0 }))
    assert.is_nil(price.input_per_1k)
  end)

  it("are refused with the place and the fault", function()
    local cases = {
      { { input = 1 }, "p: 'input' and 'output' are needed" },
      { {}, "p: 'input' and 'output' are needed" },
      { { input = 1, output = 2, input_per_1k = 1 }, "not both" },
      { { input = -1, output = 2 }, "option 'input' must be a number from 0 to 10000" },
      { { input = 1, output = 2, above = { input = 5 } }, "p.above: 'tokens' is needed" },
      { { input = 1, output = 2, above = { { tokens = 5, inptu = 5 } } }, "did you mean 'input'" },
      { "cheap", "must be a table" },
    }
    for _, case in ipairs(cases) do
      local price, err = prices.check(case[1], "p")
      assert.is_nil(price)
      assert.equal("invalid_option", err.reason)
      assert.truthy(err.message:find(case[2], 1, true), err.message)
    end
    local _, err = prices.check_all({ openai = { image = 1 }, azure = { imag = 1 } }, "prices")
    assert.truthy(err.message:find('prices["azure"]: there is no option \'imag\'', 1, true))
  end)
end)
