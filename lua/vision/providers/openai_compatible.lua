-- SPDX-License-Identifier: MIT
-- Any server that speaks chat completions: vLLM, Ollama, llama.cpp, LM Studio, Gemini's compatible
-- address. Nothing is assumed of its models but what your models.lua says.

local keys = require "vision.providers.keys"
local remote = require "vision.providers.remote"

return remote.define {
  name = "openai_compatible",
  protocol = require "vision.protocols.openai_chat",
  key_variable = "VISION_COMPATIBLE_API_KEY",
  url_variable = "VISION_COMPATIBLE_BASE_URL",
  model_variable = "VISION_COMPATIBLE_MODEL",
  key_optional = true,
  timeout_seconds = 60,

  url = function(provider)
    return provider.base_url .. "/chat/completions"
  end,

  headers = function(provider)
    local key = keys.of(provider)
    return key and { "Authorization: Bearer " .. key } or {}
  end,
}
