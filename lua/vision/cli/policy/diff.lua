-- SPDX-License-Identifier: MIT
-- vision policy diff: what the scripts of now would decide otherwise.

local diff = {}

diff.summary = "Replay recorded decisions"
diff.description = [[
Asks the scripts that are there now what was asked before, and shows which decisions would change.
Decisions are recorded with --record-decisions FILE, one JSON object a line. Ends with 1 where one
would change.]]

diff.examples = {
  { "vision policy diff decisions.jsonl", "before a script goes into force" },
  { "VISION_SCRIPTS=new/ vision policy diff decisions.jsonl", "scripts that lie elsewhere" },
}

function diff.configure(command)
  command:argument "file" :argname "FILE" :description "Recorded decisions."
  command:option "--kind" :argname "KIND" :description "Only decisions of this kind."
  command:flag "--json" :description "Print as JSON, one changed decision a line."
end

local function shown(value)
  local json = require "vision.base.json"
  return value == nil and "nothing" or json.encode(value)
end

local function write(given, context, change)
  local json = require "vision.base.json"
  if given.json then
    context.out:write(json.encode { number = change.number, kind = change.kind, name = change.name,
      before = change.before == nil and json.null or change.before,
      after = change.after == nil and json.null or change.after,
      error = change.error or json.null }, "\n")
    return
  end
  local text = require "vision.cli.text"
  context.out:write(text.clean(("%d %s/%s: %s -> %s"):format(change.number, change.kind,
    change.name, shown(change.before), change.error or shown(change.after))), "\n")
end

local function of_kind(decisions, kind)
  local kept = {}
  for _, decision in ipairs(decisions) do
    if not kind or decision.kind == kind then kept[#kept + 1] = decision end
  end
  return kept
end

function diff.run(given, context)
  local cli, record = require "vision.cli", require "vision.policy.record"
  if given.kind then
    local kinds = require "vision.policy.kinds"
    if not kinds.of(given.kind) then
      return cli.EXIT.USAGE, require("vision.base.options").unknown_word("kind of script",
        given.kind, kinds.NAMES)
    end
  end
  local decisions, err = record.read(given.file)
  if not decisions then
    cli.say(context, "%s", err.message)
    return cli.EXIT.FAILED
  end
  decisions = of_kind(decisions, given.kind)
  local changes = record.diff(decisions, require("vision.policy").begin())
  for _, change in ipairs(changes) do write(given, context, change) end
  if not given.json then
    context.out:write(("%d of %d decisions would change\n"):format(#changes, #decisions))
  end
  return #changes > 0 and cli.EXIT.FAILED or cli.EXIT.DONE
end

return diff
