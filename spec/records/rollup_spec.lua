-- SPDX-License-Identifier: MIT

local rollup = require "vision.records.rollup"
local samples = require "spec.support.record_samples"

describe("rollups", function()
  it("have latency buckets 2 % wide", function()
    for _, ms in ipairs { 1.001, 3, 17.5, 1234.5, 90000 } do
      local middle = rollup.bucket_ms(rollup.bucket(ms))
      assert.is_true(math.abs(middle / ms - 1) < 0.0101, ms .. " -> " .. middle)
    end
    assert.equal(0, rollup.bucket(0))
    assert.equal(0, rollup.bucket(1))
  end)

  it("add and take away in any order to nothing", function()
    local list = samples.records(20, function(i)
      return { provider = i % 3 == 0 and "a" or "b", cost_usd = i % 4 == 0 and "none" or i * 1e-6 }
    end)
    local totals = rollup.of_all(list)
    local rows, unsorted = totals:rows(), totals:unsorted()
    assert.same({ #rows.sums, #rows.counts }, { #unsorted.sums, #unsorted.counts })
    for i = #list, 1, -1 do totals:add(rollup.of(list[i]), -1) end
    assert.same({ sums = {}, counts = {} }, totals:rows())
  end)

  it("do not take strange figures of a provider", function()
    local row = rollup.of(samples.record { usage = { input_tokens = "many", output_tokens = -5,
      cached_tokens = 0 / 0 } }).sums[1]
    assert.same({ 0, 0, 0 }, { row.input_tokens, row.output_tokens, row.cached_tokens })
  end)
end)
