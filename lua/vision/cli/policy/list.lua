-- SPDX-License-Identifier: MIT
-- vision policy list: which scripts there are, and whose they are.

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

local function owner(item)
  if item.origin ~= "user" then return item.origin end
  return item.shadows and "yours, before the shipped one" or "yours"
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
    rows[#rows + 1] = { item.name, owner(item), item.description or "" }
    for _, row in ipairs(option_rows(item)) do rows[#rows + 1] = row end
  end
  page:columns(rows, 3)
end

local function is_one_of(word, words)
  for _, known in ipairs(words) do
    if word == known then return true end
  end
end

function list.run(given, context)
  local cli = require "vision.cli"
  local catalogue = require "vision.policy.catalogue"
  local known = catalogue.kinds()
  if given.kind and not is_one_of(given.kind, known) then
    return cli.EXIT.USAGE, require("vision.base.options").unknown_word("kind of script",
      given.kind, known)
  end
  local page = require("vision.cli.output").page(context.terminal(1))
  local code = cli.EXIT.DONE
  for _, kind in ipairs(given.kind and { given.kind } or known) do
    local items, faults = catalogue.of(kind)
    for _, item in ipairs(given.json and items or {}) do
      context.out:write(require("vision.base.json").encode(catalogue.to_json(item)), "\n")
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
