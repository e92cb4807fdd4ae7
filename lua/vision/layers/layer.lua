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
local shared_state = require "vision.layers.shared_state"
local stream = require "vision.providers.stream"
local task = require "vision.base.task"

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

-- class -> what holds where a call says nothing
local call_defaults = setmetatable({}, { __mode = "k" })

local function defaults_of(Class)
  call_defaults[Class] = option_lists.check(Class.CALL, nil, Class.layer)
  return call_defaults[Class]
end

--- Parts the options of a call into those of the layer and the rest, which goes on inside.
---@param Class vision.LayerClass
---@param given table?
---@return table|nil own   checked, with defaults; to be read only
---@return table|vision.error|nil rest  as given where nothing of it was the layer's
function layer.call_options(Class, given)
  if given ~= nil and type(given) ~= "table" then
    return option_lists.check(Class.CALL, given, Class.layer)
  end
  local taken
  for name in pairs(given and Class.CALL or {}) do
    if given[name] ~= nil then
      taken = taken or {}
      taken[name] = given[name]
    end
  end
  if not taken then return call_defaults[Class] or defaults_of(Class), given end
  local own, err = option_lists.check(Class.CALL, taken, Class.layer)
  if not own then return nil, err end
  local rest = {}
  for name, value in pairs(given) do
    if taken[name] == nil then rest[name] = value end
  end
  return own, rest
end

--- A plain copy, for instance of the options of a call: each attempt gets its own, so that none
--- sees what another left in them. What is no table is its own copy.
---@param object any
---@return any
function layer.copy(object)
  if type(object) ~= "table" then return object end
  local other = {}
  for name, value in pairs(object) do
    other[name] = value
  end
  return other
end

-- ---- failures ----

--- What a provider failed with, as an error: a program's own provider may say a text, or nothing.
---@param err any
---@return vision.error
function layer.error(err)
  return errors.from(err == nil and "the provider gave neither a reading nor an error" or err)
end

--- How a failure counts. Who was stopped from outside had no chance, whatever it says; but a limit
--- of `layer.limited` is a verdict on the provider. What it used was used all the same.
---@param err vision.error
---@return vision.error
function layer.verdict(err)
  local stopped = task.stopped()
  if not stopped or stopped.is_verdict or err.reason == "cancelled" then return err end
  return errors.new("cancelled", err.message, { usage = err.usage, unsent = err.unsent })
end

-- ---- time that is not the provider's ----

local main = {} -- stands for the main coroutine

-- Who runs now; its `waited` are all seconds that it stood in lines of this program.
local function runner()
  return task.current() or main
end

--- Who runs now has stood in a line of this program: that is no slowness of a provider's.
---@param seconds number?
function layer.add_wait(seconds)
  local me = runner()
  me.waited = (me.waited or 0) + (seconds or 0)
end

--- Runs a function under a limit that was set for the provider: one that is slower has failed.
---@param seconds number > 0
---@param body fun(...): ...
---@param ... any its arguments
---@return any ... what the function returned; nil and an error of reason "timeout"
function layer.limited(seconds, body, ...)
  local late = errors.new("timeout", ("not finished within %g s"):format(seconds),
    { is_verdict = true })
  local inner
  local function finish(...)
    layer.add_wait(inner and inner.waited)
    return ...
  end
  return finish(task.limit(seconds, late, function(...)
    inner = task.current()
    return body(...)
  end, ...))
end

-- ---- streams ----

--- The stream of a provider: its own, or one made of its analysis.
---@return vision.EventStream events
function layer.stream(provider, image, options)
  if not provider.analyze_image_stream then
    return stream.of_analysis(provider, image, options)
  end
  local events, err = provider:analyze_image_stream(image, options)
  return events or stream.failed(err)
end

local function tell_end(held, reading, err)
  local ended = held.ended
  if not ended then return end
  held.ended = nil
  ended(reading, err, held.first, held.call)
end

local types = stream.StreamEventType

