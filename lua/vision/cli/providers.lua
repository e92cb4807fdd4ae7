-- SPDX-License-Identifier: MIT
-- vision providers: who could read, and who does.

local options = require "vision.cli.options"
local output = require "vision.cli.output"
local text = require "vision.cli.text"

local providers = {}

providers.summary = "List the providers and which of them reads"
providers.description = [[
Lists the providers, whether each has the key it needs, and marks the one that reads when none is
named.]]

providers.examples = {
  { "vision providers", "the list" },
  { "vision providers --json", "the same for a program" },
  { "VISION_PROVIDER=openai vision providers", "who reads with this setting" },
}

function providers.configure(command)
  command:flag "--json" :description "Print as one JSON object."
end

local function key_text(status)
  if not status.requires_key then return "no key needed" end
  return status.key_set and "key set" or "no key"
end

-- What hinders it, beside a key: no library here, no address of the service.
local function hindrance(status)
  if status.available then return "" end
  return text.clean(status.reason or "no address set")
end

local function show(known, context)
  local rows, names = {}, {}
  for name in pairs(known.providers) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    local mark = name == known.current_provider and "* " or "  "
    local status = known.providers[name]
    rows[i] = { mark .. name, key_text(status), hindrance(status) }
  end
  local page = output.page(context.terminal(1))
  page:columns(rows, 3)
  context.out:write(page:text())
end

function providers.run(given, context)
  local known, err = options.manager(given, context):providers()
  if given.json then
    local json = require "vision.base.json"
    context.out:write(json.encode(json.with_nulls(known, { "current_provider" })), "\n")
  else
    show(known, context)
  end
  if err then
    require("vision.cli").say(context, "%s", err.message)
    return 1
  end
  return 0
end

return providers
