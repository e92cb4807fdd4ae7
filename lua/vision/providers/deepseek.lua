-- SPDX-License-Identifier: MIT
-- DeepSeek. Only deepseek-flash takes pictures there; deepseek-chat is gone (scripts/models.lua).

local keys = require "vision.providers.keys"
local remote = require "vision.providers.remote"

return remote.define {
  name = "deepseek",
  protocol = require "vision.protocols.openai_chat",
  base_url = "https://api.deepseek.com",
  key_variable = "DEEPSEEK_API_KEY",
  url_variable = "DEEPSEEK_BASE_URL",
  timeout_seconds = 60,
  detail = "high",

  url = function(provider)
    return provider.base_url .. "/chat/completions"
  end,

  headers = function(provider)
    return { "Authorization: Bearer " .. keys.of(provider) }
  end,
}
