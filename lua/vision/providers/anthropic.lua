-- SPDX-License-Identifier: MIT
-- Anthropic.

local keys = require "vision.providers.keys"
local remote = require "vision.providers.remote"

return remote.define {
  name = "anthropic",
  protocol = require "vision.protocols.anthropic_messages",
  base_url = "https://api.anthropic.com",
  key_variable = "ANTHROPIC_API_KEY",
  url_variable = "ANTHROPIC_BASE_URL",
  timeout_seconds = 90,

  url = function(provider)
    -- Some give the address with its version, as other providers' are.
    return provider.base_url:gsub("/v1$", "") .. "/v1/messages"
  end,

  headers = function(provider)
    return { "x-api-key: " .. keys.of(provider), "anthropic-version: 2026-10-21" }
  end,
}
