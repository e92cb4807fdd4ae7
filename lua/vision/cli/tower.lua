-- SPDX-License-Identifier: MIT
-- The provider of a command: what the configuration file builds, with what the command line says
-- laid over it. A word on the command line stands before VISION_PROVIDER, and that before the file.

local errors = require "vision.base.error"
local options = require "vision.cli.options"

local tower = {}

local MOST_RETRIES = 20

--- Who is asked where the provider fails.
---@param command table
function tower.fallback(command)
  command:option "--fallback" :argname "NAMES" :convert(options.provider_names)
    :description("Who is asked, in this order, where the provider fails: for example "
      .. "anthropic,local.")
end

--- Options of all commands that ask a provider through the whole tower.
---@param command table
function tower.options(command)
  command:option "--retries" :argname "NUMBER"
    :convert(options.number_between("--retries", 0, MOST_RETRIES, true))
    :description("How often a failed request is tried again, where that may help. Default: what "
      .. "the configuration says, else 3.")
  command:flag "--no-cache"
    :description "Ask again also what was asked before."
  command:option "--max-cost" :argname "USD"
    :convert(options.number_between("--max-cost", 0, 1000000))
    :description("Stop before more than so many dollars would be spent; what a drawing costs must "
      .. "then be known.")
  command:option "--record-decisions" :argname "FILE" :target "record"
    :description("Append each decision of a script to FILE, for 'vision policy diff'.")
  command:option "--config" :argname "FILE"
    :description "The configuration file; 'vision config path' says which one is used without it."
end

--- Where the results are kept, and under which words they are found again.
---@param command table
function tower.records(command)
  command:option "--store" :argname "FILE"
    :description("Keep a record of each analysis: a file, or postgres://… or redis://…; "
      .. "'vision records' finds them again.")
  command:option "--tag" :argname "WORD" :target "tags" :count "*" :convert(options.tag)
    :description "A label for the records and costs of this; may be given several times."
end

local function merged(...)
  local whole = {}
  for _, part in ipairs { ... } do
    for name, value in pairs(part) do whole[name] = value end
  end
  return whole
end

-- What the configuration says of a provider, where it names it.
local function configured(settings, name)
  for _, endpoint in ipairs(settings.providers or { settings.provider }) do
    if endpoint == name then return {} end
    if type(endpoint) == "table" and (endpoint.provider or endpoint[1]) == name then
      return endpoint
    end
  end
  return {}
end

local function named(settings, name, more)
  return merged(configured(settings, name), { provider = name }, more)
end

-- An endpoint that has its layers already: its limits and its breaker hold wherever it stands.
local function as_it_is(endpoint)
  local settings, layers = { provider = endpoint }, require "vision.stack.layers"
  for _, name in ipairs(layers.AROUND_ENDPOINT) do settings[name] = false end
  return settings
end

-- One provider in the place of all that the file names.
local function alone(settings, endpoint)
  settings.provider, settings.providers = endpoint, nil
  settings.failover, settings.compare = nil, nil
end

local function with_fallback(settings, names)
  local list = settings.providers or { settings.provider or {} }
  local all = {}
  for i, endpoint in ipairs(list) do all[i] = endpoint end
  for _, name in ipairs(names) do all[#all + 1] = named(settings, name, {}) end
  settings.provider, settings.providers = nil, all
  settings.compare = nil
end

local function with_retries(settings, count)
  local retry = type(settings.retry) == "table" and settings.retry or {}
  settings.retry = count > 0 and merged(retry, { max_retries = count })
end

local function with_max_cost(settings, usd)
  local budget = type(settings.budget) == "table" and settings.budget or {}
  settings.budget = merged(budget, { run_limit_usd = usd })
end

--- What the stack is built from.
---@param configured_stack table of the configuration file
---@param given table the parsed options
---@param wanted string|table|nil the provider's type, or an endpoint of another stack
---@param provider_options table
---@return table settings as of `vision.stack`
function tower.settings(configured_stack, given, wanted, provider_options)
  local settings = merged(configured_stack)
  local nothing_configured = not settings.provider and not settings.providers
  if type(wanted) == "table" then
    alone(settings, as_it_is(wanted))
  elseif wanted then
    alone(settings, named(settings, wanted, provider_options))
  elseif nothing_configured or next(provider_options) then
    alone(settings, merged(provider_options))
  end
  if given.fallback then with_fallback(settings, given.fallback) end
  if given.retries then with_retries(settings, given.retries) end
  if given.no_cache then settings.cache = false end
  if given.max_cost then with_max_cost(settings, given.max_cost) end
  return settings
end

-- The configuration, with its part for scripts in force.
local function prepared(given)
  local policy = require "vision.policy"
  local settings, err = require("vision.policy.config").load(given.config)
  if not settings then return nil, err end
  policy.configure(settings.policy)
  if given.record then
    local ok
    ok, err = policy.record(given.record)
    if not ok then return nil, err end
  end
  return settings
end

-- What the configuration says, and `more` where it is silent; of `more.inside` also in a layer that
-- the configuration has.
local function filled(more, stack)
  local settings = merged(more or {}, stack)
  settings.inside = nil
  for name, silent in pairs(more and more.inside or {}) do
    if type(stack[name]) == "table" then settings[name] = merged(silent, stack[name]) end
  end
  return settings
end

-- What all providers of a command share.
local function shared_of(stack, given, more)
  local settings = filled(more, stack)
  if given.max_cost then with_max_cost(settings, given.max_cost) end
  if given.store or settings.records then
    local records = type(settings.records) == "table" and settings.records or {}
    settings.records = merged(records, { store = given.store or records.store,
      resume = given.resume and not given.no_cache or nil, required = given.required })
  end
  local shared, err = require("vision.stack.shared").new(settings)
  if not shared then return nil, err end
  if given.store then -- who names it hears of its faults before anything is asked
    local opened
    opened, err = shared.persistence:open()
    if not opened then return nil, err end
  end
  return shared
end

--- Makes the provider of a command: what a manager asks for one with.
---@param given table the parsed options
---@param context vision.cli.Context
---@param more? table settings of the stack where the configuration has none; `inside`: of layers
---  that it has, where they are silent
---@return fun(wanted: string|table|nil, provider_options: table, is_alone: boolean?): table|nil,
---  vision.error? make  is_alone: its limits and figures are this process's
---@return fun() close  waits until all results are in their store
---@return fun(): vision.Shared|nil, vision.error|table share  what all of them have in common, and
---  what the configuration says of the stack
function tower.maker(given, context, more)
  local settings, shared
  local function share() -- the configuration is read with the first provider, for all of them
    if shared then return shared, settings.stack end
    local err
    settings, err = prepared(given)
    if not settings then return nil, err end
    shared, err = shared_of(settings.stack, given, more)
    return shared, shared and settings.stack or err
  end
  local function make(wanted, provider_options, is_alone)
    local common, err = share()
    if not common then return nil, err end
    local environment = context.environment "VISION_PROVIDER"
    environment = not wanted and environment ~= "" and environment or nil
    local whole = tower.settings(filled(more, settings.stack), given, wanted or environment,
      provider_options)
    if is_alone then whole.shared_state, whole.figures_state = nil, nil end
    local provider
    provider, err = require("vision.stack").stack(common:apply(whole))
    if err and environment and err.reason == "invalid_option" then
      err = errors.with(err, { message = "VISION_PROVIDER: " .. err.message })
    end
    return provider, err
  end
  return make, function()
    if shared then shared:close() end
  end, share
end

return tower
