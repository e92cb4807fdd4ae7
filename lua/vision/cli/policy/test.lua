-- SPDX-License-Identifier: MIT
-- vision policy test: what a script would decide.

local test = {}

test.summary = "Try a script on an input"
test.description = [[
Asks one script, and prints what it decides as JSON; nothing happens. The input is a JSON object
with the fields that the kind is given (scripts/README.md lists them), and 'options' where those of
the script are to be others. Without an input the kind's sample is taken; --sample prints that, as a
start for an input of your own.]]

test.examples = {
  { "vision policy test failover/latency", "with the sample" },
  { "vision policy test routing/default job.json", "with your own input" },
  { "vision policy test --sample retry/default >input.json", "the sample itself" },
}

function test.configure(command)
  command:argument "script" :argname "KIND/NAME"
    :description "The script, for example failover/priority."
  command:argument "input" :argname "INPUT" :args "?"
    :description "A file with the input; '-' is standard input."
  command:flag "--sample" :description "Print the sample of the kind, and ask nothing."
  command:flag "--json" :description "Print one JSON object: what was asked, decided, and wrong."
end

local MAX_INPUT = 4 * 1024 * 1024 -- bytes

local function refuse(message, ...)
  return nil, require("vision.base.error").new("input", message:format(...))
end

local function read_text(path)
  local file, message = io.stdin, nil
  if path ~= "-" then file, message = io.open(path, "rb") end
  if not file then return refuse("cannot read %s", message) end
  local text
  text, message = file:read(MAX_INPUT + 1)
  if path ~= "-" then file:close() end
  if message then return refuse("cannot read %s: %s", path, message) end
  text = text or ""
  if #text > MAX_INPUT then return refuse("%s: larger than %d bytes", path, MAX_INPUT) end
  return text
end

-- The fields that the kind is given, each with the type that it has in the sample: a script that
-- trips over a wrong one is not at fault.
local function check_input(path, input, kind)
  local specs = { options = { "of the script", type = "table" } }
  for _, name in ipairs(kind.arguments) do
    specs[name] = { "as in the sample", type = type(kind.sample[name]) }
    if input[name] == nil then
      return refuse("%s: '%s' is missing; --sample prints a whole input", path, name)
    end
  end
  return require("vision.base.options").check(specs, input, path)
end

local function read_input(path, kind)
  local text, err = read_text(path)
  if not text then return nil, err end
  local input
  input, err = require("vision.base.json").decode(text)
  if type(input) ~= "table" then
    return refuse("%s: a JSON object is expected%s", path, err and ": " .. err.message or "")
  end
  return check_input(path, input, kind)
end

local function write(given, context, script, output, err)
  local json = require "vision.base.json"
  if given.json then
    local result = json.encode { kind = script.kind, name = script.name, path = script.path,
      output = output == nil and json.null or output, error = err and err.message or json.null }
    context.out:write(result, "\n")
  elseif output ~= nil then
    context.out:write(json.encode(output), "\n")
  elseif not err then
    context.out:write("nothing: the default stands\n")
  end
end

function test.run(given, context)
  local cli, kinds = require "vision.cli", require "vision.policy.kinds"
  local kind, name = given.script:match "^([%w_]+)/([%w_-]+)$"
  if not kinds.of(kind) then
    return cli.EXIT.USAGE, ("a script is named KIND/NAME, where KIND is one of %s; not '%s'")
      :format(table.concat(kinds.NAMES, ", "), given.script)
  end
  if given.sample then
    context.out:write(require("vision.base.json").encode(kinds[kind].sample), "\n")
    return cli.EXIT.DONE
  end
  local script, err = require("vision.policy").script(kind, name)
  local input, output = kinds[kind].sample, nil
  if script and given.input then input, err = read_input(given.input, kinds[kind]) end
  if script and input then output, err = script:decide(input, not given.input) end
  write(given, context, script or { kind = kind, name = name }, output, err)
  if not err then return cli.EXIT.DONE end
  cli.say(context, "%s", err.message)
  return cli.EXIT.FAILED
end

return test
