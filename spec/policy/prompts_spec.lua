-- SPDX-License-Identifier: MIT
local environment = require "spec.support.environment"
local folder = require "spec.support.folder"
local prompts = require "vision.policy.prompts"

describe("prompts", function()
  after_each(function()
    prompts.unregister "pcb_layout"
  end)

  local function register(changes)
    local spec = {
      name = "pcb_layout",
      system_prompt = "You are a PCB design expert.",
      user_prompt = "Analyze this PCB for {focus_area}",
      variables = { "focus_area" },
    }
    for name, value in pairs(changes or {}) do
      spec[name] = value
    end
    return prompts.register_custom_template(spec)
  end

  it("has a template for each type, of which each says what must be null", function()
    for _, name in pairs(prompts.PromptType) do
      local system, user = prompts.get_prompts(name)
      assert.truthy(system:find("null", 1, true), name)
      for _, field in ipairs { "summary", "details", "title_block", "callouts", "missing" } do
        assert.truthy(user:find(field, 1, true), name .. " " .. field)
      end
      assert.is_string(prompts.template(name).description)
    end
    assert.equal((prompts.get_prompts()), (prompts.get_prompts "engineering_drawing"))
  end)

  it("fills the variables of a registered template in", function()
    assert.equal("pcb_layout", register().name)
    local system, user = prompts.get_prompts("pcb_layout", { focus_area = "100% {x} %1" })
    assert.equal("You are a PCB design expert.", system)
    assert.equal("Analyze this PCB for 100% {x} %1", user)
    assert.truthy(table.concat(prompts.names(), " "):find("pcb_layout", 1, true))
  end)

  it("names a missing and an unknown variable", function()
    register()
    local system, err = prompts.get_prompts "pcb_layout"
    assert.is_nil(system)
    assert.equal("prompt 'pcb_layout' needs a value for its variable 'focus_area'", err.message)
    system, err = prompts.get_prompts("pcb_layout", { focus_area = "a", fokus = "b" })
    assert.is_nil(system)
    assert.truthy(err.message:find("no variable 'fokus'; it has: focus_area", 1, true))
  end)

  it("names a template that does not exist", function()
    local system, err = prompts.get_prompts "flow_chart"
    assert.is_nil(system)
    assert.equal("there is no prompt template 'flow_chart'; did you mean 'flowchart'?",
      err.message)
    assert.is_nil(prompts.get_prompts "../../etc/passwd")
  end)

  it("refuses a faulty template", function()
    local function refused(changes, words)
      local template, err = register(changes)
      assert.is_nil(template)
      assert.truthy(err.message:find(words, 1, true), err.message)
      assert.equal("INPUT_ERROR", err.code)
    end
    refused({ variables = { "focus_area", "other" } }, "'other' is declared")
    refused({ user_prompt = "{focus_area} {more}" }, "{more} stands in a prompt")
    refused({ system_prompt = "  " }, "'system_prompt' is missing")
    refused({ system_promt = "x" }, "did you mean 'system_prompt'?")
    refused({ name = "a/b" }, "'name'")
  end)

  it("takes JSON in a prompt for no variable", function()
    assert(register { user_prompt = 'Answer {"a": {"b": 1}} about {focus_area}' })
  end)

  it("reads the user's files and says what is wrong with one", function()
    folder.with(function(path)
      folder.write(path .. "/prompts/mine.lua",
        'return { system_prompt = "S", user_prompt = "U {x}" }')
      folder.write(path .. "/prompts/bad.lua", 'return {\n  system_prompt = "S"\n  user = 1 }')
      environment.with({ VISION_SCRIPTS = path }, function()
        local system, user = prompts.get_prompts("mine", { x = 4 })
        assert.same({ "S", "U 4" }, { system, user })
        local none, err = prompts.get_prompts "bad"
        assert.is_nil(none)
        assert.equal("script", err.reason)
        assert.truthy(err.message:find(path .. "/prompts/bad.lua:3: ", 1, true), err.message)
      end)
    end)
  end)

  it("are followed by what else is asked", function()
    assert.equal("Look.", prompts.with_question("Look.", nil))
    assert.matches("^Look%.\n\n.*\n\nHow many holes%?$",
      prompts.with_question("Look.", "How many holes?"))
  end)
end)
