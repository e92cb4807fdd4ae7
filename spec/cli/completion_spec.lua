-- SPDX-License-Identifier: MIT
local cli = require "vision.cli"
local run = require("spec.support.command_line").run

-- Every option of every command, as the parsers have them.
local function long_options()
  local names = {}
  for _, name in ipairs(cli.COMMANDS) do
    local _, help = run { name, "--help" }
    for option in help:match("\nOptions:(.-)\n\n"):gmatch "\n   %-?%-?%a?,? ?%-%-([%w-]+)" do
      names[option] = true
    end
  end
  return names
end

describe("vision completion", function()
  for _, shell in ipairs { "bash", "zsh", "fish" } do
    it("knows every command and option, for " .. shell, function()
      local code, out, err = run { "completion", shell }
      assert.same({ 0, "" }, { code, err })
      for _, name in ipairs(cli.COMMANDS) do
        assert.truthy(out:find(name, 1, true), name)
      end
      local options = long_options()
      assert.is_true(options["local-only"])
      for option in pairs(options) do
        assert.truthy(out:find(option, 1, true), option)
      end
    end)
  end
end)
