-- SPDX-License-Identifier: MIT
-- A cheap question to each kind of provider, that costs nothing:
--
--   remote ones   GET the list of models. Any answer below 500 says that it is there; 401 and 403
--                 that the key is not taken, which is a fault of the configuration and no outage
--   local         whether vision-reader can be started and has what it needs
--   others        none: their traffic says how they are

local errors = require "vision.base.error"
local http = require "vision.base.http"

local probe = {}

-- The list of models is tens of KB; what it says is not looked at.
local MAX_RESPONSE = 1024 * 1024

-- A layer shows all of what it is around; keys are known by the innermost provider.
local function innermost(provider)
  while rawget(provider, "provider") do provider = rawget(provider, "provider") end
  return provider
end

-- Chat completions and messages stand beside the list of models, at Azure behind a deployment.
local function models_url(provider)
  local url = provider.spec.url(provider)
  return (url:gsub("/deployments/[^/]+", ""):gsub("/chat/completions", "/models")
    :gsub("/v1/messages$", "/v1/models"))
end

local function ask_models(provider, seconds)
  local response, err = http.request {
    url = models_url(provider), headers = provider.spec.headers(provider),
    connect_timeout = seconds, total_timeout = seconds, max_response = MAX_RESPONSE,
  }
  -- A list that is too long was still an answer.
  if err and err.reason == "response_too_large" then return true end
  if not response then return nil, err end
  if response.status >= 500 then
    return nil, errors.new("server_error",
      ("the list of models was answered with status %d"):format(response.status),
      { provider = provider.name, status = response.status })
  elseif response.status == 401 or response.status == 403 then
    return nil, errors.new(response.status == 401 and "auth" or "permission",
      ("the key is not taken (status %d)"):format(response.status),
      { provider = provider.name, status = response.status })
  end
  return true
end

local function ask_reader()
  local about, err = require("vision.reading.reader").available()
  if not about then return nil, errors.from(err) end
  return true
end

--- How a provider can be asked whether it is there.
---@param provider table
---@return (fun(seconds: number): true|nil, vision.error?)|nil ask  nil: it cannot
function probe.of(provider)
  local inner = innermost(provider)
  if inner.spec and inner.base_url then
    return function(seconds) return ask_models(inner, seconds) end
  elseif inner.name == "local" then
    return ask_reader
  end
end

return probe
