-- SPDX-License-Identifier: MIT
-- Environment variables for the length of a call: Lua itself cannot set any.

local environment = {}

--- Calls `body` while os.getenv answers from `variables` (false: not set) before the real ones.
function environment.with(variables, body)
  local real = os.getenv
  rawset(os, "getenv", function(name)
    local value = variables[name]
    if value == nil then
      return real(name)
    end
    return value or nil
  end)
  local ok, message = pcall(body)
  rawset(os, "getenv", real)
  if not ok then
    error(message, 0)
  end
end

--- No key and no address of any provider is set.
environment.NO_KEYS = {
  VISION_PROVIDER = false, VISION_LOCAL_ONLY = false,
  DEEPSEEK_API_KEY = false, DEEPSEEK_BASE_URL = false,
  OPENAI_API_KEY = false, OPENAI_BASE_URL = false,
  ANTHROPIC_API_KEY = false, ANTHROPIC_BASE_URL = false,
  AZURE_OPENAI_API_KEY = false, AZURE_OPENAI_ENDPOINT = false, AZURE_OPENAI_DEPLOYMENT = false,
  VISION_COMPATIBLE_API_KEY = false, VISION_COMPATIBLE_BASE_URL = false,
  VISION_COMPATIBLE_MODEL = false,
}

--- NO_KEYS with some variables set.
function environment.only(variables)
  local all = {}
  for name, value in pairs(environment.NO_KEYS) do
    all[name] = value
  end
  for name, value in pairs(variables) do
    all[name] = value
  end
  return all
end

return environment
