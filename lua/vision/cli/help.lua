-- SPDX-License-Identifier: MIT
-- vision help: what --help prints.

local help = {}

help.summary = "Show the help of a command"
help.description = "Shows what 'vision --help', or 'vision COMMAND --help', shows."

help.examples = {
  { "vision help", "all commands" },
  { "vision help analyze", "the options of one" },
}

-- Not as choices: the list would be wider than a terminal.
local function check(word)
  local names = require("vision.cli").COMMANDS
  for _, name in ipairs(names) do
    if word == name then return word end
  end
  return nil, ("COMMAND must be one of '%s', not '%s'"):format(table.concat(names, "', '"), word)
end

function help.configure(command, words)
  local name = command:argument "name" :argname "COMMAND" :args "?" :convert(check)
    :description "A command; without it the list of them."
  if words.commands then name:choices(words.commands) end
end

function help.run(given, context)
  local parser, _, parsers = require("vision.cli").parser()
  local subject = given.name and parsers[given.name] or parser
  context.out:write(subject:get_help(), "\n")
  return 0
end

return help
