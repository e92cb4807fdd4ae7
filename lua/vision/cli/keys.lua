-- SPDX-License-Identifier: MIT
-- vision keys: who may ask the service. Each command below it is a file in keys/.

local keys = {}

keys.summary = "Make, list and revoke the keys of the service"
keys.description = [[
'vision serve' knows its clients by keys. Each has a name, by which its requests are found in the
log and its spending in budgets, and says what its client may do: analyze (read drawings), read (see
results and figures), admin (all). A running service takes changes up within two seconds.

They are kept in keys.json beside the configuration file, as hashes: a key is shown once.]]

keys.examples = {
  { "vision keys new ci", "may read drawings and see results" },
  { "vision keys list", "whom there is" },
  { "vision keys revoke ci", "the key is worth nothing any more" },
}

local ACTIONS = { "new", "list", "revoke" }

function keys.configure(command, words)
  local below = require("vision.cli").add_commands(command, "keys", ACTIONS, words)
  for _, name in ipairs(ACTIONS) do
    below[name]:option "--keys" :argname "FILE" :description "Another file of keys."
  end
  return below
end

--- The file of keys.
---@param given table the parsed options
---@return string|nil path
---@return vision.error? err invalid_option: there is no home
function keys.path(given)
  local path = given.keys or require("vision.server.keys").path()
  if path then return path end
  return nil, require("vision.base.error").new("invalid_option",
    "there is no home, so no file of keys: name one with --keys")
end

--- Asks the file of keys and shows what it says.
---@param given table
---@param context vision.cli.Context
---@param ask fun(path: string): any, vision.error?
---@param show fun(answer: any)
---@return integer code
function keys.answer(given, context, ask, show)
  local cli = require "vision.cli"
  local path, err = keys.path(given)
  local answer
  if path then answer, err = ask(path) end
  if answer == nil then
    cli.say(context, "%s", err.message)
    return cli.EXIT.FAILED
  end
  show(answer)
  return cli.EXIT.DONE
end

function keys.run(given, context)
  return require("vision.cli.keys." .. given.action).run(given, context)
end

return keys
