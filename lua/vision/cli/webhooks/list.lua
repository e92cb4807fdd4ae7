-- SPDX-License-Identifier: MIT
-- vision webhooks list: who receives, and what became of the last events.

local list = {}

list.summary = "List receivers and the last events"
list.description = [[
Lists who receives and how many events wait for each, and the deliveries, the newest first: when
the event happened (UTC), what became of it, its number of attempts and its name.]]

list.examples = {
  { "vision webhooks list", "the last 20" },
  { "vision webhooks list --state failed", "what nobody got" },
  { "vision webhooks list --json --limit 1000", "one JSON object a delivery" },
}

local MOST = 1000

function list.configure(command)
  command:option "--state" :argname "STATE" :choices { "pending", "delivered", "failed" }
    :description "Only those that are pending, delivered or failed."
  command:option "--limit" :argname "N" :default "20"
    :convert(require("vision.cli.options").number_between("--limit", 1, MOST, true))
    :description(("At most so many deliveries, to %d (20)."):format(MOST))
  command:flag "--json" :description "Print as JSON, one delivery a line."
end

local function state_of(endpoint, time)
  if endpoint.disabled_at then
    return ("off since %s: %s"):format(time(endpoint.disabled_at), endpoint.disabled_why or "")
  elseif endpoint.paused_until > require("vision.base.clock").wall() then
    return "asked for a pause until " .. time(endpoint.paused_until)
  end
  return "on"
end

local function show_receivers(page, endpoints, time)
  local rows = {}
  page:heading "Receivers"
  for i, endpoint in ipairs(endpoints) do
    rows[i] = { endpoint.label, ("%d waiting"):format(endpoint.pending), state_of(endpoint, time) }
  end
  page:columns(rows, 3)
end

local function show_deliveries(page, deliveries, time)
  local rows = {}
  page:heading "Deliveries"
  for i, one in ipairs(deliveries) do
    rows[i] = { time(one.created_at), one.event_type, one.state, tostring(one.attempts),
      one.event_id, one.label, one.message or "" }
  end
  page:columns(rows, 7)
  if #rows == 0 then page:add "  none" end
end

local function ask(given)
  return function(manager)
    local endpoints, err = manager:list_endpoints()
    if not endpoints then return nil, err end
    local deliveries
    deliveries, err = manager:list(given.state, given.limit)
    return deliveries and { endpoints = endpoints, deliveries = deliveries }, err
  end
end

function list.run(given, context)
  local webhooks = require "vision.cli.webhooks"
  return webhooks.answer(given, context, ask(given), function(answer)
    if given.json then
      local json = require "vision.base.json"
      for _, one in ipairs(answer.deliveries) do context.out:write(json.encode(one), "\n") end
      return
    end
    local page = require("vision.cli.output").page(context.terminal(1))
    show_receivers(page, answer.endpoints, webhooks.time)
    show_deliveries(page, answer.deliveries, webhooks.time)
    context.out:write(page:text())
  end)
end

return list
