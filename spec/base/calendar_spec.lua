-- SPDX-License-Identifier: MIT
local calendar = require "vision.base.calendar"

describe("calendar", function()
  it("counts days as the calendar does, and back", function()
    assert.equal(0, calendar.days_of(1970, 1, 1))
    assert.equal(11016, calendar.days_of(2000, 2, 29))
    assert.equal(-719468, calendar.days_of(0, 3, 1))
    for days = -800000, 800000, 997 do
      assert.equal(days, calendar.days_of(calendar.date_of(days)))
    end
    local year, month, day = 1899, 12, 31
    for days = calendar.days_of(1900, 1, 1), calendar.days_of(1904, 12, 31) do
      day = day + 1
      if day > calendar.month_days(year, month) then month, day = month + 1, 1 end
      if month > 12 then year, month = year + 1, 1 end
      assert.same({ year, month, day }, { calendar.date_of(days) })
    end
  end)

  it("knows the days of the week and ISO's weeks", function()
    assert.equal(4, calendar.weekday(calendar.days_of(2026, 11, 26)))
    assert.equal(0, calendar.weekday(calendar.days_of(1969, 12, 28)))
    local function week(...) return { calendar.iso_week(calendar.days_of(...)) } end
    assert.same({ 2026, 48 }, week(2026, 11, 26))
    assert.same({ 2020, 53 }, week(2021, 1, 3)) -- examples of ISO 8601
    assert.same({ 2021, 1 }, week(2021, 1, 4))
    assert.same({ 2009, 1 }, week(2008, 12, 29))
  end)

  it("says what is wrong with a date", function()
    assert.equal(20783, calendar.parse_date "2026-11-26")
    for text, words in pairs {
      ["2026-02-30"] = "there is no 2026-02-30: that month has 28 days",
      ["2024-02-30"] = "that month has 29 days", ["1900-02-29"] = "that month has 28 days",
      ["2026-13-01"] = "months go from 01 to 12", ["2026-00-10"] = "months go from 01 to 12",
      ["2026-11-00"] = "there is no 2026-11-00", ["26.11.2026"] = "written as 2026-11-26",
      ["2026-1-1"] = "written as", [""] = "written as",
      ["2026-1\0"] = "written as", ["2026-11-26T00:00"] = "written as",
    } do
      local days, message = calendar.parse_date(text)
      assert.is_nil(days, text)
      assert.truthy(message:find(words, 1, true), message)
    end
  end)
end)
