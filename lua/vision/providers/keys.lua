-- SPDX-License-Identifier: MIT
-- The keys of providers. They are held here and not in the provider, so that no dump of it shows
-- them; a key goes with its provider.

local keys = {}

local held = setmetatable({}, { __mode = "k" })

---@param provider table
---@param key string?
function keys.set(provider, key)
  held[provider] = key
end

--- The key, for a header.
---@param provider table
---@return string?
function keys.of(provider)
  return held[provider]
end

return keys
