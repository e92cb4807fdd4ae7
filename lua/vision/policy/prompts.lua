-- SPDX-License-Identifier: MIT
-- Prompt templates: what is said to a model, apart from the shape of its answer (the program adds
-- that itself). A template is a file `prompts/NAME.lua` or is registered at run time:
--
--   return { system_prompt = "You are …", user_prompt = "Look at {focus_area}.",
--            variables = { "focus_area" } }

local errors = require "vision.base.error"
local find = require "vision.policy.find"
local load = require "vision.policy.load"
local options = require "vision.base.options"

local prompts = {}

--- The templates that ship with the program.
prompts.PromptType = {
  ENGINEERING_DRAWING = "engineering_drawing",
  ARCHITECTURAL = "architectural",
  CIRCUIT_DIAGRAM = "circuit_diagram",
  FLOWCHART = "flowchart",
  GENERAL = "general",
}

prompts.DEFAULT = prompts.PromptType.ENGINEERING_DRAWING

---@class vision.PromptTemplate
---@field name string
---@field system_prompt string
---@field user_prompt string
---@field variables string[]    names that stand in braces in the prompts
---@field description string?   one line for `vision prompts`
---@field origin "user"|"shipped"|"registered"

local TEMPLATE = {
  description = { "one line for people", type = "string" },
  system_prompt = { "who the model is and how it works", type = "string" },
  user_prompt = { "what is asked of this picture", type = "string" },
  variables = { "names that stand in braces in the prompts", type = "table" },
}

-- A template file is a few KB and asked for at each analysis: it is looked for and read once for
-- each folder of the user. A `whole` folder was read at once: nothing else in it counts.
local from_files = {}
local whole = {}
local registered = {}

local PLACEHOLDER = "{([%a_][%w_]*)}"

