-- SPDX-License-Identifier: MIT
-- vision keys revoke: a key that is worth nothing any more.

local revoke = {}

revoke.summary = "Revoke a key"
revoke.description = [[
Takes a key out of the file. A running service refuses it within two seconds; what it asked for
before goes on to its end.]]

revoke.examples = {
  { "vision keys revoke ci", "by its name" },
}

function revoke.configure(command)
  command:argument "name" :argname "NAME" :description "As 'vision keys list' shows it."
end

function revoke.run(given, context)
  return require("vision.cli.keys").answer(given, context, function(path)
    return require("vision.server.keys").remove(path, given.name)
  end, function()
    context.out:write(given.name, ": revoked\n")
  end)
end

return revoke
