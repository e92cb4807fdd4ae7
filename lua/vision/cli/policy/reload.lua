-- SPDX-License-Identifier: MIT
-- vision policy reload: running programs read the scripts again.

local reload = {}

reload.summary = "Make running programs read the scripts again"
reload.description = [[
Checks your scripts, and if all are right asks every running program that uses this folder to read
them again: a number in its file .generation goes up. They notice changes by themselves, too; this
is for folders where they might not, and to be sure.]]

reload.examples = {
  { "vision policy reload", "check, then take up" },
}

function reload.configure(command)
  command:flag "--json" :description "Print as JSON: the number, or what is wrong."
end

function reload.run(given, context)
  local cli, json = require "vision.cli", require "vision.base.json"
  local policy_reload = require "vision.policy.reload"
  local whole, faults = policy_reload.read(1, require("vision.policy").configured())
  local messages, number = json.array {}, nil
  for i, err in ipairs(faults) do messages[i] = err.message end
  if whole then number, messages[1] = policy_reload.ask() end
  for _, message in ipairs(messages) do cli.say(context, "%s", message) end
  if given.json then
    context.out:write(json.encode { generation = number or json.null, errors = messages }, "\n")
  elseif number then
    context.out:write(("asked for the %d. time\n"):format(number))
  end
  return number and cli.EXIT.DONE or cli.EXIT.FAILED
end

return reload
