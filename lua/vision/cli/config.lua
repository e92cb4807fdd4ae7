-- SPDX-License-Identifier: MIT
-- vision config: where the configuration is, whether it is right, what it builds.

local config = {}

config.summary = "Check the configuration file"
config.description = [[
Says where the configuration file is (path), whether it is right (check) and what stands around the
providers with it (show).

The file is $VISION_CONFIG, else vision/vision.lua in $XDG_CONFIG_HOME or ~/.config. It is a Lua
table; without one the defaults hold.]]

config.examples = {
  { "vision config check", "file, key and what was expected, where something is wrong" },
  { "vision config check new.lua && mv new.lua ~/.config/vision/vision.lua",
    "look before you leap" },
  { "vision config show", "the layers around each provider, from the outside in" },
}

function config.configure(command)
  command:argument "action" :argname "ACTION" :choices { "check", "path", "show" }
    :description "check, path or show."
  command:argument "file" :argname "FILE" :args "?"
    :description "Another file than the user's own."
end

local ACTIONS = {}

function ACTIONS.path(context, path)
  context.out:write(path, "\n")
end

function ACTIONS.check(context, path, settings)
  context.out:write(settings.path and path .. ": all right\n"
    or ("there is no file %s: the defaults hold\n"):format(path))
end

function ACTIONS.show(context, _, settings)
  local built, err = require("vision.stack").stack(settings.stack)
  if not built then return err end
  context.out:write(built:explain(), "\n")
end

function config.run(given, context)
  local cli = require "vision.cli"
  local policy = require "vision.policy.config"
  local path = given.file or policy.path()
  if not path then
    cli.say(context, "there is no home folder: set VISION_CONFIG or HOME")
    return cli.EXIT.FAILED
  end
  local settings, err
  if given.action ~= "path" then
    settings, err = policy.load(given.file)
  end
  err = err or ACTIONS[given.action](context, path, settings)
  if err then
    cli.say(context, "%s", err.message)
    return cli.EXIT.FAILED
  end
  return cli.EXIT.DONE
end

return config
