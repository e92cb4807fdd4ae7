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

local function read_input(path)
  local json = require "vision.base.json"
  local file, message = io.stdin, nil
  if path ~= "-" then file, message = io.open(path, "rb") end
  if not file then return nil, "cannot read " .. message end
  local text = file:read(MAX_INPUT + 1) or ""
  if path ~= "-" then file:close() end
  if #text > MAX_INPUT then return nil, ("%s: larger than %d bytes"):format(path, MAX_INPUT) end
  local input, err = json.decode(text)
  if type(input) ~= "table" then
    return nil, ("%s: a JSON object is expected%s"):format(path, err and ": " .. err.message or "")
  elseif input.options ~= nil and type(input.options) ~= "table" then
    return nil, ("%s: 'options' must be an object"):format(path)
  end
  return input
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
  if not kinds[kind] then
    return cli.EXIT.USAGE, ("a script is named KIND/NAME, where KIND is one of %s; not '%s'")
      :format(table.concat(kinds.NAMES, ", "), given.script)
  end
  if given.sample then
    context.out:write(require("vision.base.json").encode(kinds[kind].sample), "\n")
    return cli.EXIT.DONE
  end
  local input, message = kinds[kind].sample, nil
  if given.input then input, message = read_input(given.input) end
  local script, err, output
  if input then script, err = require("vision.policy").script(kind, name) end
  if script then output, err = script:decide(input) end
  write(given, context, script or { kind = kind, name = name }, output, err)
  if message or err then
    cli.say(context, "%s", message or err.message)
    return cli.EXIT.FAILED
  end
  return cli.EXIT.DONE
end

return test
