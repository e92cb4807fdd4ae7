-- SPDX-License-Identifier: MIT
local errors = require "vision.base.error"
local json = require "vision.base.json"
local options = require "vision.cli.options"
local providers = require "vision.providers"
local run = require("spec.support.command_line").run

local KNOWN = {
  current_provider = "openai",
  providers = {
    stub = { available = true, requires_key = false },
    openai = { available = true, requires_key = true, key_set = true },
    anthropic = { available = true, requires_key = true, key_set = false },
    azure = { available = false, requires_key = true, key_set = true },
  },
}

local function manager(known, err)
  return { providers = function() return known, err end }
end

describe("vision providers", function()
  it("lists them and marks the one that reads", function()
    local code, out, err = run({ "providers" }, { manager = manager(KNOWN) })
    assert.same({ 0, "" }, { code, err })
    assert.equal("    anthropic  no key\n    azure      key set        no address set\n"
      .. "  * openai     key set\n    stub       no key needed\n", out)
  end)

  it("gives the service's object as JSON", function()
    local _, out = run({ "providers", "--json" }, { manager = manager(KNOWN) })
    assert.same(KNOWN, json.decode(out))
  end)

  it("still lists them where none can read, and says why", function()
    local err = errors.new("missing_key", "set OPENAI_API_KEY")
    local code, out, said = run({ "providers", "--json" },
      { manager = manager({ providers = KNOWN.providers }, err) })
    assert.equal(1, code)
    assert.truthy(out:find('"current_provider":null', 1, true))
    assert.equal("vision: set OPENAI_API_KEY\n", said)
  end)

  it("offers as --provider exactly those that there are", function()
    local offered = {}
    for _, name in ipairs(options.PROVIDERS) do
      offered[name] = true
    end
    offered.auto = nil
    for name in pairs(providers.get_available_providers()) do
      assert.is_true(offered[name], name)
      offered[name] = nil
    end
    assert.same({}, offered)
  end)
end)
