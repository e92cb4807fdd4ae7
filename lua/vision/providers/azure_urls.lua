-- SPDX-License-Identifier: MIT
-- The two addresses of Azure OpenAI. Since 2025 there is /openai/v1, where the body names the
-- deployment; before that the deployment stood in the path, with a version in the query.

local azure_urls = {}

local CLASSIC_VERSION = "2024-10-21"

local HOSTS = { "%.openai%.azure%.com$", "%.cognitiveservices%.azure%.com$",
  "%.services%.ai%.azure%.com$" }

--- Whether a base URL is one of Azure's.
---@param base_url string
---@return boolean
function azure_urls.is_azure(base_url)
  local host = base_url:match "^https?://([^/:]+)"
  for _, pattern in ipairs(HOSTS) do
    if host and host:lower():find(pattern) then
      return true
    end
  end
  return false
end

--- The address of chat completions. The base URL may be the bare resource (then v1 is spoken, or
--- the classic path where an api_version is given), …/openai/v1, or …/openai/deployments/NAME.
---@param provider table base_url, model, api_version
---@return string
function azure_urls.chat(provider)
  local base, query = provider.base_url:match "^([^?]*)%??(.*)$"
  base = base:gsub("/+$", "")
  local version = provider.api_version or query:match "api%-version=([%w%-]+)"
  if base:find "/openai/v1$" then
    return base .. "/chat/completions"
  end
  local classic = base:match "^(.*/openai/deployments/[^/]+)"
  if classic then
    return classic .. "/chat/completions?api-version=" .. (version or CLASSIC_VERSION)
  elseif version then
    return ("%s/openai/deployments/%s/chat/completions?api-version=%s"):format(base, provider.model,
      version)
  end
  return base .. "/openai/v1/chat/completions"
end

return azure_urls
