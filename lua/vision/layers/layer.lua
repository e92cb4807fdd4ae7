-- SPDX-License-Identifier: MIT
-- What every layer is made of. A layer is a provider around a provider: it has the same methods,
-- does something of its own before, after or instead of the call, and everything else is what the
-- provider inside has.
--
--   local Counting = layer.class("counting", { limit = { "…", type = "integer", default = 5 } })
--   layer.around(Counting, { before = …, after = … })          -- both ways to ask, or by hand
--   counting.create_counting_provider = layer.creator(Counting, function(self) self.count = 0 end)

local clock = require "vision.base.clock"
local errors = require "vision.base.error"
local option_lists = require "vision.base.options"
local stream = require "vision.providers.stream"

local layer = {}

---@class vision.LayerClass
---@field layer string                            its name, for messages
---@field OPTIONS table<string, vision.OptionSpec> what its maker takes
---@field CALL table<string, vision.OptionSpec>    what one call may say to it
---@field properties table<string, fun(self: table): any> fields that are reckoned when read

-- A method of the provider inside must run on that provider, not on the layer around it.
local function delegate(self, inner, key, method)
  local function delegated(_, ...)
    return method(inner, ...)
  end
  rawset(self, key, delegated)
  return delegated
end

--- A class of layers. What an instance does not have itself is what its provider has.
---@param name string
---@param options? table<string, vision.OptionSpec>
---@param call? table<string, vision.OptionSpec> options of `analyze_image` that it takes itself
---@return vision.LayerClass
function layer.class(name, options, call)
  local Class = { layer = name, OPTIONS = options or {}, CALL = call or {}, properties = {} }

  function Class.__index(self, key)
    local own = Class[key]
    if own ~= nil then
      return own
    elseif Class.properties[key] then
      return Class.properties[key](self)
    end
    local inner = rawget(self, "provider")
    local value = inner[key]
    if type(value) == "function" then
      return delegate(self, inner, key, value)
    end
    return value
  end

  function Class.__tostring(self)
    return ("%s around %s"):format(name, tostring(self.provider))
  end

  return Class
end

--- Whether something can be asked to analyse an image.
---@param value any
---@return boolean
function layer.is_provider(value)
  return type(value) == "table" and type(value.analyze_image) == "function"
end

--- The maker of a class: takes a provider and options, checks both.
---@param Class vision.LayerClass
---@param init? fun(self: table): true|nil, vision.error?  sets the instance up; may refuse
---@return fun(provider: table, options: table?): table|nil, vision.error?
function layer.creator(Class, init)
  return function(provider, given)
    if not layer.is_provider(provider) then
      error(("create_%s_provider wants a provider"):format(Class.layer), 2)
    end
    local options, err = option_lists.check(Class.OPTIONS, given, Class.layer)
    if not options then
      return nil, err
    end
    local self = setmetatable({ provider = provider, config = options }, Class)
    if init then
      local _
      _, err = init(self)
      if err then
        return nil, err
      end
    end
    return self
  end
end

--- Parts the options of a call into those of the layer and the rest, which goes on inside.
---@param Class vision.LayerClass
---@param given table?
---@return table|nil own   checked, with defaults
---@return table|vision.error|nil rest  as given where nothing of it was the layer's
function layer.call_options(Class, given)
  local taken, rest
  for name in pairs(type(given) == "table" and Class.CALL or {}) do
    if given[name] ~= nil then
      rest = rest or {}
      taken = taken or {}
      taken[name] = given[name]
    end
  end
  local own, err = option_lists.check(Class.CALL, taken, Class.layer)
  if not own then
    return nil, err
  elseif not taken then
    return own, given
  end
  for name, value in pairs(given) do
    if taken[name] == nil then
      rest[name] = value
    end
  end
  return own, rest
end

--- The stream of a provider: its own, or one made of its analysis.
---@return vision.EventStream events
function layer.stream(provider, image, options)
  if not provider.analyze_image_stream then
    return stream.of_analysis(provider, image, options)
  end
  local events, err = provider:analyze_image_stream(image, options)
  return events or stream.failed(err)
end

local function is_first_text(event)
  return event.event_type == stream.StreamEventType.PARTIAL
end

--- Hands a stream on and tells its end once: at its last event, when it is closed before, or when
--- it breaks off without either.
---@param events vision.EventStream
---@param ended fun(reading: table?, err: vision.error?, first: number?) `first`: when the first
---  text came, as of `clock.mono`
---@return vision.EventStream
function layer.watch(events, ended)
  local types, first, over = stream.StreamEventType, nil, false
  local function finish(reading, err)
    if not over then
      over = true
      ended(reading, err, first)
    end
  end

  local function next_event()
    local ok, event = pcall(events)
    if not ok then
      finish(nil, errors.from(event))
      error(event, 0)
    elseif event == nil then
      finish(nil, errors.new("cut_stream", "the stream ended without an answer"))
    elseif event.event_type == types.COMPLETE then
      finish(event.data.result)
    elseif event.event_type == types.ERROR then
      finish(nil, event.data.error)
    elseif not first and is_first_text(event) then
      first = clock.mono()
    end
    return event
  end

  return stream.new(next_event, function()
    events:close()
    finish(nil, errors.new("cancelled", "the stream was left"))
  end)
end

---@class vision.Around
---@field before fun(self: table, own: table, image: any, rest: table?): any, vision.error?
---  nil and an error: the provider is not asked; else what `after` gets
---@field after fun(self: table, token: any, reading: table?, err: vision.error?, seconds: number,
---  first: number?)  called once for each `before` that let the call through; `first`: seconds to
---  the first text of a stream

local function asked_whole(Class, around)
  return function(self, image, given)
    local own, rest = layer.call_options(Class, given)
    if not own then
      return nil, rest
    end
    local token, refused = around.before(self, own, image, rest)
    if token == nil then
      return nil, refused
    end
    local started = clock.mono()
    local provider = self.provider
    local ok, reading, err = pcall(provider.analyze_image, provider, image, rest)
    local seconds = clock.mono() - started
    if not ok then
      around.after(self, token, nil, errors.from(tostring(reading)), seconds)
      error(reading, 0)
    end
    around.after(self, token, reading, err, seconds)
    return reading, err
  end
end

local function asked_streaming(Class, around)
  return function(self, image, given)
    local own, rest = layer.call_options(Class, given)
    if not own then
      return stream.failed(rest)
    end
    local token, refused = around.before(self, own, image, rest)
    if token == nil then
      return stream.failed(refused)
    end
    local started = clock.mono()
    return layer.watch(layer.stream(self.provider, image, rest), function(reading, err, first)
      around.after(self, token, reading, err, clock.mono() - started, first and first - started)
    end)
  end
end

--- Gives a class both ways to ask, with something done before and after. Whatever happens to the
--- call, `after` is told once.
---@param Class vision.LayerClass
---@param around vision.Around
function layer.around(Class, around)
  Class.analyze_image = asked_whole(Class, around)
  Class.analyze_image_stream = asked_streaming(Class, around)
end

return layer
