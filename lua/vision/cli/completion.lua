-- SPDX-License-Identifier: MIT
-- vision completion: made from the parsers themselves, so it knows what they know.

local completion = {}

completion.summary = "Print a completion script for a shell"
completion.description = [[
Prints what makes the Tab key complete commands, options, their values and files. It knows the
prompts and reports that are there now: print it anew when you add one.]]

completion.examples = {
  { "vision completion bash >~/.local/share/bash-completion/completions/vision", "for bash" },
  { "vision completion zsh >~/.zfunc/_vision", "for zsh, with ~/.zfunc in fpath before compinit" },
  { "vision completion fish >~/.config/fish/completions/vision.fish", "for fish" },
}

local MAKERS = { bash = "get_bash_complete", zsh = "get_zsh_complete", fish = "get_fish_complete" }

local SHELLS = { "bash", "zsh", "fish" }

function completion.configure(command)
  command:argument "shell" :choices(SHELLS) :description "bash, zsh or fish."
end

-- In bash and fish argparse completes what options may be, but not arguments: to a shell the words
-- of one look like commands below the command.
local function add_arguments(parsers, known)
  for command, words in pairs {
    completion = SHELLS, help = known.commands, prompts = known.prompts, report = known.reports,
    ["policy new"] = require("vision.cli.policy").KINDS,
  } do
    for _, word in ipairs(words) do
      parsers[command]:command(word)._aliases = { word } -- it would offer a-b for a_b, too
    end
  end
end

function completion.run(given, context)
  local known = {
    prompts = require("vision.policy.prompts").names(),
    reports = require("vision.policy.find").names "reports",
    commands = require("vision.cli").COMMANDS,
  }
  local parser, _, parsers = require("vision.cli").parser(known)
  if given.shell ~= "zsh" then add_arguments(parsers, known) end
  context.out:write(parser[MAKERS[given.shell]](parser))
  return 0
end

return completion
