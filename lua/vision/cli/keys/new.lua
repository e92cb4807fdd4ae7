-- SPDX-License-Identifier: MIT
-- vision keys new: a key for a client.

local new = {}

new.summary = "Make a key"
new.description = [[
Makes a key and prints it, this once: the file has only its hash.]]

new.examples = {
  { "vision keys new ci", "may read drawings and see results" },
  { "vision keys new plant-3 --scope analyze --per-minute 30", "no more than that, no faster" },
}

function new.configure(command)
  command:argument "name" :argname "NAME"
    :description "Of the client: letters, digits, '_', '-', '.' and '@'."
  command:option "--scope" :argname "SCOPE" :target "scopes" :count "*"
    :choices { "analyze", "read", "admin" }
    :description("What it allows: analyze, read or admin; may be given several times. Default: "
      .. "analyze and read.")
  command:option "--per-minute" :argname "N" :target "per_minute"
    :convert(require("vision.cli.options").number_between("--per-minute", 1, 1000000))
    :description "Requests that it may make a minute. Default: as many as it likes."
  command:flag "--json" :description "Print as a JSON object: name and key."
end

function new.run(given, context)
  local scopes = given.scopes and given.scopes[1] and given.scopes or { "analyze", "read" }
  return require("vision.cli.keys").answer(given, context, function(path)
    return require("vision.server.keys").add(path, { name = given.name, scopes = scopes,
      requests_per_minute = given.per_minute })
  end, function(key)
    context.out:write(given.json and require("vision.base.json").encode {
      name = given.name, key = key } or key, "\n")
  end)
end

return new
