-- SPDX-License-Identifier: MIT
-- Users' scripts, followed while a command goes on for long: a change is taken up between two jobs,
-- a faulty one is said once.

local following = {}

--- Follows them from now on. What is logged meanwhile does not run into the line that is rewritten.
---@param context vision.cli.Context
---@param line table  a `vision.cli.bar`
---@return fun() stop
function following.start(context, line)
  local log, policy = require "vision.base.log", require "vision.policy"
  log.set_sink(function(level, message)
    line:clear()
    require("vision.cli").say(context, "%s: %s", level, message)
  end)
  policy.watch()
  return function()
    policy.unwatch()
    log.set_sink(nil)
  end
end

return following
