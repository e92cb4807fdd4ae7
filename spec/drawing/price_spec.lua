-- SPDX-License-Identifier: MIT
local price = require "vision.drawing.price"

describe("the price of a call", function()
  local PRICES = { input = 2, output = 10, cached = 0.2, cache_write = 2.5 }

  it("is exact in pico-dollars", function()
    assert.equal(2000000, price.pico(PRICES, { input_tokens = 1, output_tokens = 0 }))
    assert.equal(1000 * 2000000 + 100 * 10000000,
      price.pico(PRICES, { input_tokens = 1000, output_tokens = 100 }))
    assert.equal(150000, price.pico({ input = 0.15, output = 0.6 },
      { input_tokens = 1, output_tokens = 0 }))
  end)

  it("counts cached tokens once", function()
    local usage = { input_tokens = 1000, output_tokens = 0, cached_tokens = 600,
      cache_write_tokens = 100 }
    assert.equal(300 * 2000000 + 600 * 200000 + 100 * 2500000, price.pico(PRICES, usage))
    assert.equal(1000 * 3000000, price.pico({ input = 3, output = 1 }, usage))
  end)

  it("rises above a number of tokens", function()
    local prices = { input = 1, output = 2, above = { tokens = 100, input = 3, output = 4 } }
    assert.equal(100 * 1000000 + 2000000, price.pico(prices, { input_tokens = 100,
      output_tokens = 1 }))
    assert.equal(101 * 3000000 + 4000000, price.pico(prices, { input_tokens = 101,
      output_tokens = 1 }))
  end)

  it("is nil where something is not known, never 0", function()
    assert.is_nil(price.pico(nil, { input_tokens = 1, output_tokens = 1 }))
    assert.is_nil(price.pico(PRICES, nil))
    assert.is_nil(price.micro(nil))
    assert.is_nil(price.usd(nil))
  end)

  it("is booked in micro-dollars, rounded up", function()
    assert.equal(1, price.micro(1))
    assert.equal(2, price.micro(1000001))
    assert.equal(0, price.micro(0))
  end)
end)
