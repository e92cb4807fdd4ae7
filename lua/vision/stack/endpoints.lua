-- SPDX-License-Identifier: MIT
-- The endpoints of a stack: each a provider with what protects it.

local errors = require "vision.base.error"
local layer = require "vision.layers.layer"
local layers = require "vision.stack.layers"
local log = require "vision.base.log"
local option_lists = require "vision.base.options"

local endpoints = {}

local refuse = layers.refuse

-- Where the one provider of a stack stands.
local ALONE = "provider"

-- What an endpoint says for itself; the rest of its table goes to the provider.
local ENDPOINT = {
  name = { "what it is called in trails and reports", type = "string" },
  priority = { "lower is asked first", type = "integer", min = 0, max = 1000000 },
  weight = { "its share, where shares decide", type = "number", min = 0, max = 1000000 },
  region = { "where it is", type = "string" },
}

for _, name in ipairs(layers.AROUND_ENDPOINT) do
  ENDPOINT[name] = layers.option(name)
end

-- Limits hold for all endpoints together, or for one by its name: they stand in one place.
ENDPOINT.budget = { "false: what it costs is not counted", type = "boolean",
  must_be = "true or false (limits of one endpoint stand in the stack's budget.budgets, with "
    .. "provider = its name)" }

---@class vision.StackEndpoint
---@field name string
---@field provider table   with its layers around it
---@field priority number?
---@field weight number?
---@field region string?
---@field settings table   what was said of it

local function parted(given)
  local own, rest = {}, {}
  for name, value in pairs(given) do
    if ENDPOINT[name] then own[name] = value else rest[name] = value end
  end
  return own, rest
end

-- With `dry` nothing is made that needs a key, a library or the network: its options are checked
-- and the stub stands in its place.
local function provider_of(kind, options, dry)
  local providers = require "vision.providers"
  if not dry then
    return providers.create_vision_provider(kind, options)
  end
  local ok, err = providers.check_options(kind, options)
  if not ok then
    return nil, err
  end
  local stub = require("vision.providers.stub").new()
  stub.endpoint_name = (kind or "auto") .. (options.model and "/" .. options.model or "")
  return stub
end

local function make_provider(rest, what, dry)
  local wanted = rest.provider or rest[1]
  if layer.is_provider(wanted) then
    return wanted
  elseif type(wanted) ~= "string" and wanted ~= nil then
    return refuse("%s.provider must be the name of a provider or a provider, not a %s", what,
      type(wanted))
  end
  rest.provider, rest[1] = nil, nil
  if rest.fallback_to_stub == nil then
    rest.fallback_to_stub = false -- that is the failover's to decide, and said there
  end
  return provider_of(wanted, rest, dry)
end

-- The same under another name; a provider of the caller's stays as it is.
local Named = layer.class "named"

local function named(provider, name)
  if not name or name == provider.endpoint_name then
    return provider
  end
  return setmetatable({ provider = provider, endpoint_name = name }, Named)
end

local function endpoint_of(given, options, what, dry)
  if type(given) == "string" or layer.is_provider(given) then
    given = { provider = given }
  elseif type(given) ~= "table" then
    return refuse("%s must be a name, a table or a provider, not a %s", what, type(given))
  end
  local own, rest = parted(given)
  local settings, err = option_lists.check(ENDPOINT, own, "stack: " .. what)
  if not settings then
    return nil, err
  end
  local provider
  provider, err = make_provider(rest, what, dry)
  if provider then -- named first: its layers speak of it, and share their state, by that name
    provider, err = layers.add_all(layers.AROUND_ENDPOINT, settings, options,
      named(provider, settings.name), options.common, what)
  elseif what ~= ALONE then
    err = layers.at(what, err)
  end
  if not provider then
    return nil, err
  end
  return {
    provider = provider, priority = settings.priority,
    name = settings.name or provider.endpoint_name or provider.name,
    weight = settings.weight, region = settings.region, settings = settings,
  }
end

-- What cannot be made because this machine lacks a key or a library. Others may do its work, so it
-- is an endpoint that always fails, and a trail says why.
local LACKS = { missing_key = true, missing_library = true }

local function unavailable(given, err)
  local name = type(given) == "table" and (given.name or given.provider or given[1]) or given
  name = type(name) == "string" and name or err.provider or "auto"
  log.warn("%s; the other providers go on without it", tostring(err))
  return {
    name = name, settings = {}, lacks = err,
    provider = {
      name = name, endpoint_name = name, capabilities = {},
      analyze_image = function()
        return nil, errors.new(err.reason, err.message, { provider = err.provider })
      end,
    },
  }
end

local function check_names(list)
  local known, usable = {}, false
  for i, endpoint in ipairs(list) do
    if known[endpoint.name] then
      return refuse("providers[%d] and providers[%d] are both '%s': give one of them another "
        .. "model or a name", known[endpoint.name], i, endpoint.name)
    end
    known[endpoint.name] = i
    usable = usable or not endpoint.lacks
  end
  if not usable then
    return nil, list[1].lacks
  end
  return list
end

--- Makes the endpoints that the options of a stack name.
---@param options table provider, providers, what holds for all of them, and `common`
---@param dry boolean   nothing is made that needs a key, a library or the network
---@return vision.StackEndpoint[]|nil
---@return vision.error? err
function endpoints.make(options, dry)
  local list = options.providers
  if not list then
    local endpoint, err = endpoint_of(options.provider or {}, options, ALONE, dry)
    return endpoint and { endpoint }, err
  elseif options.provider ~= nil then
    return refuse "give either provider or providers, not both"
  elseif #list == 0 then
    return refuse "providers is empty: name at least one"
  end
  local made = {}
  for i, given in ipairs(list) do
    local endpoint, err = endpoint_of(given, options, ("providers[%d]"):format(i), dry)
    if not endpoint and LACKS[err.reason] then
      endpoint = unavailable(given, err)
    end
    if not endpoint then
      return nil, err
    end
    endpoint.priority = endpoint.priority or i
    made[i] = endpoint
  end
  return check_names(made)
end

return endpoints
