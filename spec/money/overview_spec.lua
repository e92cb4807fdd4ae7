-- SPDX-License-Identifier: MIT
local clock = require "vision.base.clock"
local overview = require "vision.money.overview"
local samples = require "spec.support.record_samples"
local storage = require "vision.records.storage.memory"
local time_zone = require "vision.base.time_zone"

local NOON = samples.START + 86400 * 9 + 43200 -- 2026-11-10

describe("an overview of costs", function()
  local function days(given, zone)
    clock.install { wall = function() return NOON end }
    local found, err = overview.days(given, assert(time_zone.open(zone or "UTC")))
    clock.install()
    return found, err
  end

  it("is of 30 days up to today, where nobody says otherwise", function()
    assert.same({ from = "2026-10-12", to = "2026-11-10", zone = "UTC" }, days {})
    assert.same({ from = "2026-11-10", to = "2026-11-10", zone = "UTC" }, days { days = 1 })
    assert.equal("2026-11-11", days({}, "Pacific/Kiritimati").to)
    assert.same({ from = "2026-01-01", to = "2026-01-02", zone = "UTC" },
      days { from = "2026-01-01", to = "2026-01-02" })
    assert.equal("usage", select(2, days { from = "2026-12-01" }).reason)
  end)

  it("adds records up, and says what is not known", function()
    local store = assert(storage.open())
    assert(store:save(samples.records(3, function(i)
      return { provider = i < 3 and "openai" or "local", cost_usd = i == 1 and 0.5 or "none" }
    end)))
    local found = assert(overview.gather(overview.of_records(store),
      { from = "2026-11-01", to = "2026-11-01", zone = "UTC" }, "provider"))
    assert.same({ 3, 0.5, 2 }, { found.total.total_requests, found.total.total_cost_usd,
      found.total.unpriced_requests })
    assert.same({ "openai", "local" }, { found.groups[1].name, found.groups[2].name })
    local object = overview.to_json(found)
    assert.equal(require("vision.base.json").null, object.groups[2].cost_per_request)
    assert.same({}, object.budgets)
  end)
end)
