-- SPDX-License-Identifier: MIT
-- The whole tower from one table: endpoints, what protects each of them, how several become one
-- answer, and what stands before all of them.
--
--   local provider = vision.stack {
--     providers = { "openai", { provider = "anthropic", weight = 2, region = "eu" } },
--     retry = { max_retries = 2 }, cache = { ttl_seconds = 600 },
--     failover = { strategy = "latency" },
--   }
--
-- Each layer is `true` (its defaults), `false` (left out) or a table of its options. The order is
-- fixed; `provider:explain()` says it.

local common = require "vision.stack.common"
local endpoints = require "vision.stack.endpoints"
local layer = require "vision.layers.layer"
local layers = require "vision.stack.layers"
local option_lists = require "vision.base.options"

local stack = {}

local OPTIONS = {
  shared_state = option_lists.path("a file in which processes of this machine keep limits and "
    .. "breakers together, or redis://… for those of several"),
  figures_state = option_lists.path("a file in which processes of this machine keep their figures "
    .. "together, where shared_state is in Redis"),
  retry_budget = { "what retries and hedges may add to the load: true, false or its options",
    type = "any", default = true },
  on_alert = { "called with each alert: of a budget, of health, of a circuit", type = "function" },
  provider = { "a type, an endpoint or a provider", type = "any" },
  providers = { "several of them", type = "table" },
}

for _, list in ipairs { layers.AROUND_ENDPOINT, layers.ENSEMBLES, layers.AROUND_ALL } do
  for _, name in ipairs(list) do
    OPTIONS[name] = layers.option(name, layers.default(name))
  end
end

--- What `vision.stack` takes, for the check of a configuration file.
stack.OPTIONS = OPTIONS

-- ---- several to one ----

local function ensemble_of(options)
  local chosen
  for _, name in ipairs(layers.ENSEMBLES) do
    if options[name] then
      if chosen then
        return layers.refuse("%s and %s cannot both decide: leave one out", chosen, name)
      end
      chosen = name
    end
  end
  return chosen
end

local function providers_of(list)
  local providers = {}
  for i, endpoint in ipairs(list) do providers[i] = endpoint.provider end
  return providers
end

local function shares_of(list)
  local shares = {}
  for i, endpoint in ipairs(list) do
    shares[i] = { provider = endpoint.provider, priority = endpoint.priority,
      weight = endpoint.weight, region = endpoint.region }
  end
  return shares
end

local function joined(list, options)
  local name, err = ensemble_of(options)
  if err then
    return nil, err
  elseif #list == 1 and not name then
    return list[1].provider
  end
  return layers.add(name or "failover", name and options[name] or true,
    name == "compare" and providers_of(list) or shares_of(list), options.common)
end

-- ---- the whole ----

local Stack = layer.class "stack"

function Stack:analyze_image_stream(image, options)
  return layer.stream(self.provider, image, options)
end

local function describe(lines, names, options)
  for i = #names, 1, -1 do
    local name = names[i]
    local settings = layers.settings(name, options[name])
    if settings then
      lines[#lines + 1] = layers.line(name, settings)
    end
  end
end

--- The order of the layers, from the outside in, a line each.
---@return string
function Stack:explain()
  local lines, options = {}, self.options
  describe(lines, layers.AROUND_ALL, options)
  local ensemble = ensemble_of(options) or #self.endpoints > 1 and "failover"
  if ensemble then
    lines[#lines + 1] = layers.line(ensemble, layers.settings(ensemble, options[ensemble]) or {})
  end
  for _, endpoint in ipairs(self.endpoints) do
    local lacks = endpoint.lacks
    lines[#lines + 1] = lacks and ("%s is left out: %s"):format(endpoint.name, lacks.message)
      or endpoint.name
    local own = {}
    if not lacks then
      describe(own, layers.AROUND_ENDPOINT, setmetatable(endpoint.settings, { __index = options }))
    end
    for _, line in ipairs(own) do lines[#lines + 1] = "  " .. line end
  end
  return table.concat(lines, "\n")
end

-- What stands before all endpoints: a script of `routing/` is told what it may choose from. With
-- `dry` no file is opened.
local function of_the_whole(options, list, dry)
  local all = layer.copy(options)
  local routing, err = layers.settings("routing", options.routing)
  if err then return nil, err end
  if routing then
    all.routing = layer.copy(routing)
    all.routing.endpoints = list
  end
  if dry and type(all.cache) == "table" and option_lists.is_path(all.cache.path) then
    all.cache = layer.copy(all.cache)
    all.cache.path = nil
  end
  return all
end

local function build(given, dry)
  local options, err = option_lists.check(OPTIONS, given, "stack")
  local list, provider, all
  if options then
    options.common, err = common.make(options, dry)
  end
  if not err then
    list, err = endpoints.make(options, dry)
  end
  if list then
    provider, err = joined(list, options)
  end
  if provider then
    all, err = of_the_whole(options, list, dry)
  end
  if all then
    provider, err = layers.add_all(layers.AROUND_ALL, all, options, provider, options.common)
  end
  if not err and not dry then
    err = select(2, common.start(options.common))
  end
  if err then
    return nil, err
  end
  return setmetatable({ provider = provider, endpoints = list, options = options,
    cost_tracker = options.common.cost_tracker or false }, Stack)
end

--- Builds the tower.
---@param given? table see OPTIONS: provider or providers, and a layer's options under its name
---@return table|nil provider  with `endpoints` (name, provider, priority, weight, region) and
---  `cost_tracker` (false without a budget)
---@return vision.error? err   invalid_option (names the key), or why a provider could not be made
function stack.stack(given)
  return build(given, false)
end

--- Checks what `vision.stack` would be given; no key, library or network is needed.
---@param given table?
---@return true|nil
---@return vision.error? err
function stack.check(given)
  local built, err = build(given, true)
  return built and true, err
end

return stack
