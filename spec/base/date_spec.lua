-- SPDX-License-Identifier: MIT

local chance = require "spec.support.chance"
local date = require "vision.base.date"
local time_zone = require "vision.base.time_zone"

describe("a time as text", function()
  it("is written in UTC to the millisecond", function()
    assert.equal("1970-01-01T00:00:00.000Z", date.iso(0))
    assert.equal("2026-11-26T03:22:28.123Z", date.iso(1795663348.1234))
    assert.equal("2024-02-29T23:59:59.999Z", date.iso(1709251199.999))
    assert.equal("9999-12-31T23:59:59.000Z", date.iso(date.MAX))
  end)

  it("is read back", function()
    chance.runs(200, function(source)
      local seconds = source:integer(0, date.MAX * 10) / 10
      assert.equal(date.iso(seconds), date.iso(assert(date.parse(date.iso(seconds)))))
    end)
  end)

  it("may leave out the clock, and say another offset", function()
    for text, iso in pairs {
      ["2026-11-01"] = "2026-11-01T00:00:00.000Z",
      ["2026-11-01T10:30"] = "2026-11-01T10:30:00.000Z",
      ["2026-11-01 10:30:05.25"] = "2026-11-01T10:30:05.250Z",
      ["2026-11-01T00:30+01:00"] = "2026-10-31T23:30:00.000Z",
      ["2026-11-01T00:30-0530"] = "2026-11-01T06:00:00.000Z",
      ["2024-02-29"] = "2024-02-29T00:00:00.000Z",
    } do
      assert.equal(iso, date.iso(assert(date.parse(text))), text)
    end
  end)

  it("says whether it was a day", function()
    assert.is_true(select(3, date.parse "2026-11-01"))
    assert.is_false(select(3, date.parse "2026-11-01T00:00"))
    assert.is_false(select(3, date.parse "2026-11-01T00:00Z"))
  end)

  it("is that of a zone, unless it says another", function()
    local zone = assert(time_zone.open "Europe/Berlin")
    assert.equal("2026-06-30T22:00:00.000Z", date.iso(date.parse("2026-07-01", zone)))
    assert.equal("2026-11-01T09:30:00.000Z", date.iso(date.parse("2026-11-01T10:30", zone)))
    assert.equal("2026-11-01T10:30:00.000Z", date.iso(date.parse("2026-11-01T10:30Z", zone)))
  end)

  it("that does not exist is refused with a reason", function()
    for text, said in pairs {
      ["2026-02-29"] = "that month has 28 days", ["1900-02-29"] = "that month has 28 days",
      ["2026-04-31"] = "that month has 30 days", ["2026-13-01"] = "there is no 2026-13-01",
      ["01.11.2026"] = "write it as", [""] = "write it as", ["2026-11-01T25:00"] = "write it as",
      ["2026-11-01x"] = "write it as", ["2026-11-01T10:00+99:00"] = "write it as",
    } do
      local seconds, err = date.parse(text)
      assert.is_nil(seconds, text)
      assert.equal("input", err.reason)
      assert.matches(said, err.message, 1, true)
    end
  end)
end)