local function watched(held)
  local ok, event = pcall(held.events)
  if not ok then
    tell_end(held, nil, errors.from(event))
    error(event, 0)
  elseif event == nil then
    tell_end(held, nil, layer.verdict(errors.new("cut_stream",
      "the stream ended without an answer")))
  elseif event.event_type == types.COMPLETE then
    tell_end(held, event.data.result)
  elseif event.event_type == types.ERROR then
    event.data.error = layer.error(event.data.error)
    tell_end(held, nil, layer.verdict(event.data.error))
  elseif event.event_type == types.PARTIAL then
    held.first = held.first or clock.mono()
    if held.text then held.text(event.data.text, held.call) end
  end
  return event
end

local function left(held)
  held.events:close()
  tell_end(held, nil, errors.new("cancelled", "the stream was left"))
end

--- Hands a stream on and tells its end once: at its last event, when it is closed before, or when
--- it breaks off without either.
---@param events vision.EventStream
---@param ended fun(reading: table?, err: vision.error?, first: number?, call: any) `first`: when
---  the first text came, as of `clock.mono`
---@param text? fun(text: string, call: any) is told of each piece of text
---@param call? any what both are told, too
---@return vision.EventStream
function layer.watch(events, ended, text, call)
  return stream.new(watched, left, { events = events, ended = ended, text = text, call = call })
end

-- ---- around a call ----

---@class vision.Around
---@field before fun(self: table, own: table, image: any, rest: table?): any, vision.error?
---  nil and an error: the provider is not asked; else what `after` gets
---@field after fun(self: table, token: any, reading: table?, err: vision.error?, seconds: number,
---  first: number?)  called once for each `before` that let the call through; `seconds` without
---  waits in lines of this program; `first`: to the first text of a stream
---@field text? fun(self: table, token: any, text: string)  a piece of text of a stream

-- What a shared state has to say shows with the calls that use it.
local function begin(self, around, own, image, rest)
  local token, refused = around.before(self, own, image, rest)
  if self.config.shared then shared_state.tell(self.config.shared) end
  return token, refused
end

local function asked_whole(Class, around)
  return function(self, image, given)
    local own, rest = layer.call_options(Class, given)
    if not own then
      return nil, rest
    end
    local token, refused = begin(self, around, own, image, rest)
    if token == nil then
      return nil, refused
    end
    local started, me, provider = clock.mono(), runner(), self.provider
    local waited = me.waited or 0
    local ok, reading, err = pcall(provider.analyze_image, provider, image, rest)
    local seconds = clock.mono() - started - ((me.waited or 0) - waited)
    if not ok then
      around.after(self, token, nil, errors.from(tostring(reading)), seconds)
      error(reading, 0)
    end
    if reading then
      around.after(self, token, reading, nil, seconds)
      return reading
    end
    err = layer.error(err)
    around.after(self, token, nil, layer.verdict(err), seconds)
    return nil, err
  end
end

-- The lines inside are stood in as it begins.
local function end_of(reading, err, first, call)
  local from = call.started + (call.me.waited or 0) - call.waited
  call.around.after(call.layer, call.token, reading, err, clock.mono() - from,
    first and first - from)
end

local function text_of(text, call) call.around.text(call.layer, call.token, text) end

local function begun(asked)
  local self, around, rest = asked.layer, asked.around, asked.rest
  local token, refused = begin(self, around, asked.own, asked.image, rest)
  if token == nil then return stream.failed(refused) end
  local me = runner()
  local call = { layer = self, around = around, token = token, started = clock.mono(), me = me,
    waited = me.waited or 0 }
  return layer.watch(layer.stream(self.provider, asked.image, rest), end_of,
    around.text and text_of, call)
end

local function asked_streaming(Class, around)
  return function(self, image, given)
    local own, rest = layer.call_options(Class, given)
    if not own then return stream.failed(rest) end
    return stream.opened_by(begun, { layer = self, around = around, own = own, image = image,
      rest = rest })
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
