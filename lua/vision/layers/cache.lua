-- SPDX-License-Identifier: MIT
-- Keeps readings by what was asked: the same picture, put to the same model with the same words,
-- is paid for once. A hit needs no key and no network; of equal questions at the same time one is
-- put.
--
-- Not kept: errors, answers without the shape of a reading (`parsed = false`), and the stub's
-- answer in the place of a provider that could not be had.

local cache_file = require "vision.layers.cache_file"
local cache_key = require "vision.layers.cache_key"
local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"
local flights = require "vision.layers.flights"
local frozen = require "vision.layers.frozen"
local images = require "vision.drawing.image"
local layer = require "vision.layers.layer"
local log = require "vision.base.log"
local option_lists = require "vision.base.options"
local reading_shape = require "vision.drawing.reading_shape"
local stream = require "vision.providers.stream"

local cache = {}

local YEAR = 366 * 86400

local Cached = layer.class("cached", {
  max_size = { "readings kept", type = "integer", min = 1, max = 1048576, default = 100 },
  ttl_seconds = { "seconds that a reading is kept", type = "number", above = 0, max = 10 * YEAR,
    default = 3600 },
  max_bytes = { "bytes of readings kept", type = "integer", min = 1, max = 2 ^ 40,
    default = 64 * 1024 * 1024 },
  path = option_lists.path("a file that keeps them beyond the end of the program, or redis://…, "
    .. "for a fleet of programs"),
}, {
  no_cache = { "ask anew, and keep nothing of it", type = "boolean", default = false },
})

---@class vision.CacheStats
---@field hits integer       answered without a call of their own
---@field joined integer     of them, those that waited for a call under way
---@field misses integer     calls made
---@field size integer       readings kept now
---@field bytes integer      of memory for them
---@field evictions integer  pushed out by newer ones
---@field expirations integer found after their time
---@field hit_rate number    hits / (hits + misses); 0 before the first call

--- A snapshot.
---@return vision.CacheStats
function Cached.properties.cache_stats(self)
  local stats = self.memory:stats()
  stats.hits, stats.misses, stats.joined = self.hits, self.misses, self.joined
  local asked = stats.hits + stats.misses
  stats.hit_rate = asked > 0 and stats.hits / asked or 0
  return stats
end

--- Forgets all readings. The counters go on; a call under way is kept when it comes. With a file
--- it waits.
function Cached:cache_clear()
  self.memory:clear()
  if self.file then
    self.file:clear()
  end
end

--- Gives memory and file back before the collector would; the cache is of no use any more.
function Cached:cache_close()
  self.memory:close()
  if self.file then
    self.file:close()
  end
end

local function is_worth_keeping(reading)
  local stub_instead = reading.fallback_from ~= nil and reading.grounding == "none"
  return reading.parsed ~= false and not stub_instead
end

local function put_in_memory(self, key, text, ttl)
  local ok, err = self.memory:put(key, text, ttl, clock.mono())
  if not ok then
    log.warn("a reading was not kept: %s", err.message)
  end
end

local function put(self, key, text)
  put_in_memory(self, key, text, self.config.ttl_seconds)
  if self.file then
    self.file:put(key, text, self.config.ttl_seconds)
  end
end

-- A maker of copies of a reading that just came; kept, if it is worth it and was not found here.
-- Who takes it first gets the reading itself.
local function keep(self, key, reading)
  local text, err = frozen.freeze(reading)
  if not text then
    log.warn("a reading was not kept: %s", err.message)
    return function() return reading end
  elseif is_worth_keeping(reading) and not reading.cached then
    put(self, key, text)
  end
  local own = reading
  return function()
    local taken = own
    own = nil
    return taken or (frozen.thaw(text))
  end
end

-- What was tried for it, and paid, belongs to the call that asked.
local function as_cached(reading, started)
  if not reading.cached then reading.saved_usd, reading.cost_usd = reading.cost_usd, 0 end
  reading.cached, reading.trail = true, nil
  reading.processing_time_ms = (clock.mono() - started) * 1000
  return reading
end

local function found(self, key, started)
  local text = self.memory:get(key, started)
  local reading = text and frozen.thaw(text)
  if reading then
    self.hits = self.hits + 1
    return as_cached(reading, started)
  end
end

-- What the file has is taken into memory, if it is a reading: anybody may have written it.
local function found_in_file(self, key)
  local started = clock.mono()
  local text, ttl = self.file:get(key)
  local reading = text and frozen.thaw(text)
  if reading_shape.is_sound(reading) then
    put_in_memory(self, key, text, math.min(ttl, self.config.ttl_seconds))
    self.hits = self.hits + 1
    return as_cached(reading, started)
  end
