-- SPDX-License-Identifier: MIT
-- vision webhooks redeliver: one event again, now.

local redeliver = {}

redeliver.summary = "Deliver an event again"
redeliver.description = [[
Sends an event again to all its receivers, under its old name, and whatever else waits in the
outbox; waits for it, 30 seconds at most. What they do not take is tried again as usual by whoever
works on the outbox. Ends with 1 where one of them did not take it.]]

redeliver.examples = {
  { "vision webhooks redeliver 5f3c…", "its name stands in 'vision webhooks list'" },
}

local SECONDS = 30

function redeliver.configure(command)
  command:argument "event" :argname "EVENT" :description "The name of the event."
end

local function ask(event)
  return function(manager)
    local count, err = manager:redeliver(event)
    if count == 0 then
      err = require("vision.base.error").new("not_found",
        ("there is no event '%s' in the outbox, or it is on its way right now"):format(event))
      return nil, err
    end
    local started = count and true
    if count then
      started, err = manager:start()
    end
    if not started then return nil, err end
    manager:settle(SECONDS)
    manager:stop()
    return manager:history(event)
  end
end

function redeliver.run(given, context)
  local cli = require "vision.cli"
  return require("vision.cli.webhooks").answer(given, context, ask(given.event),
    function(deliveries)
      require("vision.cli.webhooks.history").show(context, deliveries)
      for _, one in ipairs(deliveries) do
        if one.state ~= "delivered" then return cli.EXIT.FAILED end
      end
    end)
end

return redeliver
