-- SPDX-License-Identifier: MIT
-- OpenAI. With a base URL on Azure it speaks Azure.

local azure_urls = require "vision.providers.azure_urls"
local keys = require "vision.providers.keys"
local remote = require "vision.providers.remote"

return remote.define {
  name = "openai",
  protocol = require "vision.protocols.openai_chat",
  base_url = "https://api.openai.com/v1",
  key_variable = "OPENAI_API_KEY",
  url_variable = "OPENAI_BASE_URL",
  timeout_seconds = 60,
  detail = "high",

  url = function(provider)
    if azure_urls.is_azure(provider.base_url) then
      return azure_urls.chat(provider)
    end
    return provider.base_url .. "/chat/completions"
  end,

  headers = function(provider)
    if azure_urls.is_azure(provider.base_url) then
      return { "api-key: " .. keys.of(provider) }
    end
    return { "Authorization: Bearer " .. keys.of(provider) }
  end,
}
