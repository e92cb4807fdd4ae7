-- SPDX-License-Identifier: MIT
local calendar = require "vision.base.calendar"
local chance = require "spec.support.chance"
local rule = require "vision.base.time_zone_rule"
local time_zone = require "vision.base.time_zone"

local ZONES = {
  "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
  "Pacific/Apia", "America/Sao_Paulo", "Africa/Cairo", "Europe/Dublin", "Asia/Tokyo",
}

-- What the system's own `date` says of instants.
local function said_by_system(zone, instants)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  for _, t in ipairs(instants) do file:write(("@%d\n"):format(t)) end
  file:close()
  local lines = {}
  local pipe = io.popen(("TZ=%s date -f %s '+%%Y-%%m-%%d %%H:%%M:%%S'"):format(zone, path))
  for line in pipe:lines() do lines[#lines + 1] = line end
  pipe:close()
  os.remove(path)
  return lines
end

local function day(zone, year, month, number)
  return zone:begin(calendar.days_of(year, month, number))
end

describe("time zone", function()
  it("is no file of another kind, and any name that is none is told", function()
    for _, name in ipairs { "", "../../etc/passwd", "/etc/passwd", "a\0b", "Europe/Berlin\n",
      "zone.tab", "Europe", ("x"):rep(1e5), "Europe/../Europe/Berlin" } do
      local zone, err = time_zone.open(name)
      assert.is_nil(zone)
      assert.equal("invalid_option", err.reason)
      assert.is_true(#err.message < 300)
    end
  end)

  it("tells the time as the system does, far into the past and the future", function()
    local random = chance.new(7)
    local instants = {}
    for i = 1, 400 do instants[i] = math.floor(random:fraction() * 4.2e9) end -- 1970 .. 2103
    for _, name in ipairs(ZONES) do
      local zone = assert(time_zone.open(name))
      local lines = said_by_system(name, instants)
      for i, t in ipairs(instants) do
        local days, seconds = zone:day(t)
        local year, month, number = calendar.date_of(days)
        assert.equal(lines[i], ("%04d-%02d-%02d %02d:%02d:%02d"):format(year, month, number,
          math.floor(seconds / 3600), math.floor(seconds / 60) % 60, seconds % 60), name)
      end
    end
  end)

  it("has days of 23 and 25 hours", function()
    local berlin = assert(time_zone.open "Europe/Berlin")
    local function hours(month, number)
      return (day(berlin, 2026, month, number + 1) - day(berlin, 2026, month, number)) / 3600
    end
    assert.equal(23, hours(3, 29))
    assert.equal(24, hours(7, 1))
    assert.equal(25, hours(10, 25))
    local labels, t = {}, day(berlin, 2026, 10, 25)
    while t < day(berlin, 2026, 10, 26) do
      labels[#labels + 1] = berlin:label(t, "hour"):sub(12)
      t = berlin:after(t, "hour")
    end
    assert.equal("00:00 01:00 02:00 02:00 03:00", table.concat(labels, " ", 1, 5))
    assert.equal(25, #labels)
  end)

  it("begins a day whose midnight was skipped, and leaves out one that never was", function()
    local cairo = assert(time_zone.open "Africa/Cairo") -- clocks go forward at midnight
    local t = day(cairo, 2026, 4, 24)
    assert.equal("2026-04-24 01:00", cairo:label(t, "hour"))
    assert.equal(23 * 3600, day(cairo, 2026, 4, 25) - t)
    local apia = assert(time_zone.open "Pacific/Apia") -- 2011-12-30 did not take place
    assert.equal("2011-12-31", apia:label(apia:after(day(apia, 2011, 12, 29), "day"), "day"))
  end)

  it("cuts time without gaps, whatever the zone and the unit", function()
    local random = chance.new(11)
    for _, name in ipairs(ZONES) do
      local zone = assert(time_zone.open(name))
      for _, unit in ipairs(time_zone.UNITS) do
        for _ = 1, 10 do
          local t = math.floor(1.2e9 + random:fraction() * 1e9)
          local start = zone:start_of(t, unit)
          local following = zone:after(start, unit)
          assert.is_true(start <= t and t < following, ("%s %s %d"):format(name, unit, t))
          if unit ~= "hour" then assert.equal(following, zone:start_of(following, unit)) end
        end
      end
    end
  end)

  it("names hours, days, weeks and months", function()
    local berlin = assert(time_zone.open "Europe/Berlin")
    local t = 1795694400 -- 2026-11-26 12:00 UTC
    local function name(unit) return berlin:label(berlin:start_of(t, unit), unit) end
    assert.same({ "2026-11-26 13:00", "2026-11-26", "2026-W48", "2026-11" },
      { name "hour", name "day", name "week", name "month" })
  end)

  it("refuses names that are none", function()
    local names = { "Europe/Atlantis", "../../etc/passwd", "/etc/localtime", "", "CET\n" }
    for _, name in ipairs(names) do
      local zone, err = time_zone.open(name)
      assert.is_nil(zone, name)
      assert.equal("invalid_option", err.reason)
      assert.matches("there is no time zone", err.message)
    end
  end)
end)

describe("the rule of a zone", function()
  local function at(text, ...)
    return rule.read(text)(calendar.days_of(...) * 86400 + 12 * 3600) / 3600
  end

  it("is read in all its forms", function()
    assert.equal(3.5, at("<+0330>-3:30", 2040, 1, 1))
    assert.equal(1, at("CET-1CEST,M3.5.0,M10.5.0/3", 2040, 1, 1))
    assert.equal(2, at("CET-1CEST,M3.5.0,M10.5.0/3", 2040, 7, 1))
    assert.equal(0, at("IST-1GMT0,M10.5.0,M3.5.0/1", 2040, 1, 1)) -- winter is the exception
    assert.equal(1, at("IST-1GMT0,M10.5.0,M3.5.0/1", 2040, 7, 1))
    assert.equal(13, at("NZST-12NZDT,M9.5.0,M4.1.0/3", 2040, 1, 1)) -- over new year
    assert.equal(-1, at("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2040, 7, 1))
    assert.equal(0, at("AAA0BBB,J60,J300", 2040, 2, 29)) -- J60 is March 1, also in a leap year
    assert.equal(1, at("AAA0BBB,J60,J300", 2040, 3, 1))
    assert.equal(1, at("AAA0BBB,J60,J300", 2041, 3, 1))
    assert.equal(1, at("AAA0BBB,59,300", 2040, 3, 1))
    assert.equal(0, at("AAA0BBB,60,300", 2040, 2, 29))
  end)

  it("is none where it cannot be read", function()
    local texts = { "", "X", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,/" }
    for _, text in ipairs(texts) do
      assert.is_nil(rule.read(text), text)
    end
  end)
end)
