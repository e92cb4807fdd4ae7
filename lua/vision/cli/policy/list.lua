-- SPDX-License-Identifier: MIT
-- vision policy list: which scripts there are, and whose they are.

local unpack = table.unpack or unpack

local list = {}

list.summary = "List the scripts"
list.description = [[
Lists the scripts by kind: whose each is, whether it stands before a shipped one of its name, what
it is for, and the options it declares.]]

list.examples = {
  { "vision policy list", "all" },
  { "vision policy list failover", "one kind" },
  { "vision policy list --json", "one JSON object a line" },
}

function list.configure(command)
  command:argument "kind" :argname "KIND" :args "?"
    :description("models, prompts, selection, failover, routing, retry, alerts or reports; "
      .. "without it all.")
  command:flag "--json" :description "Print as JSON, one script a line."
end

-- Whose it is, and whether it stands before a shipped one.
local function owner(item)
  local find = require "vision.policy.find"
  if item.origin ~= "user" then return item.origin, false end
  local shipped = find.shipped(item.file) ~= nil
  return shipped and "yours, before the shipped one" or "yours", shipped
end

local function option_rows(item)
  local names, rows = require("vision.base.options").names(item.declared), {}
  for i, name in ipairs(names) do
    local value = item.options[name]
    rows[i] = { ("  %s = %s"):format(name, value == "" and '""' or tostring(value)), "",
      item.declared[name][1] }
  end
  return rows
end

local function show(page, kind, items)
  page:add(page:paint("bold", kind))
  local rows = {}
  for _, item in ipairs(items) do
    rows[#rows + 1] = { item.name, (owner(item)), item.description or "" }
    for _, row in ipairs(option_rows(item)) do rows[#rows + 1] = row end
  end
  page:columns(rows, 3)
end

local function item_json(item)
  local json = require "vision.base.json"
  local declared = {}
  for name, spec in pairs(item.declared) do
    declared[name] = { description = spec[1], default = spec.default, value = item.options[name] }
  end
  local _, shadows = owner(item)
  return json.encode {
    kind = item.kind, name = item.name, path = item.path, origin = item.origin, shadows = shadows,
    description = item.description or json.null, options = declared,
  }
end

local function load_script(kind, name)
  if kind ~= "prompts" then return require("vision.policy").script(kind, name) end
  return require("vision.policy.prompts").template(name)
end

local function load_kind(kind)
  local find = require "vision.policy.find"
  local items, faults = {}, {}
  for _, name in ipairs(find.names(kind)) do
    local value, err = load_script(kind, name)
    if value then
      local file = ("%s/%s.lua"):format(kind, name)
      items[#items + 1] = { kind = kind, name = name, file = file, path = find.script(file),
        origin = value.origin, description = value.description, declared = value.declared or {},
        options = value.options or {} }
    else
      faults[#faults + 1] = err
    end
  end
  return items, faults
end

-- models.lua: the user's is laid over the shipped one.
local function load_models()
  local catalogue, err = require("vision.policy.models").catalogue()
  if not catalogue then return {}, { err } end
  local path, origin = require("vision.policy.find").script "models.lua"
  return { { kind = "models", name = "models", file = "models.lua", path = path, origin = origin,
    description = "What models can do and cost, of " .. (catalogue.date or "an unknown date"),
    declared = {}, options = {} } }, {}
end

local function is_one_of(word, words)
  for _, known in ipairs(words) do
    if word == known then return true end
  end
end

function list.run(given, context)
  local cli = require "vision.cli"
  local known = require("vision.policy.check").FOLDERS
  known = { "models", unpack(known) }
  if given.kind and not is_one_of(given.kind, known) then
    return cli.EXIT.USAGE, require("vision.base.options").unknown_word("kind of script",
      given.kind, known)
  end
  local page = require("vision.cli.output").page(context.terminal(1))
  local code = cli.EXIT.DONE
  for _, kind in ipairs(given.kind and { given.kind } or known) do
    local items, faults = (kind == "models" and load_models or load_kind)(kind)
    for _, item in ipairs(given.json and items or {}) do
      context.out:write(item_json(item), "\n")
    end
    show(page, kind, items)
    for _, err in ipairs(faults) do
      cli.say(context, "%s", err.message)
      code = cli.EXIT.FAILED
    end
  end
  if not given.json then context.out:write(page:text()) end
  return code
end

return list
