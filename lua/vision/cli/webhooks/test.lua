-- SPDX-License-Identifier: MIT
-- vision webhooks test: does a receiver take a signed event?

local test = {}

test.summary = "Send a signed example and show the answer"
test.description = [[
Sends an event of the kind 'webhook.test', once, and shows what the receiver answers. Without a URL
to all receivers of the configuration. A URL that does not stand there is signed with
VISION_WEBHOOK_SECRET, or with a new secret, which is shown. Nothing is kept. Ends with 1 where the
event was not taken.]]

test.examples = {
  { "vision webhooks test", "all receivers of the configuration" },
  { "vision webhooks test https://example.com/hook", "one" },
  { "vision webhooks test --allow-private http://localhost:8000/hook", "on this machine" },
}

function test.configure(command)
  command:argument "url" :argname "URL" :args "?" :description "Where to send it."
  command:flag "--allow-private" :target "allow_private"
    :description "Also to addresses of this machine and its networks."
end

local function new_secret(context)
  local from_environment = context.environment "VISION_WEBHOOK_SECRET"
  if from_environment and from_environment:find "%S" then return nil end -- is found by itself
  local secret, err = require("vision.webhooks.signature").new_secret()
  if secret then context.out:write("signed with a new secret: ", secret, "\n") end
  return secret, err
end

-- The receivers of the configuration, or the one of the URL: configured, or new.
local function receivers_of(given, context)
  local settings, err = require("vision.cli.webhooks").settings(given)
  if err then return nil, err end
  local manager
  local WebhookManager = require("vision.webhooks.manager").WebhookManager
  if settings then
    manager, err = WebhookManager.new(settings ~= true and settings or {})
    if not manager then return nil, err end
  elseif not given.url then
    return nil, require("vision.base.error").new("usage",
      "the configuration file has no 'webhooks': name a URL")
  end
  if not given.url then return manager.receivers end
  for _, receiver in ipairs(manager and manager.receivers or {}) do
    if receiver.url == given.url then return { receiver } end
  end
  local secret
  secret, err = new_secret(context)
  if err then return nil, err end
  manager, err = WebhookManager.new { webhook_url = given.url, webhook_secret = secret }
  return manager and manager.receivers, err
end

local function example()
  local events = require "vision.webhooks.events"
  return events.new(events.WebhookEventType.WEBHOOK_TEST,
    { message = "a test of 'vision webhooks test'" })
end

local function try(receiver, given, context)
  local output = require "vision.cli.output"
  local clean = require("vision.cli.text").clean
  if given.allow_private then receiver.guard = { "0.0.0.0/0", "::/0" } end
  local event, err = example()
  if not event then return nil, err end
  local attempt = require("vision.webhooks.sender").attempt(receiver, event)
  local taken = attempt.message == nil
  context.out:write(("%s: %s (%s)\n"):format(receiver.label,
    taken and ("took it, with %d"):format(attempt.status)
      or "did not take it: " .. clean(attempt.message), output.duration(attempt.ms)))
  return taken
end

function test.run(given, context)
  local cli = require "vision.cli"
  local receivers, err = receivers_of(given, context)
  if not receivers then
    if err.reason == "usage" then return cli.EXIT.USAGE, err.message end
    cli.say(context, "%s", err.message)
    return cli.EXIT.FAILED
  end
  local code = cli.EXIT.DONE
  for _, receiver in ipairs(receivers) do
    local taken
    taken, err = try(receiver, given, context)
    if err then cli.say(context, "%s", err.message) end
    if not taken then code = cli.EXIT.FAILED end
  end
  return code
end

return test
