-- SPDX-License-Identifier: MIT
-- OpenAI's models on Azure. The model is the name of your deployment; add it to your models.lua
-- with its price, or its cost stays unknown.

local azure_urls = require "vision.providers.azure_urls"
local keys = require "vision.providers.keys"
local remote = require "vision.providers.remote"

return remote.define {
  name = "azure",
  protocol = require "vision.protocols.openai_chat",
  key_variable = "AZURE_OPENAI_API_KEY",
  url_variable = "AZURE_OPENAI_ENDPOINT",
  takes_query = true, -- as the portal shows it
  model_variable = "AZURE_OPENAI_DEPLOYMENT",
  timeout_seconds = 60,
  detail = "high",
  options = {
    api_version = { "speak the classic interface of this version, not v1", type = "string" },
  },

  url = azure_urls.chat,

  headers = function(provider)
    return { "api-key: " .. keys.of(provider) }
  end,
}
