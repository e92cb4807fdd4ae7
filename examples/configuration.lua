-- SPDX-License-Identifier: MIT
-- The options of the three keyed providers, with their defaults. Making a provider asks it nothing,
-- so this runs without a key.
--
--   examples/run configuration.lua

local vision = require "vision"

local deepseek = assert(vision.create_vision_provider("deepseek", {
  api_key = os.getenv "DEEPSEEK_API_KEY" or "sk-for-show", -- or DEEPSEEK_API_KEY by itself
  base_url = "https://api.deepseek.com",
  model = "deepseek-flash",
  timeout_seconds = 60,
  max_tokens = 2048,
}))

local openai = assert(vision.create_vision_provider("openai", {
  api_key = os.getenv "OPENAI_API_KEY" or "sk-for-show",
  base_url = "https://api.openai.com/v1", -- an Azure address speaks Azure
  model = "gpt-4o",
  timeout_seconds = 60,
  max_tokens = 2048,
  detail = "high", -- low, high, auto
}))

local anthropic = assert(vision.create_vision_provider("anthropic", {
  api_key = os.getenv "ANTHROPIC_API_KEY" or "sk-ant-for-show",
  base_url = "https://api.anthropic.com",
  model = "claude-sonnet-5-5",
  timeout_seconds = 90,
  max_tokens = 2048,
}))

for _, provider in ipairs { deepseek, openai, anthropic } do
  print(provider.endpoint_name)
end

-- A wrong option is said with its name and what it must be.
local _, err = vision.create_vision_provider("openai", { api_key = "sk-x", detail = "hihg" })
print(tostring(err))
