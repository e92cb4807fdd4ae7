-- SPDX-License-Identifier: MIT
-- Which records a command of `vision records` is about: options, and the filter made of them.

local options = require "vision.cli.options"

local filters = {}

local UNITS = { h = 3600, d = 86400, w = 7 * 86400 }

--- "7d" -> seconds
---@param text string
---@return number|nil
function filters.duration(text)
  local number, unit = text:match "^(%d+%.?%d*)([hdw])$"
  return number and tonumber(number) * UNITS[unit]
end

--- A converter of an option that is a duration.
---@param name string
function filters.duration_option(name)
  return function(text)
    local seconds = filters.duration(text)
    if seconds and seconds > 0 then return seconds end
    return nil, ("%s wants a time such as 12h, 7d or 4w, not '%s'"):format(name, text)
  end
end

local share = function(name) return options.number_between(name, 0, 1) end

--- The options of a time.
---@param command table
function filters.time_options(command)
  command:option "--from" :argname "DATE"
    :description "Made at or after: 2026-11-01, 2026-11-01T10:00, or 7d for seven days ago."
  command:option "--to" :argname "DATE"
    :description "Made before that, or up to the end of the day that is named."
  command:option "--last" :argname "TIME" :convert(filters.duration_option "--last")
    :description "The same as --from: of the last 12h, 7d or 4w."
  command:option "--timezone" :argname "NAME" :default "UTC"
    :description "Whose days and hours are meant and shown, for example Europe/Berlin."
end

--- All options that say which records.
---@param command table
function filters.options(command)
  command:option "--provider" :argname "NAME" :description "Read by this provider."
  command:option "--model" :argname "NAME" :description "Read by this model."
  command:option "--status" :choices { "completed", "failed" } :description "What came of it."
  command:option "--tag" :argname "WORD" :target "tags" :count "*" :convert(options.tag)
    :description "With this label; given several times, with all of them."
  command:option "--min-confidence" :argname "NUMBER" :convert(share "--min-confidence")
    :description "From 0 to 1; what has no confidence is left out."
  command:option "--max-confidence" :argname "NUMBER" :convert(share "--max-confidence")
    :description "From 0 to 1."
  command:option "--picture" :argname "FILE|HASH"
    :description "Of this picture: a file, whatever it was called then, or its SHA-256."
  command:option "--text" :argname "WORDS"
    :description "With all of these words in summary, details, title block, notes or call-outs."
  command:option "--request" :argname "ID" :description "Of this request of a provider."
  filters.time_options(command)
end

-- ---- values ----

local function refuse(message)
  return nil, require("vision.base.error").new("usage", message)
end

--- The digest of a picture that is named by its file or by the digest itself; waits.
---@param name string
---@return string|nil hash
---@return vision.error? err
function filters.picture(name)
  if #name == 64 and name:find "^%x+$" then return name:lower() end
  if name == "-" then return refuse "a picture is named by its file or its SHA-256, not '-'" end
  local image, err = require("vision.cli.files").image(name)
  return image and image:sha256(), err
end

local function ago(seconds)
  return math.max(0, require("vision.base.clock").wall() - seconds)
end

-- The time of "7d" and of dates; `is_end`: of a day its end.
local function time_of(text, name, zone, is_end)
  local seconds = filters.duration(text)
  if seconds then return ago(seconds) end
  local err, is_day
  seconds, err, is_day = require("vision.base.date").parse(text, zone)
  if not seconds then return refuse(name .. ": " .. err.message) end
  return is_end and is_day and zone:after(zone:start_of(seconds, "day"), "day") or seconds
end

local function add_times(filter, given, zone)
  if given.from and given.last then return refuse "give --from or --last, not both" end
  local err
  if given.last then
    filter.from = ago(given.last)
  elseif given.from then
    filter.from, err = time_of(given.from, "--from", zone, false)
  end
  if given.to and not err then filter.to, err = time_of(given.to, "--to", zone, true) end
  if err then return nil, err end
  return true
end

--- The filter of what was given.
---@param given table the parsed options
---@return vision.QueryFilter|nil
---@return vision.error|vision.TimeZone err_or_zone the zone in which times are shown
function filters.of(given)
  local zone, err = require("vision.base.time_zone").open(given.timezone)
  if not zone then return nil, err end
  local filter = {
    provider = given.provider, model = given.model, status = given.status, text = given.text,
    min_confidence = given.min_confidence, max_confidence = given.max_confidence,
    request_id = given.request, tags = given.tags and given.tags[1] and given.tags or nil,
  }
  local ok
  ok, err = add_times(filter, given, zone)
  if not ok then return nil, err end
  if given.picture then
    filter.image_hash, err = filters.picture(given.picture)
    if not filter.image_hash then return nil, err end
  end
  return filter, zone
end

return filters
