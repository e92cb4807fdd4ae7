-- SPDX-License-Identifier: MIT
-- vision policy new: the beginning of a script.

local new = {}

new.summary = "Begin a script of your own"
new.description = [[
Writes a commented script into your folder: what it is given, what it may return, an option. As
written it decides nothing, so that you can change it step by step. One named as a shipped script
stands before that from then on. A file that is there already is left alone.]]

new.examples = {
  { "vision policy new routing default", "which provider reads a job" },
  { "vision policy new prompts pcb_layout", "what a model is asked" },
}

function new.configure(command)
  command:argument "kind" :argname "KIND" :choices(require("vision.cli.policy").KINDS)
    :description("What it decides: " .. table.concat(require("vision.cli.policy").KINDS, ", ")
      .. ".")
  command:argument "name" :argname "NAME"
    :description "Its name: letters, digits, '_' and '-'."
  command:flag "--json" :description "Print the path as a JSON object."
end

local function write(folder, name, text)
  local made, err = require("vision.core").make_folder(folder)
  if not made then return nil, "cannot make " .. err.message end
  local path = ("%s/%s.lua"):format(folder, name)
  if require("vision.base.file").exists(path) then return nil, path .. " is there already" end
  local ok
  ok, err = require("vision.cli.files").write(path, text)
  if not ok then return nil, err.message end
  return path
end

-- Why there can be no script of that name.
local function refusal(given)
  if not given.name:find "^[%w_-]+$" then
    return ("a script's name is made of letters, digits, '_' and '-', not '%s'"):format(given.name)
  end
  local kind = require("vision.policy.kinds").of(given.kind)
  local taken = kind and kind.taken[given.name]
  return taken and ("a script %s/%s would never be asked: %s"):format(given.kind, given.name, taken)
end

function new.run(given, context)
  local cli, find = require "vision.cli", require "vision.policy.find"
  local refused = refusal(given)
  if refused then return cli.EXIT.USAGE, refused end
  local folder = find.user_folder()
  local path, message = nil, "there is no home, so no folder for scripts: set VISION_SCRIPTS"
  if folder then
    path, message = write(folder .. "/" .. given.kind, given.name,
      require("vision.policy.skeletons")[given.kind])
  end
  if not path then
    cli.say(context, "%s", message)
    return cli.EXIT.FAILED
  end
  context.out:write(given.json and require("vision.base.json").encode { path = path } or path, "\n")
  return cli.EXIT.DONE
end

return new
