-- SPDX-License-Identifier: MIT
-- Which endpoint, and which prompt, a job goes to: a script of `routing/` says (scripts/README.md).
-- The others stay behind it: where the chosen one fails, failover goes on as ever.

local endpoints = require "vision.ensemble.endpoints"
local layer = require "vision.layers.layer"
local log = require "vision.base.log"
local policy = require "vision.policy"
local stream = require "vision.providers.stream"

local routing = {}

local Routed = layer.class("routing", {
  script = { "the script of routing/ that decides", type = "string", default = "default" },
  endpoints = { "what may be chosen, by name", type = "table" },
})

-- "openai/gpt-5.4" is that endpoint; "openai" the first of that provider.
local function endpoint_named(self, route)
  local wanted = route.provider
  if wanted and route.model then wanted = wanted .. "/" .. route.model end
  for _, endpoint in ipairs(self.config.endpoints or {}) do
    if endpoint.name == wanted or not route.model and endpoint.provider.name == wanted then
      return endpoint.name
    end
  end
  log.warn("routing/%s: there is no endpoint '%s' here; the order stands", self.config.script,
    tostring(wanted))
end

-- As shipped the script decides nothing: then it is not asked.
local function may_decide(script)
  return script and (script.origin == "user" or script.options.provider ~= "")
end

-- The options of a call as the script wants them.
local function routed(self, image, given)
  local policies = policy.begin()
  if not may_decide(policies:script("routing", self.config.script)) then return image, given end
  local handle, job = endpoints.job(image, given)
  if not handle then return nil, job end
  local route = policies:decide("routing", self.config.script, { job = job })
  if not route then return handle, given end
  local options = layer.copy(given or {})
  options.prompt = options.prompt or route.prompt
  if self.is_failover and route.provider then options.first = endpoint_named(self, route) end
  return handle, options
end

--- All that decides an answer beside the picture and the call.
---@return string
function Routed:identity()
  local name = self.config.script
  if not may_decide(policy.script("routing", name)) then
    return endpoints.identity("", { self.provider })
  end
  return endpoints.identity(endpoints.script_identity("routing", name), { self.provider })
end

---@param image table|string
---@param given table?
---@return table|nil reading
---@return vision.error? err
function Routed:analyze_image(image, given)
  local handle, options = routed(self, image, given)
  if not handle then return nil, options end
  return self.provider:analyze_image(handle, options)
end

---@param image table|string
---@param given table?
---@return vision.EventStream
function Routed:analyze_image_stream(image, given)
  local handle, options = routed(self, image, given)
  if not handle then return stream.failed(options) end
  return layer.stream(self.provider, handle, options)
end

--- A provider whose jobs a script sends where they belong.
---@param provider table
---@param options? table script ("default"), endpoints
---@return table|nil
---@return vision.error? err  invalid_option, script
routing.create_routed_provider = layer.creator(Routed, function(self)
  local script, err = policy.script("routing", self.config.script)
  if not script then return nil, err end
  self.is_failover = self.provider.layer == "failover"
  return true
end)

return routing
