-- SPDX-License-Identifier: MIT
-- The layers a stack may have: where each is made, in which order they stand, what holds where
-- nothing is said.

local errors = require "vision.base.error"
local layer = require "vision.layers.layer"
local option_lists = require "vision.base.options"

local layers = {}

---@class vision.StackLayer
---@field [1] string  module
---@field [2] string  its maker there: (provider, options) -> provider | nil, err
---@field [3] boolean what holds where nothing is said
---@field [4] string  what it does, for people
---@field [5] string?  what of the stack it shares with others, unless it has its own
---@field [6] string?  the option that this is, where it has another name

-- Around each endpoint, from the inside out.
layers.AROUND_ENDPOINT = {
  "metrics", "rate_limit", "budget", "concurrency", "circuit_breaker", "retry", "health", "hedge",
}

-- How several endpoints become one: one of these.
layers.ENSEMBLES = { "failover", "compare" }

-- Around the whole, from the inside out.
layers.AROUND_ALL = { "ab", "routing", "cache", "records", "webhooks" }

---@type table<string, vision.StackLayer>
local LAYERS = {
  metrics = { "vision.layers.metrics", "create_metrics_provider", true,
    "counts and times each attempt", "figures", "shared" },
  rate_limit = { "vision.layers.rate_limit", "create_rate_limited_provider", true,
    "keeps to so many requests a minute", "shared" },
  budget = { "vision.layers.budget", "around_endpoint", false,
    "keeps to what may be spent", "cost_tracker" },
  concurrency = { "vision.layers.concurrency", "create_concurrency_limited_provider", false,
    "keeps to so many requests at once", "shared" },
  circuit_breaker = { "vision.layers.circuit_breaker", "create_circuit_breaker_provider", true,
    "leaves a failing provider alone for a while", "shared" },
  retry = { "vision.layers.retry", "create_retry_provider", true,
    "tries again what may go well later", "budget" },
  hedge = { "vision.layers.hedge", "create_hedged_provider", false,
    "asks a second time when the first answer is late", "budget" },
  health = { "vision.ensemble.health", "create_health_aware_provider", false,
    "watches how it does and raises alerts" },
  failover = { "vision.ensemble.failover", "create_failover_provider", false,
    "goes to the next provider where one fails" },
  compare = { "vision.ensemble.comparison", "create_comparison_provider", false,
    "asks all and picks one answer, or makes one of what they agree on" },
  routing = { "vision.ensemble.routing", "create_routed_provider", true,
    "lets a script choose who is asked first" },
  ab = { "vision.ensemble.ab", "create_ab_provider", false,
    "gives a share of the traffic to a variant" },
  cache = { "vision.layers.cache", "create_cached_provider", true,
    "answers again what was asked before; equal questions at once are one" },
  records = { "vision.layers.records", "create_persistent_provider", false,
    "keeps a record of each analysis in a store" },
  webhooks = { "vision.layers.webhooks", "create_webhook_provider", false,
    "tells other systems of it", "webhook_manager" },
}

--- Refuses what was given for a stack.
---@return nil
---@return vision.error err reason "invalid_option"
function layers.refuse(format, ...)
  return nil, errors.new("invalid_option", ("stack: " .. format):format(...))
end

--- The same refusal, of the key of the table where it stands: a layer begins with its own name.
---@param place string  for instance "providers[2].retry"
---@param err vision.error
---@return vision.error
function layers.at(place, err)
  local ours = err.reason == "invalid_option" or err.reason == "script"
  if not ours or err.message:find("^stack: ") then
    return err
  end
  local message = err.message:gsub("^[%w_]+: (option ')", "%1")
    :gsub("^[%w_]+: (there is no option ')", "%1")
  return errors.new(err.reason, place .. ": " .. message)
end

--- The option that a layer is in the tables of a stack.
---@param name string
---@param default boolean? what holds without a word, where it is to be filled in
---@return vision.OptionSpec
function layers.option(name, default)
  return { LAYERS[name][4] .. ": true, false or its options", type = "any", default = default }
end

--- What holds where nothing is said of a layer.
---@return boolean
function layers.default(name)
  return LAYERS[name][3]
end

-- Of a URL scheme and host, for the rest may be a secret.
local function shown(option, value)
  if option:find "secret" then return "***" end
  local scheme, authority = tostring(value):match "^(%w+://)([^/?#]*)"
  return scheme and scheme .. authority:match "[^@]*$" or tostring(value)
end

--- What a layer does, and what was set for it, for people.
---@param name string
---@param settings table
---@return string
function layers.line(name, settings)
  local set = {}
  for _, option in ipairs(option_lists.names(settings)) do
    local value = settings[option]
    if type(value) ~= "table" and type(value) ~= "function" and type(value) ~= "userdata" then
      set[#set + 1] = ("%s = %s"):format(option, shown(option, value))
    end
  end
  local line = ("%-16s %s"):format(name, LAYERS[name][4])
  return #set > 0 and ("%s (%s)"):format(line, table.concat(set, ", ")) or line
end

--- The options of a layer.
---@param name string
---@param value any  nil: the default
---@return table|nil settings nil alone: it is left out
---@return vision.error? err
function layers.settings(name, value)
  if value == nil then
    value = LAYERS[name][3]
  end
  if value == false then
    return nil
  elseif value == true then
    return {}
  elseif type(value) == "table" then
    return value
  end
  return layers.refuse("%s must be true, false or a table of its options, not a %s", name,
    type(value))
end

-- What is given that is no function is left for the layer to refuse.
local function beside(own, callback)
  if own == nil then return callback end
  return type(own) ~= "function" and own or function(...)
    callback(...)
    own(...)
  end
end

-- The settings of a layer with what the stack shares, and with whom the stack tells of it.
local function with_common(settings, name, common)
  local field, all = LAYERS[name][5], layer.copy(settings)
  local option = LAYERS[name][6] or field
  if field and all[option] == nil then all[option] = common[field] end
  for event, callback in pairs((common.callbacks or {})[name] or {}) do
    all[event] = beside(all[event], callback)
  end
  return all
end

--- Puts a layer around something, unless it is left out.
---@param name string
---@param value any
---@param around table a provider; for an ensemble a list
---@param common? vision.StackCommon
---@param place? string the key where the value stands, its name by default
---@return table|nil
---@return vision.error? err
function layers.add(name, value, around, common, place)
  local settings, err = layers.settings(name, value)
  if not settings then
    return not err and around or nil, err
  end
  settings = with_common(settings, name, common or {})
  local made
  made, err = require(LAYERS[name][1])[LAYERS[name][2]](around, settings)
  if not made then
    return nil, layers.at(place or name, err)
  end
  return made
end

--- Puts several around a provider.
---@param names string[]    from the inside out
---@param wanted table      name -> value
---@param defaults table    the same, where `wanted` has none
---@param provider table
---@param common? table     as for `add`
---@param place? string      where `wanted` stands
---@return table|nil
---@return vision.error? err
function layers.add_all(names, wanted, defaults, provider, common, place)
  for _, name in ipairs(names) do
    local value, own = wanted[name], place and place .. "." .. name
    if value == nil then
      value, own = defaults[name], nil
    end
    local err
    provider, err = layers.add(name, value, provider, common, own)
    if not provider then
      return nil, err
    end
  end
  return provider
end

return layers
