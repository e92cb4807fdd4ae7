-- SPDX-License-Identifier: MIT
-- vision webhooks history: each attempt to deliver one event.

local history = {}

history.summary = "Show each attempt to deliver an event"
history.description = [[
Shows what became of one event at each of its receivers, and each attempt: when it was made (UTC),
the status of the answer, how long it took, and why it was no success. Ends with 1 where there is no
such event.]]

history.examples = {
  { "vision webhooks history 5f3c…", "its name stands in 'vision webhooks list'" },
  { "vision webhooks history --json 5f3c…", "one JSON object a receiver" },
}

function history.configure(command)
  command:argument "event" :argname "EVENT" :description "The name of the event."
  command:flag "--json" :description "Print as JSON, one receiver a line."
end

local function show_attempts(page, one)
  local webhooks, output = require "vision.cli.webhooks", require "vision.cli.output"
  local rows = {}
  for i, attempt in ipairs(one.history) do
    rows[i] = { webhooks.time(attempt.at), attempt.status and tostring(attempt.status) or "-",
      output.duration(attempt.ms), attempt.message or "" }
  end
  page:columns(rows, 4)
end

--- Shows the deliveries of an event.
---@param context vision.cli.Context
---@param deliveries table[]
function history.show(context, deliveries)
  local webhooks = require "vision.cli.webhooks"
  local page = require("vision.cli.output").page(context.terminal(1))
  for _, one in ipairs(deliveries) do
    page:heading(("%s at %s: %s"):format(one.event_type, one.label, one.state))
    if one.next_at then page:add("  next attempt " .. webhooks.time(one.next_at)) end
    show_attempts(page, one)
  end
  context.out:write(page:text())
end

local function none(context, event)
  local cli = require "vision.cli"
  cli.say(context, "there is no event '%s' in the outbox", event)
  return cli.EXIT.FAILED
end

function history.run(given, context)
  local function ask(manager) return manager:history(given.event) end
  return require("vision.cli.webhooks").answer(given, context, ask, function(deliveries)
    if #deliveries == 0 then return none(context, given.event) end
    if not given.json then return history.show(context, deliveries) end
    local json = require "vision.base.json"
    for _, one in ipairs(deliveries) do
      one.history = json.array(one.history)
      context.out:write(json.encode(one), "\n")
    end
  end)
end

return history