end

-- Who waited for the call of another.
local function joined(self, reading, started)
  self.hits, self.joined = self.hits + 1, self.joined + 1
  return as_cached(reading, started)
end

-- What a call is about. Without a key it passes the cache by; nil and an error: it makes no sense.
local function question_of(self, own, image, options)
  local passes_by = own.no_cache
    or type(options) == "table" and options.include_description == false
  if passes_by then
    return { image = image }
  end
  local handle, err = images.of(image)
  if not handle then
    return nil, errors.from(err)
  end
  local key, flight = self.keys:of(handle, options)
  if not key and flight then
    return nil, flight
  end
  return { image = handle, key = key, flight = flight }
end

-- ---- asking ----

local function start_call(self, question, options)
  return self.flights:call(question.flight, function()
    local reading = self.file and found_in_file(self, question.key)
    local err
    if not reading then
      self.misses = self.misses + 1
      reading, err = self.provider:analyze_image(question.image, options)
    end
    if not reading then
      return nil, err
    end
    return keep(self, question.key, reading)
  end)
end

local function ask(self, question, options, started)
  local flight = self.flights:find(question.flight)
  if flight then
    local take, err = flight:wait()
    return take and joined(self, take(), started), err
  end
  local take, err = start_call(self, question, options):wait()
  return take and take(), err
end

--- Reads a drawing, or tells what was read before: then `reading.cached` is true.
---@param image table|string
---@param given table? see providers.ANALYZE; also no_cache
---@return vision.VisionDescription|nil reading  the caller's own: it may be changed
---@return vision.error? err
function Cached:analyze_image(image, given)
  local started = clock.mono()
  local own, options = layer.call_options(Cached, given)
  if not own then
    return nil, options
  end
  local question, err = question_of(self, own, image, options)
  if not question then
    return nil, err
  elseif not question.key then
    return self.provider:analyze_image(image, options)
  end
  local reading = found(self, question.key, started)
  if reading then
    return reading
  end
  return ask(self, question, options, started)
end

local function events_of_hit(self, reading)
  return stream.of_analysis {
    name = self.name, model = self.model,
    analyze_image = function() return reading end,
  }
end

local function events_of_flight(self, flight, started)
  return layer.watch(flight:stream(self), function(reading)
    if reading then
      joined(self, reading, started)
    end
  end)
end

-- The file is looked at with the first event that somebody waits for.
local function source(self, question, options)
  return stream.opened_by(function()
    local reading = self.file and found_in_file(self, question.key)
    self.misses = self.misses + (reading and 0 or 1)
    return reading and events_of_hit(self, reading)
      or layer.stream(self.provider, question.image, options)
  end)
end

local function events_of_call(self, question, options)
  local events = source(self, question, options)
  return self.flights:stream(question.flight, events, function(reading)
    return keep(self, question.key, reading)
  end):stream()
end

--- Reads a drawing and says meanwhile how it goes; what was read before comes at once.
---@param image table|string
---@param given table? as for `analyze_image`
---@return vision.EventStream events
function Cached:analyze_image_stream(image, given)
  local started = clock.mono()
  local own, options = layer.call_options(Cached, given)
  if not own then
    return stream.failed(options)
  end
  local question, err = question_of(self, own, image, options)
  if not question then
    return stream.failed(err)
  elseif not question.key then
    return layer.stream(self.provider, image, options)
  end
  local reading = found(self, question.key, started)
  if reading then
    return events_of_hit(self, reading)
  end
  local flight = self.flights:find(question.flight)
  if flight then
    return events_of_flight(self, flight, started)
  end
  return events_of_call(self, question, options)
end

cache.Cached = Cached

local function kept_beyond(path)
  local in_redis = path:find "^rediss?://"
  return (in_redis and require "vision.layers.cache_redis" or cache_file).open(path)
end

--- A provider that remembers.
---@param provider table
---@param options? table max_size, ttl_seconds, max_bytes, path
---@return table|nil
---@return vision.error? err
cache.create_cached_provider = layer.creator(Cached, function(self)
  local memory, err = core.lru_cache(self.config.max_size, self.config.max_bytes)
  if not memory then
    return nil, errors.from(err)
  end
  self.file = false -- nil would be asked of the provider
  if self.config.path then
    self.file, err = kept_beyond(self.config.path)
    if not self.file then
      return nil, err
    end
  end
  self.memory, self.keys, self.flights = memory, cache_key.maker(self.provider), flights.new()
  self.hits, self.misses, self.joined = 0, 0, 0
  return true
end)

return cache
