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

  -- What bash offers for the last of the words of a line.
  local function offers(script, ...)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(script, ("\nCOMP_WORDS=(vision '%s'); COMP_CWORD=%d; _vision\n"):format(
      table.concat({ ... }, "' '"), select("#", ...)), "echo ${COMPREPLY[*]}\n")
    file:close()
    local pipe = assert(io.popen("bash " .. path))
    local line = pipe:read "*l"
    pipe:close()
    os.remove(path)
    return line
  end

  it("completes what options and arguments may be", function()
    local _, script = run { "completion", "bash" }
    assert.equal("bash zsh fish", offers(script, "completion", ""))
    assert.equal("estimate eval", offers(script, "help", "e"))
    assert.equal("engineering_drawing", offers(script, "analyze", "--prompt", "e"))
    assert.equal("failures", offers(script, "report", "f"))
    assert.equal("engineering_drawing", offers(script, "prompts", "e"))
    assert.equal("openai openai_compatible", offers(script, "analyze", "--provider", "open"))
  end)
end)
