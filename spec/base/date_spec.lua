-- SPDX-License-Identifier: MIT

local chance = require "spec.support.chance"
local date = require "vision.base.date"

describe("dates", function()
  it("are written in UTC to the millisecond", function()
    assert.equal("1970-01-01T00:00:00.000Z", date.iso(0))
    assert.equal("2026-11-26T03:22:28.123Z", date.iso(1795663348.1234))
    assert.equal("2024-02-29T23:59:59.999Z", date.iso(1709251199.999))
    assert.equal("9999-12-31T23:59:59.000Z", date.iso(date.MAX))
  end)

  it("are read back", function()
    chance.runs(200, function(source)
      local seconds = source:integer(0, date.MAX * 10) / 10
      assert.equal(date.iso(seconds), date.iso(assert(date.parse(date.iso(seconds)))))
    end)
  end)

  it("are those of the system", function()
    chance.runs(200, function(source)
      local seconds = source:integer(0, 4e9)
      local parts, theirs = date.of(seconds), os.date("!*t", seconds)
      assert.same({ theirs.year, theirs.month, theirs.day, theirs.hour, theirs.min,
        (theirs.wday + 5) % 7 + 1 },
        { parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.weekday })
      assert.equal(seconds, date.seconds(parts.year, parts.month, parts.day, parts.hour,
        parts.minute, parts.second))
    end)
  end)

  it("may leave out the time, and say another offset", function()
    for text, iso in pairs {
      ["2026-11-01"] = "2026-11-01T00:00:00.000Z",
      ["2026-11-01T10:30"] = "2026-11-01T10:30:00.000Z",
      ["2026-11-01 10:30:05.25"] = "2026-11-01T10:30:05.250Z",
      ["2026-11-01T00:30+01:00"] = "2026-10-31T23:30:00.000Z",
      ["2026-11-01T00:30-0530"] = "2026-11-01T06:00:00.000Z",
      ["2024-02-29"] = "2024-02-29T00:00:00.000Z",
    } do
      local seconds = date.parse(text)
      assert.equal(iso, seconds and date.iso(seconds), text)
    end
  end)

  it("that do not exist are refused with a reason", function()
    for text, said in pairs {
      ["2026-02-29"] = "2026-02 has 28 days", ["1900-02-29"] = "1900-02 has 28 days",
      ["2026-04-31"] = "2026-04 has 30 days", ["2026-13-01"] = "no month 13",
      ["2026-00-10"] = "no month 0", ["2026-01-00"] = "has 31 days",
      ["01.11.2026"] = "write it as", [""] = "write it as", ["2026-11-01T25:00"] = "write it as",
      ["2026-11-01x"] = "write it as", ["2026-11-01T10:00+99:00"] = "write it as",
    } do
      local seconds, err = date.parse(text)
      assert.is_nil(seconds, text)
      assert.equal("input", err.reason)
      assert.matches(said, err.message, 1, true)
    end
  end)

  it("count on over the end of a month", function()
    assert.equal("2027-01-01T00:00:00.000Z", date.iso(date.seconds(2026, 13)))
    assert.equal("2026-03-01T00:00:00.000Z", date.iso(date.seconds(2026, 2, 29)))
    assert.equal("2025-12-01T00:00:00.000Z", date.iso(date.seconds(2026, 0)))
  end)
end)
