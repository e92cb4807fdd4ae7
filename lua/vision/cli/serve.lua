-- SPDX-License-Identifier: MIT
-- vision serve: reads drawings for other programs, over HTTP.

local options = require "vision.cli.options"
local tower = require "vision.cli.tower"

local serve = {}

serve.summary = "Read drawings for other programs, over HTTP"
serve.description = [[
Serves the REST interface: POST /api/v1/vision/analyze and what stands beside it. Without --host it
is reached from this machine alone.

SIGTERM or Ctrl-C: it takes no further requests and ends when those under way are answered, at most
after --grace seconds; a second one ends it at once.]]

serve.examples = {
  { "vision serve", "http://127.0.0.1:8000, from this machine" },
  { "vision serve --provider anthropic --fallback local --store readings.db",
    "keep what was read" },
}

function serve.configure(command)
  command:option "--host" :argname "ADDRESS"
    :description "The address to listen at. Default: 127.0.0.1."
  command:option "--port" :argname "NUMBER"
    :convert(options.number_between("--port", 0, 65535, true))
    :description "The port; 0 is any that is free. Default: 8000."
  command:option "--grace" :argname "SECONDS"
    :convert(options.number_between("--grace", 0, 3600))
    :description "How long requests under way may take after SIGTERM. Default: 30."
  command:option "--max-body" :argname "MB"
    :convert(options.number_between("--max-body", 1, 192))
    :description "The largest body of a request, in megabytes. Default: 32."
  options.provider(command)
  options.tile(command)
  tower.fallback(command)
  tower.records(command)
  tower.options(command)
end

local GRACE = 30

-- Of the stack, where the configuration is silent.
local function defaults_of(house)
  return { health = true, on_alert = function(alert) house.engine.alerts:add(alert) end }
end

-- `house` holds what lives as long as the service.
local function application(given, house)
  if given.local_only then require("vision.base.http").local_only = true end
  local shared, err = house.share()
  if not shared then return nil, err end
  house.shelf = require("vision.server.shelf").lazy(shared.store or "memory:")
  house.engine, err = require("vision.server.engine").new {
    provider = given.provider, shared = shared, shelf = house.shelf,
    create = function(wanted, more)
      more.model, more.tile = more.model or given.model, given.tile
      return house.make(wanted, more)
    end,
  }
  if not house.engine then return nil, err end
  local _, missing = house.engine:provider()
  if missing then return nil, missing end
  return require("vision.server.app").new {
    engine = house.engine, max_body = given.max_body and given.max_body * 2 ^ 20,
  }
end

-- The first signal lets it finish what runs, the second does not.
local function until_stopped(given, context, server)
  local cli, task = require "vision.cli", require "vision.base.task"
  local came = require("vision.cli.signals").open { "int", "term" }
  came:take()
  cli.say(context, "stops when what is under way is answered")
  local stopping = task.spawn(function() server:stop(given.grace or GRACE) end)
  local second = task.spawn(function()
    if came:take() then server:stop(0) end
  end)
  stopping:join()
  second:cancel()
  second:join()
  came:close()
end

local function run(given, context, house)
  local app, err = application(given, house)
  if not app then return nil, err end
  local server
  server, err = require("vision.server.builtin").serve(app,
    { host = given.host, port = given.port })
  if not server then return nil, err end
  require("vision.cli").say(context, "serves at http://%s:%d", given.host or "127.0.0.1",
    server:port())
  until_stopped(given, context, server)
  return true
end

function serve.run(given, context)
  local cli, task = require "vision.cli", require "vision.base.task"
  local house = {}
  house.make, house.close, house.share = tower.maker(given, context, defaults_of(house))
  local ok, err = task.spawn(run, given, context, house):join()
  if house.shelf then house.shelf:close() end
  house.close()
  if ok then return cli.EXIT.DONE end
  cli.say(context, "%s", err.message)
  return cli.EXIT.FAILED
end

return serve
