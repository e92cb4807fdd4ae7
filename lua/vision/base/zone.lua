-- SPDX-License-Identifier: MIT
-- Time zones: how far their clocks are from UTC at a time, and when their days begin. Read from the
-- system's zoneinfo, so that one process may count in several zones; summer time is in it.

local errors = require "vision.base.error"
local posix_rule = require "vision.base.zone_rule"
local tzif = require "vision.base.tzif"

local zone = {}

local DAY = 86400
local MAX_FILE = 1024 * 1024

---@class vision.Zone
---@field name string
---@field package times number[]    when the clocks were changed, seconds since 1970
---@field package offsets number[]  seconds ahead of UTC from then on; [0]: before the first
---@field package rule? vision.ZoneRule  what holds after the last
local Zone = {}
Zone.__index = Zone

--- How far its clocks are ahead of UTC.
---@param seconds number since 1970
---@return number seconds
function Zone:offset(seconds)
  local times = self.times
  local low, high = 0, #times
  if self.rule and (high == 0 or seconds >= times[high]) then return self.rule:offset(seconds) end
  while low < high do -- the last change that was not later
    local middle = math.ceil((low + high) / 2)
    if times[middle] <= seconds then low = middle else high = middle - 1 end
  end
  return self.offsets[low]
end

--- The time at which its clocks show something. What they show twice is the first time; what they
--- leave out is as much later.
---@param shown number seconds since 1970 as if the clock were one of UTC
---@return number seconds since 1970
function Zone:seconds(shown)
  local early, late = self:offset(shown - DAY), self:offset(shown + DAY)
  local first = shown - early
  if self:offset(first) == early then return first end
  local second = shown - late
  return self:offset(second) == late and second or first
end

---@class vision.ZoneDay
---@field date string   "2026-11-26"
---@field start number  seconds since 1970
---@field stop number   when the next one begins

--- The day of a time.
---@param seconds number since 1970
---@return vision.ZoneDay
function Zone:day(seconds)
  local shown = math.floor(seconds + self:offset(seconds))
  local midnight = shown - shown % DAY
  return { date = os.date("!%Y-%m-%d", midnight), start = self:seconds(midnight),
    stop = self:seconds(midnight + DAY) }
end

local function fixed(name, offset)
  return setmetatable({ name = name, times = {}, offsets = { [0] = offset } }, Zone)
end

-- ---- by name ----

local function read(path)
  local file = io.open(path, "rb")
  local bytes = file and file:read(MAX_FILE)
  if file then file:close() end
  return bytes
end

local function of_bytes(name, bytes)
  local found = bytes and tzif.parse(bytes)
  if not found then return nil end
  found.name = name
  found.rule = found.footer and posix_rule.parse(found.footer)
  return setmetatable(found, Zone)
end

local function folders()
  return { os.getenv "TZDIR" or "/usr/share/zoneinfo", "/usr/share/zoneinfo", "/usr/lib/zoneinfo" }
end

local function of_zoneinfo(name)
  if not name:find "^%a[%w_+%-/]*$" then return nil end
  for _, folder in ipairs(folders()) do
    local found = of_bytes(name, read(folder .. "/" .. name))
    if found then return found end
  end
end

-- "+02:00", "-5"
local function of_offset(name)
  local sign, hours, minutes = name:match "^([+-])(%d%d?):?(%d*)$"
  hours, minutes = tonumber(hours), minutes == "" and 0 or tonumber(minutes)
  if not hours or hours > 14 or minutes > 59 then return nil end
  return fixed(name, (sign == "-" and -1 or 1) * (hours * 3600 + minutes * 60))
end

local function of_rule(name)
  local rule = posix_rule.parse(name)
  return rule and setmetatable({ name = name, times = {}, offsets = {}, rule = rule }, Zone)
end

-- What the machine is set to.
local function of_machine()
  local said = (os.getenv "TZ" or ""):gsub("^:", "")
  if said == "" then return of_bytes("local", read "/etc/localtime") or fixed("local", 0) end
  local bytes = said:sub(1, 1) == "/" and read(said)
  return bytes and of_bytes(said, bytes) or zone.open(said)
end

--- A time zone.
---@param name string "UTC", "local" (the machine's), "+02:00", a name of the system's zoneinfo such
---  as "Europe/Berlin", or a rule as in TZ
---@return vision.Zone|nil
---@return vision.error? err invalid_option
function zone.open(name)
  if name == "UTC" then return fixed(name, 0) end
  if name == "local" then return of_machine() end
  local found = of_offset(name) or of_zoneinfo(name) or of_rule(name)
  if found then return found end
  return nil, errors.new("invalid_option", ("there is no time zone '%s': take UTC, local, +02:00 "
    .. "or a name such as Europe/Berlin (those need the package tzdata)"):format(name:sub(1, 64)))
end

return zone
