-- SPDX-License-Identifier: MIT
-- What the environment gives: which providers could be used now, and which one `auto` takes.
--
--   VISION_PROVIDER=stub examples/run environment.lua
--   OPENAI_API_KEY=sk-... examples/run environment.lua

local vision = require "vision"

local names = {}
local providers = vision.get_available_providers()
for name in pairs(providers) do
  names[#names + 1] = name
end
table.sort(names)

local function yes_or_no(value)
  return value == nil and "-" or value and "yes" or "no"
end

print(("%-18s %-9s %-12s %s"):format("provider", "available", "requires key", "key set"))
for _, name in ipairs(names) do
  local status = providers[name]
  print(("%-18s %-9s %-12s %s"):format(name, yes_or_no(status.available),
    yes_or_no(status.requires_key), yes_or_no(status.key_set)))
end

print("current provider: " .. assert(vision.create_vision_provider()).name)
