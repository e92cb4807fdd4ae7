-- SPDX-License-Identifier: MIT
-- vision webhooks: what became of events that other systems are told. Each command below it is a
-- file in webhooks/.

local webhooks = {}

webhooks.summary = "See, repeat and try what other systems are told"
webhooks.description = [[
Shows the events that wait for their receivers, or reached them; sends one again; lets one that was
given up have events again; tries whether one understands us. Who receives, and where events are
kept, stands in the configuration file under 'webhooks'.]]

webhooks.examples = {
  { "vision webhooks list", "who receives, and what became of the last events" },
  { "vision webhooks test https://example.com/hook", "does it take a signed event?" },
  { "vision webhooks --help", "the other commands" },
}

local ACTIONS = { "list", "history", "redeliver", "enable", "test" }

function webhooks.configure(command, words)
  local below = require("vision.cli").add_commands(command, "webhooks", ACTIONS, words)
  for _, name in ipairs(ACTIONS) do
    below[name]:option "--config" :argname "FILE" :description "Another configuration file."
  end
  return below
end

--- The receivers of the configuration; nil where there is no word of webhooks in it.
---@param given table the parsed options
---@return table|nil settings  as `vision.stack` takes them
---@return vision.error? err
function webhooks.settings(given)
  local settings, err = require("vision.policy.config").load(given.config)
  if not settings then return nil, err end
  return settings.stack.webhooks or nil
end

local function refuse(message)
  return nil, require("vision.base.error").new("invalid_option", message)
end

--- The manager of the configuration, whose outbox lasts.
---@param given table
---@return vision.WebhookManager|nil
---@return vision.error? err
function webhooks.manager(given)
  local settings, err = webhooks.settings(given)
  if err then return nil, err end
  if not settings then
    return refuse "the configuration file has no 'webhooks': see docs/webhooks.md"
  end
  local manager
  manager, err = require("vision.webhooks.manager").WebhookManager.new(
    settings ~= true and settings or {})
  if manager and manager.store:is_memory() then
    return refuse("events are kept in memory, by the process that sends them: set webhooks.outbox "
      .. "to a file")
  end
  return manager, err
end

--- "2026-11-26 03:22:28", in UTC.
---@param seconds number
---@return string
function webhooks.time(seconds)
  return os.date("!%Y-%m-%d %H:%M:%S", math.floor(seconds))
end

--- Asks the manager of the configuration and shows what it says.
---@param given table
---@param context vision.cli.Context
---@param ask fun(manager: vision.WebhookManager): any, vision.error?
---@param show fun(answer: any): integer?
---@return integer code
function webhooks.answer(given, context, ask, show)
  local cli = require "vision.cli"
  local manager, err = webhooks.manager(given)
  local answer
  if manager then
    answer, err = ask(manager)
    manager:close()
  end
  if answer == nil then
    cli.say(context, "%s", err.message)
    return cli.EXIT.FAILED
  end
  return show(answer) or cli.EXIT.DONE
end

function webhooks.run(given, context)
  return require("vision.cli.webhooks." .. given.action).run(given, context)
end

return webhooks
