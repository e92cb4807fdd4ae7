-- SPDX-License-Identifier: MIT
-- Several providers by their names, and what is known of a job before one of them is asked.

local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"
local images = require "vision.drawing.image"
local json = require "vision.base.json"
local layer = require "vision.layers.layer"
local policy = require "vision.policy"

local endpoints = {}

--- A provider with two models is two endpoints.
---@param provider table
---@return string # "openai/gpt-5.4-mini"
function endpoints.name(provider)
  return provider.endpoint_name or provider.name
end

--- The names of a list of providers, in its order. What is no provider throws.
---@param providers table[]
---@param what string  who asks, the start of each message
---@return string[]|nil
---@return vision.error? err invalid_option: there is none, or one stands there twice
function endpoints.names(providers, what)
  if type(providers) ~= "table" then error(what .. " wants a list of providers", 3) end
  local names, known = {}, {}
  for i, provider in ipairs(providers) do
    if not layer.is_provider(provider) then
      error(("%s: [%d] is no provider"):format(what, i), 3)
    end
    local name = endpoints.name(provider)
    if known[name] then
      return nil, errors.new("invalid_option", ("%s: '%s' stands there twice; one provider with "
        .. "two models is two endpoints, with one model it is one"):format(what, name))
    end
    known[name], names[i] = true, name
  end
  if #names == 0 then
    return nil, errors.new("invalid_option", what .. ": the list of providers is empty")
  end
  return names
end

--- A table of what any of several providers can do.
---@param providers table[]
---@return table capabilities
function endpoints.capabilities(providers)
  local any = {}
  for _, provider in ipairs(providers) do
    for _, name in ipairs { "vision", "pdf", "stream", "network" } do
      any[name] = any[name] or (provider.capabilities or {})[name] or nil
    end
  end
  return any
end

-- The provider's fault, yet not its health: another layer counts it.
local NOT_ILL = { rate_limited = true, circuit_open = true }

--- Whether a failure counts against a provider's health.
---@param err vision.error
---@return boolean
function endpoints.is_ill(err)
  return err.fault == "provider" and not NOT_ILL[err.reason]
end

--- What a provider, or one made of several, answers by, beside the picture and the call.
---@param what string        how it is made of them
---@param providers table[]
---@return string
function endpoints.identity(what, providers)
  local parts = { what }
  for _, provider in ipairs(providers) do
    parts[#parts + 1] = provider.identity and provider:identity() or endpoints.name(provider)
  end
  return json.encode(parts)
end

--- What a script decides by: its text and its options, so that an edited one is another.
---@param kind string
---@param name string
---@return string
function endpoints.script_identity(kind, name)
  local script = policy.script(kind, name)
  return name .. " " .. (script and core.sha256(script.text .. json.encode(script.options)) or "")
end

local turns = 0

--- What scripts are told of a job (vision.Job), and the handle of its image.
---@param image table|string
---@param options table?  of `analyze_image`
---@return vision.core.Image|nil
---@return vision.Job|vision.error job
function endpoints.job(image, options)
  if options ~= nil and type(options) ~= "table" then
    return nil, errors.new("invalid_option", "the options must be a table, not a " .. type(options))
  end
  local handle, err = images.of(image)
  if not handle then return nil, errors.from(err) end
  turns = turns + 1
  return handle, {
    format = handle:type(), bytes = handle:size(), pages = handle:pages(), width = handle:width(),
    height = handle:height(), prompt = options and options.prompt, turn = turns,
    random = clock.random(), elapsed = 0,
  }
end

return endpoints
