-- SPDX-License-Identifier: MIT
-- What the README says of providers is what the program does.

local models = require "vision.policy.models"
local providers = require "vision.providers"

-- Name of a provider -> the cells of its row.
local function provider_rows()
  local file = assert(io.open "README.md")
  local rows = {}
  for line in file:lines() do
    local name, key, address, model = line:match "^| `([%w_]+)` | (.-) | (.-) | (.-) |$"
    if name then rows[name] = { key = key, address = address, model = model } end
  end
  file:close()
  return rows
end

describe("the README's table of providers", function()
  local rows = provider_rows()

  it("has a row for each, and no other", function()
    local known = providers.get_available_providers()
    for name in pairs(known) do
      assert.is_table(rows[name], name)
    end
    for name in pairs(rows) do
      assert.is_table(known[name], name)
    end
  end)

  it("says who needs a key", function()
    for name, status in pairs(providers.get_available_providers()) do
      if status.requires_key then
        assert.truthy(rows[name].key:find "^`[%u_]+_API_KEY`$", name)
      end
    end
  end)

  it("names the default models of the catalogue", function()
    for _, name in ipairs { "openai", "anthropic", "deepseek" } do
      assert.equal("`" .. models.default(name) .. "`", rows[name].model)
    end
  end)
end)