-- Names in braces, in order of appearance. JSON in a prompt is no placeholder: `{"a": 1}`.
local function placeholders(template)
  local found, seen = {}, {}
  for name in (template.system_prompt .. template.user_prompt):gmatch(PLACEHOLDER) do
    if not seen[name] then
      seen[name] = true
      found[#found + 1] = name
    end
  end
  return found, seen
end

local function refuse(what, message, ...)
  return nil, errors.new("script", what .. ": " .. message:format(...))
end

local function check_variables(template, what)
  local used, seen = placeholders(template)
  if not template.variables then
    template.variables = used
    return template
  end
  local declared = {}
  for _, name in ipairs(template.variables) do
    declared[name] = true
    if not seen[name] then
      return refuse(what, "variable '%s' is declared but no prompt has {%s}", tostring(name),
        tostring(name))
    end
  end
  for _, name in ipairs(used) do
    if not declared[name] then
      return refuse(what, "{%s} stands in a prompt but not in variables", name)
    end
  end
  return template
end

local function check_template(raw, name, origin, what)
  local template, err = options.check(TEMPLATE, raw, what)
  if not template then
    return refuse(what, "%s", err.message:gsub("^.-: ", "", 1))
  end
  for _, field in ipairs { "system_prompt", "user_prompt" } do
    if not template[field] or not template[field]:find "%S" then
      return refuse(what, "'%s' is missing", field)
    end
  end
  template.name, template.origin = name, origin
  return check_variables(template, what)
end

local function no_such(name)
  local names = prompts.names()
  local near = options.nearest(name, names)
  return nil, errors.new("invalid_option", ("there is no prompt template '%s'; %s"):format(
    options.shown_word(name), near and ("did you mean '%s'?"):format(near)
      or "there are: " .. table.concat(names, ", ")))
end

--- The template that a file's text holds.
---@param name string
---@param origin "user"|"shipped"
---@param path string
---@param text string
---@return vision.PromptTemplate|nil
---@return vision.error? err reason "script"
function prompts.read(name, origin, path, text)
  local raw, err = load.text(path, text)
  if not raw then
    return nil, err
  end
  return check_template(raw, name, origin, path)
end

local function read_file(name, folder)
  local file = "prompts/" .. name .. ".lua"
  local path, origin = find.script(file)
  if whole[folder] then
    path, origin = find.shipped(file), "shipped"
  end
  if not path then
    return no_such(name)
  end
  local text, err = find.read(path)
  if not text then
    return nil, err
  end
  return prompts.read(name, origin, path, text)
end

local function from_file(name)
  local folder = find.user_folder() or ""
  local known = from_files[folder]
  if not known then
    known = {}
    from_files[folder] = known
  end
  if known[name] then
    return known[name]
  end
  local template, err = read_file(name, folder)
  known[name] = template
  return template, err
end

--- Puts what was read of the user's folder, whole, in place of what was known of it.
---@param templates table<string, vision.PromptTemplate>? nil: each is read when it is asked for
function prompts.replace(templates)
  local folder = find.user_folder() or ""
  from_files[folder], whole[folder] = templates, templates ~= nil
end

--- The template of a name: registered, else the user's file, else the shipped one.
---@param name string?  the engineering drawing's by default
---@return vision.PromptTemplate|nil
---@return vision.error? err reasons: invalid_option (no such template), script (a faulty file)
function prompts.template(name)
  name = name or prompts.DEFAULT
  if type(name) ~= "string" or not name:find "^[%w_-]+$" then
    return nil, errors.new("invalid_option",
      "the name of a prompt template is made of letters, digits, '_' and '-'")
  end
  if registered[name] then
    return registered[name]
  end
  return from_file(name)
end

--- Names of all templates, in order.
---@return string[]
function prompts.names()
  local set = {}
  for _, name in ipairs(find.names "prompts") do
    set[name] = true
  end
  for name in pairs(registered) do
    set[name] = true
  end
  return options.names(set)
end

--- Adds a template, or replaces the one of that name, for this process.
---@param spec { name: string, system_prompt: string, user_prompt: string, variables: string[]? }
---@return vision.PromptTemplate|nil template
---@return vision.error? err reason "invalid_option"
function prompts.register_custom_template(spec)
  local raw = {}
  for key, value in pairs(type(spec) == "table" and spec or {}) do
    raw[key] = value
  end
  local name = raw.name
  raw.name = nil
  if type(name) ~= "string" or not name:find "^[%w_-]+$" then
    return nil, errors.new("invalid_option",
      "register_custom_template: 'name' must be made of letters, digits, '_' and '-'")
  end
  local template, err = check_template(raw, name, "registered", "template '" .. name .. "'")
  if not template then
    return nil, errors.new("invalid_option", err.message)
  end
  registered[name] = template
  return template
end

--- Forgets a registered template; a file of that name is found again.
---@param name string
function prompts.unregister(name)
  registered[name] = nil
end

local function check_values(template, variables)
  local declared = {}
  for _, name in ipairs(template.variables) do
    declared[name] = true
    if variables[name] == nil then
      return nil, errors.new("invalid_option",
        ("prompt '%s' needs a value for its variable '%s'"):format(template.name, name))
    end
  end
  for name in pairs(variables) do
    if not declared[name] then
      return nil, errors.new("invalid_option", ("prompt '%s' has no variable '%s'%s"):format(
        template.name, tostring(name), #template.variables > 0
          and "; it has: " .. table.concat(template.variables, ", ") or ""))
    end
  end
  return true
end

--- The two texts of a template with its variables filled in.
---@param name string?
---@param variables table<string, string|number>?
---@return string|nil system
---@return string|vision.error user
function prompts.get_prompts(name, variables)
  local template, err = prompts.template(name)
  if not template then
    return nil, err
  end
  if #template.variables == 0 and (variables == nil or next(variables) == nil) then
    return template.system_prompt, template.user_prompt
  end
  variables = variables or {}
  local ok
  ok, err = check_values(template, variables)
  if not ok then
    return nil, err
  end
  local function fill(text)
    return (text:gsub(PLACEHOLDER, function(variable)
      return tostring(variables[variable])
    end))
  end
  return fill(template.system_prompt), fill(template.user_prompt)
end

local ASKED_BESIDES = [[


The person who sends the drawing adds what follows. Answer it in "summary" and "details", from what
the drawing shows; the form of the answer and the rules above stay as they are.

]]

--- What a model is asked, with what else the one who asks wants to know.
---@param user string
---@param question string?
---@return string
function prompts.with_question(user, question)
  return question and user .. ASKED_BESIDES .. question or user
end

return prompts
