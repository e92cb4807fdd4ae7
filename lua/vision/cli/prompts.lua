-- SPDX-License-Identifier: MIT
-- vision prompts: the prompts that models are asked with.

local output = require "vision.cli.output"
local text = require "vision.cli.text"

local prompts = {}

prompts.summary = "List the prompts, or show one"
prompts.description = [[
Lists the prompts by name, or prints what one of them says. A prompt is a small Lua file
prompts/NAME.lua; one in your own folder (VISION_SCRIPTS, or ~/.config/vision/scripts) stands
before the one of the same name that comes with the program.]]

prompts.examples = {
  { "vision prompts", "names and variables" },
  { "vision prompts engineering_drawing", "what a model is told" },
  { "vision analyze --prompt circuit_diagram board.png", "use one" },
}

function prompts.configure(command, words)
  local name = command:argument "name" :argname "NAME" :args "?"
    :description "The prompt to show."
  if words.prompts then name:choices(words.prompts) end
  command:flag "--json" :description "Print as JSON, one template a line."
end

local function template_json(template)
  local json = require "vision.base.json"
  return json.encode {
    name = template.name,
    description = template.description or json.null,
    variables = json.array(template.variables),
    system_prompt = template.system_prompt,
    user_prompt = template.user_prompt,
    origin = template.origin,
  }
end

local function add_text(page, title, value)
  page:heading(title)
  for line in (value:gsub("%s+$", "") .. "\n"):gmatch "([^\n]*)\n" do
    page:add("  " .. text.clean(line))
  end
end

local function show_one(template, context)
  local page = output.page(context.terminal(1))
  page:add(page:paint("bold", template.name) .. page:paint("dim", " - " .. template.origin))
  if template.description then page:paragraph(template.description, "") end
  if #template.variables > 0 then
    page:add("Variables: " .. table.concat(template.variables, ", "))
  end
  add_text(page, "System", template.system_prompt)
  add_text(page, "User", template.user_prompt)
  context.out:write(page:text())
end

local function load_templates(names)
  local policy = require "vision.policy.prompts"
  local templates, faults = {}, {}
  for _, name in ipairs(names or policy.names()) do
    local template, err = policy.template(name)
    table.insert(template and templates or faults, template or err)
  end
  return templates, faults
end

local function show_list(templates, context)
  local rows = {}
  for i, template in ipairs(templates) do
    rows[i] = { template.name, table.concat(template.variables, ", "), template.description or "" }
  end
  local page = output.page(context.terminal(1))
  page:columns(rows, 3)
  context.out:write(page:text())
end

function prompts.run(given, context)
  local cli = require "vision.cli"
  local templates, faults = load_templates(given.name and { given.name })
  if given.json then
    for _, template in ipairs(templates) do
      context.out:write(template_json(template), "\n")
    end
  elseif given.name and templates[1] then
    show_one(templates[1], context)
  elseif #templates > 0 then
    show_list(templates, context)
  end
  for _, err in ipairs(faults) do
    cli.say(context, "%s", err.message)
  end
  return #faults > 0 and cli.EXIT.FAILED or cli.EXIT.DONE
end

return prompts
