-- SPDX-License-Identifier: MIT
-- vision keys list: whom the service knows.

local list = {}

list.summary = "List the keys"
list.description = [[
Lists all keys: the name, since when, what it allows and how often; not the keys themselves, which
nobody can read again.]]

list.examples = {
  { "vision keys list", "whom there is" },
  { "vision keys list --json", "one JSON object a key" },
}

function list.configure(command)
  command:flag "--json" :description "Print as JSON, one key a line."
end

local function rate_of(key)
  return key.requests_per_minute and ("%g a minute"):format(key.requests_per_minute) or ""
end

local function show(page, entries)
  local rows = {}
  page:heading "Keys"
  for i, key in ipairs(entries) do
    rows[i] = { key.name, os.date("!%Y-%m-%d", math.floor(key.created_at)),
      table.concat(key.scopes, ", "), rate_of(key) }
  end
  page:columns(rows, 4)
  if #rows == 0 then page:add "  none" end
end

function list.run(given, context)
  return require("vision.cli.keys").answer(given, context, function(path)
    return require("vision.server.keys").read(path)
  end, function(entries)
    if given.json then
      local json = require "vision.base.json"
      for _, key in ipairs(entries) do
        key.hash = nil
        context.out:write(json.encode(key), "\n")
      end
      return
    end
    local page = require("vision.cli.output").page(context.terminal(1))
    show(page, entries)
    context.out:write(page:text())
  end)
end

return list
