-- SPDX-License-Identifier: MIT
local json = require "vision.base.json"
local prompts = require "vision.policy.prompts"
local run = require("spec.support.command_line").run

describe("vision prompts", function()
  after_each(function() prompts.unregister "pcb_layout" end)

  it("lists the shipped prompts", function()
    local code, out, err = run { "prompts" }
    assert.same({ 0, "" }, { code, err })
    for _, name in pairs(prompts.PromptType) do
      assert.truthy(out:find(name, 1, true), name)
    end
  end)

  it("shows what one says and its variables", function()
    assert(prompts.register_custom_template {
      name = "pcb_layout", system_prompt = "You know boards.",
      user_prompt = "Look at {focus_area}.", variables = { "focus_area" },
    })
    local _, out = run { "prompts", "pcb_layout" }
    assert.truthy(out:find("Variables: focus_area", 1, true))
    assert.truthy(out:find("  You know boards.", 1, true))
    assert.truthy(out:find("  Look at {focus_area}.", 1, true))
  end)

  it("gives one JSON object a line", function()
    local _, out = run { "prompts", "--json", "general" }
    local template = assert(json.decode(out))
    assert.same({ "general", "shipped" }, { template.name, template.origin })
    assert.truthy(out:find('"variables":[]', 1, true))
  end)

  it("names the nearest where there is none of that name", function()
    local code, out, err = run { "prompts", "genral" }
    assert.same({ 1, "" }, { code, out })
    assert.truthy(err:find("did you mean 'general'?", 1, true))
  end)
end)
