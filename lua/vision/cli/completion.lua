-- SPDX-License-Identifier: MIT
-- vision completion: made from the parsers themselves, so it knows what they know.

local completion = {}

completion.summary = "Print a completion script for a shell"
completion.description = "Prints what makes the Tab key complete commands, options and files."

completion.examples = {
  { "vision completion bash >~/.local/share/bash-completion/completions/vision", "for bash" },
  { "vision completion zsh >~/.zfunc/_vision", "for zsh, with ~/.zfunc in fpath before compinit" },
  { "vision completion fish >~/.config/fish/completions/vision.fish", "for fish" },
}

local MAKERS = { bash = "get_bash_complete", zsh = "get_zsh_complete", fish = "get_fish_complete" }

function completion.configure(command)
  command:argument "shell" :choices { "bash", "zsh", "fish" } :description "bash, zsh or fish."
end

function completion.run(given, context)
  local parser = require("vision.cli").parser()
  context.out:write(parser[MAKERS[given.shell]](parser))
  return 0
end

return completion
