-- SPDX-License-Identifier: MIT
-- vision policy check: whether scripts would be taken up.

local check = {}

check.summary = "Check scripts"
check.description = [[
Checks your scripts as a running service does before it takes them up: each is read, its shape and
its options are looked at, and it is asked once with a sample. Says file, line and reason of what is
wrong, and then ends with 1.]]

check.examples = {
  { "vision policy check", "all that are in your folder" },
  { "vision policy check failover/mine.lua", "one file; its folder names its kind" },
  { "vision policy check --json", "one JSON object for each" },
}

function check.configure(command)
  command:argument "FILE" :target "files" :argname "FILE" :args "*"
    :description "Files to check, wherever they lie: KIND/NAME.lua or models.lua."
  command:flag "--json" :description "Print as JSON, one script a line."
end

local function fault(message)
  return require("vision.base.error").new("script", message)
end

-- A file that was named: the folder it lies in says its kind.
local function named_source(path)
  local find, kinds = require "vision.policy.find", require "vision.policy.kinds"
  local text, err = find.read(path)
  if not text then return nil, err end
  local name = path:match "([%w_-]+)%.lua$"
  local kind = name == "models" and "" or path:match "([%w_-]+)/[^/]+$" or "."
  if not name then return nil, fault(path .. ": the name of a script ends with .lua") end
  if kind ~= "" and kind ~= "prompts" and not kinds.of(kind) then
    return nil, fault(("%s: it must lie in a folder named after its kind: prompts, %s"):format(path,
      table.concat(kinds.NAMES, ", ")))
  end
  return { kind = kind, name = name, path = path, origin = "user", text = text }
end

local function sources_of(paths)
  local policy_check = require "vision.policy.check"
  if #paths == 0 then
    local sources, faults = policy_check.user_sources()
    for _, err in ipairs(policy_check.strays()) do faults[#faults + 1] = err end
    return sources, faults
  end
  local sources, faults = {}, {}
  for _, path in ipairs(paths) do
    local source, err = named_source(path)
    if not source then err.path = path end
    table.insert(source and sources or faults, source or err)
  end
  return sources, faults
end

local function result_json(source, err)
  local json = require "vision.base.json"
  return json.encode { file = source.path, kind = source.kind, name = source.name, ok = err == nil,
    line = err and tonumber(err.message:match "^.-%.lua:(%d+):") or json.null,
    error = err and err.message or json.null }
end

local function write(given, context, source, err)
  if given.json then
    context.out:write(result_json(source, err), "\n")
  elseif err then
    require("vision.cli").say(context, "%s", err.message)
  else
    context.out:write(source.path, ": all right\n")
  end
end

function check.run(given, context)
  local cli, policy = require "vision.cli", require "vision.policy"
  local policy_check = require "vision.policy.check"
  local sources, faults = sources_of(given.files)
  for _, err in ipairs(faults) do write(given, context, { path = err.path }, err) end
  local code = #faults > 0 and cli.EXIT.FAILED or cli.EXIT.DONE
  local scripts = policy_check.generation(1, policy.configured(), sources)
  for _, source in ipairs(sources) do
    local value, err = policy_check.source(scripts, source)
    write(given, context, source, err)
    if not value then code = cli.EXIT.FAILED end
  end
  if #sources + #faults == 0 and not given.json then
    cli.say(context, "there are no scripts of yours in %s",
      require("vision.policy.find").user_folder() or "any folder, for there is no home")
  end
  return code
end

return check
