-- SPDX-License-Identifier: MIT
local environment = require "spec.support.environment"
local folder = require "spec.support.folder"
local zone = require "vision.base.zone"
local zone_rule = require "vision.base.zone_rule"
local tzif = require "vision.base.tzif"

local HOUR, DAY = 3600, 86400

-- 2026-03-29 and 2026-10-25 are the days on which Berlin's clocks are changed.
local SPRING, AUTUMN = 1774746000, 1792890000 -- 01:00 UTC of both

describe("a time zone", function()
  it("is as far from UTC as its clocks are, in winter and in summer", function()
    local berlin = assert(zone.open "Europe/Berlin")
    assert.same({ 1 * HOUR, 2 * HOUR }, { berlin:offset(SPRING - 1), berlin:offset(SPRING) })
    assert.same({ 2 * HOUR, 1 * HOUR }, { berlin:offset(AUTUMN - 1), berlin:offset(AUTUMN) })
    assert.equal(5.5 * HOUR, assert(zone.open "Asia/Kolkata"):offset(SPRING))
    assert.equal(0, zone.open "UTC":offset(SPRING))
  end)

  it("has days of 23, 24 and 25 hours, each ending where the next begins", function()
    local berlin = assert(zone.open "Europe/Berlin")
    local hours = {}
    for _, at in ipairs { SPRING - DAY, SPRING, AUTUMN - DAY, AUTUMN } do
      local day = berlin:day(at)
      hours[#hours + 1] = (day.stop - day.start) / HOUR
      assert.is_true(day.start <= at and at < day.stop)
      assert.equal(day.date, berlin:day(day.start).date)
      assert.equal(day.date, berlin:day(day.stop - 1).date)
      assert.equal(day.stop, berlin:day(day.stop).start)
    end
    assert.same({ 24, 23, 24, 25 }, hours)
    assert.equal("2026-10-25", berlin:day(AUTUMN).date)
    assert.equal("2026-10-24", berlin:day(AUTUMN - 3.5 * HOUR).date)
  end)

  it("knows days that begin at one, for midnight is left out", function()
    local santiago = assert(zone.open "America/Santiago") -- 2025-09-07 begins at 01:00
    local day = santiago:day(1757260800)
    assert.same({ "2025-09-07", 23 * HOUR }, { day.date, day.stop - day.start })
    assert.equal("2025-09-06", santiago:day(day.start - 1).date)
  end)

  it("finds the time at which its clocks show something", function()
    local berlin = assert(zone.open "Europe/Berlin")
    local shown = AUTUMN + 1.5 * HOUR -- 02:30, shown twice: at 00:30 and 01:30 UTC
    assert.equal(AUTUMN - 0.5 * HOUR, berlin:seconds(shown))
    local never = SPRING + 1.5 * HOUR -- 02:30, never shown
    assert.equal(SPRING + 0.5 * HOUR, berlin:seconds(never))
    assert.equal(SPRING - 5 * HOUR, berlin:seconds(SPRING - 4 * HOUR))
  end)

  it("goes on by its rule after the last change in its file", function()
    local far = 4102444800 -- 2100-01-01
    local berlin = assert(zone.open "Europe/Berlin")
    assert.equal(1 * HOUR, berlin:offset(far))
    assert.equal(2 * HOUR, berlin:offset(far + 180 * DAY))
    assert.equal(11 * HOUR, assert(zone.open "Australia/Sydney"):offset(far))
  end)

  it("may be an offset or a rule", function()
    assert.equal(-5 * HOUR, zone.open "-05:00":offset(0))
    assert.equal(5.75 * HOUR, zone.open "+0545":offset(0))
    local rule = assert(zone.open "CET-1CEST,M3.5.0,M10.5.0/3")
    local berlin = assert(zone.open "Europe/Berlin")
    for at = SPRING, SPRING + 366 * DAY, HOUR do
      assert.equal(berlin:offset(at), rule:offset(at))
    end
    assert.equal("2026-03-29", rule:day(SPRING).date)
  end)

  it("is the machine's where it is called local", function()
    environment.with({ TZ = ":Asia/Kolkata" }, function()
      assert.equal(5.5 * HOUR, zone.open "local":offset(0))
    end)
    environment.with({ TZ = "" }, function() assert.is_number(zone.open "local":offset(0)) end)
  end)

  it("is refused where there is none of the name", function()
    for _, name in ipairs { "Europe/Atlantis", "../../etc/passwd", "/etc/passwd", "", "+25:00",
      "zone.tab", "CET-1CEST,M13.5.0,M10.5.0", "A-1" } do
      local found, err = zone.open(name)
      assert.is_nil(found, name)
      assert.equal("invalid_option", err.reason)
      assert.truthy(err.message:find("there is no time zone", 1, true))
    end
  end)
end)

describe("a rule of a time zone", function()
  local function offset(text, seconds) return assert(zone_rule.parse(text)):offset(seconds) end

  it("may count days of the year, with and without 29 February", function()
    local leap, common = 1709164800, 1740700800 -- 2024-02-29, 2025-02-28
    -- J60 is the first of March in every year; 59 is 29 February in a leap year
    assert.is_nil(zone_rule.parse "AAA0BBB,J0/0,J300/0")
    assert.equal(0, offset("AAA0BBB,J60/0,J300/0", leap))
    assert.equal(HOUR, offset("AAA0BBB,J60/0,J300/0", leap + DAY))
    assert.equal(HOUR, offset("AAA0BBB,59/0,300/0", leap))
    assert.equal(0, offset("AAA0BBB,59/0,300/0", common))
    assert.equal(HOUR, offset("AAA0BBB,59/0,300/0", common + DAY))
  end)

  it("may have names in brackets and no summer", function()
    assert.equal(-3 * HOUR, offset("<-03>3", 0))
    assert.equal(5.75 * HOUR, offset("<+0545>-5:45", 0))
  end)
end)

describe("a file of the system's zoneinfo", function()
  it("that is cut short or changed is none, and never an error", function()
    folder.with(function(path)
      local file = assert(io.open("/usr/share/zoneinfo/Europe/Berlin", "rb"))
      local bytes = file:read "*a"
      file:close()
      assert.is_table(tzif.parse(bytes))
      for length = 0, #bytes - 1 do
        local found = tzif.parse(bytes:sub(1, length))
        assert.is_true(found == nil or found.footer == nil)
      end
      for at = 1, #bytes, 7 do
        assert.has_no.errors(function()
          tzif.parse(bytes:sub(1, at - 1) .. "\255" .. bytes:sub(at + 1))
        end)
      end
      folder.write(path .. "/Broken", "TZif2")
      environment.with({ TZDIR = path }, function() assert.is_nil((zone.open "Broken")) end)
    end)
  end)
end)
