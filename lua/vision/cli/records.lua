-- SPDX-License-Identifier: MIT
-- vision records: what was kept of analyses. Each command below it is a file in records/.

local records = {}

records.summary = "Find, show, export and delete what was kept"
records.description = [[
Handles the records that 'vision analyze', 'batch' and 'compare' keep with --store, or the
configuration's records.store: finds them, shows one, writes them out for other programs, deletes
those of a picture or what is too old, copies them to another store, and makes a backup.]]

records.examples = {
  { "vision records query --store records.db --last 7d", "a week" },
  { "vision records export --store records.db --format csv >records.csv", "for a spreadsheet" },
  { "vision records delete --store records.db flange.pdf --yes", "forget a picture" },
  { "vision records --help", "the other commands" },
}

local ACTIONS = { "query", "show", "export", "delete", "prune", "copy", "backup" }

function records.configure(command, words)
  return require("vision.cli").add_commands(command, "records", ACTIONS, words)
end

-- What a person can put right is said in a line; a mistake in the call comes with a hint to --help.
local function ended(context, code, err)
  local cli = require "vision.cli"
  if code then return code end
  local is_misused = err.reason == "usage"
    or err.reason == "invalid_option" and not err.configuration
  if is_misused then
    return cli.EXIT.USAGE, err.message:gsub("^query: ", "")
  end
  cli.say(context, "%s", err.message)
  return cli.EXIT.FAILED
end

function records.run(given, context)
  local interrupted, code, err = require("vision.cli.interrupt").run(function()
    return require("vision.cli.records." .. given.action).run(given, context)
  end)
  if interrupted then return require("vision.cli").EXIT.INTERRUPTED end
  return ended(context, code, err)
end

return records
