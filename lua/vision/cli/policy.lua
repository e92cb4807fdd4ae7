-- SPDX-License-Identifier: MIT
-- vision policy: the scripts that decide. Each command below it is a file in policy/.

local policy = {}

policy.summary = "List, check, try and write the scripts that decide"
policy.description = [[
Small Lua files decide what the program leaves open: which of several answers counts, who is asked
first, what is tried again, what raises an alert, what is reported. One in your own folder
(VISION_SCRIPTS, or ~/.config/vision/scripts) stands before the one of the same name that comes with
the program. A running service takes changes up by itself, or refuses them and says why.]]

policy.examples = {
  { "vision policy list", "what there is, and whose it is" },
  { "vision policy new routing default", "begin a script of your own" },
  { "vision policy check", "are mine all right?" },
  { "vision policy --help", "the other commands" },
}

--- What `new` writes. It stands here too so that --help need not load the kinds.
policy.KINDS = {
  "selection", "failover", "routing", "retry", "alerts", "reports", "prompts",
}

local ACTIONS = { "list", "check", "test", "diff", "new", "reload" }

function policy.configure(command, words)
  return require("vision.cli").add_commands(command, "policy", ACTIONS, words)
end

-- The scripts have the values of the configuration. Where that is faulty, it is said, and the
-- scripts can be looked at all the same.
local function configure(context)
  local settings, err = require("vision.policy.config").load()
  if err then require("vision.cli").say(context, "%s", err.message) end
  require("vision.policy").configure(settings and settings.policy)
end

function policy.run(given, context)
  configure(context)
  return require("vision.cli.policy." .. given.action).run(given, context)
end

return policy
