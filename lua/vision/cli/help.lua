-- SPDX-License-Identifier: MIT
-- vision help: what --help prints.

local help = {}

help.summary = "Show the help of a command"
help.description = "Shows what 'vision --help', or 'vision COMMAND --help', shows."

help.examples = {
  { "vision help", "all commands" },
  { "vision help analyze", "the options of one" },
}

function help.configure(command)
  command:argument "name" :argname "COMMAND" :args "?"
    :choices(require("vision.cli").COMMANDS)
    :description "A command; without it the list of them."
end

function help.run(given, context)
  local parser, _, parsers = require("vision.cli").parser()
  local subject = given.name and parsers[given.name] or parser
  context.out:write(subject:get_help(), "\n")
  return 0
end

return help
