-- SPDX-License-Identifier: MIT
-- vision serve: reads drawings for other programs, over HTTP.

local options = require "vision.cli.options"
local tower = require "vision.cli.tower"

local serve = {}

serve.summary = "Read drawings for other programs, over HTTP"
serve.description = [[
Serves the REST interface: POST /api/v1/vision/analyze and what stands beside it. Without --host it
is reached from this machine alone, and asks for no key; elsewhere each client needs one ('vision
keys new').

SIGTERM or Ctrl-C: it takes no further requests and ends when those under way are answered, at most
after --grace seconds; a second one ends it at once. SIGHUP: it reads its configuration file again,
and goes on with the old one where the new one is wrong.]]

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
    :description "How long requests and batches may take after SIGTERM. Default: 30."
  command:option "--max-body" :argname "MB"
    :convert(options.number_between("--max-body", 1, 192))
    :description "The largest body of a request, in megabytes. Default: 32."
  command:option "--keys" :argname "FILE"
    :description "The file of keys. Default: keys.json beside the configuration file."
  command:flag "--require-keys"
    :description("Ask for a key on a loopback address, too: for a service behind a proxy that lets "
      .. "everybody in.")
  command:option "--allow-origin" :argname "ORIGIN" :target "origins" :count "*"
    :description("Let web pages of this origin ask (CORS), for instance https://tools.example.com; "
      .. "may be given several times.")
  command:option "--log-format" :argname "FORMAT" :choices { "text", "json" }
    :description "How each request is logged on stderr, one line each: text or json. Default: text."
  command:flag "--allow-urls"
    :description("Let requests name a picture by its address (image_url), which the service then "
      .. "fetches: from public addresses, without redirects.")
  options.provider(command)
  options.tile(command)
  tower.fallback(command)
  tower.records(command)
  tower.options(command)
end

local GRACE = 30

local function reload(service)
  local ok, err = service:reload()
  if ok then
    service.say("info", "reads the new configuration")
  else
    service.say("error", "the configuration stays as it was: " .. err.message)
  end
end

-- The first signal to end lets it finish what runs, the second does not.
local function until_stopped(given, service, server)
  local task = require "vision.base.task"
  local came = require("vision.cli.signals").open { "int", "term", "hup" }
  local function take_end()
    local name = came:take()
    while name == "hup" do
      reload(service)
      name = came:take()
    end
    return name
  end
  take_end()
  service.say("info", "stops when what is under way is answered")
  local jobs = service.app.jobs
  local function stop(seconds)
    task.gather { function() server:stop(seconds) end, function() jobs:finish(seconds) end }
  end
  local stopping = task.spawn(stop, given.grace or GRACE)
  local second = task.spawn(function()
    if take_end() then stop(0) end
  end)
  stopping:join()
  second:cancel()
  second:join()
  came:close()
end

local function run(given, context)
  local service, err = require("vision.cli.serving").open(given, context)
  if not service then return nil, err end
  local server
  server, err = require("vision.server.builtin").serve(service.app,
    { host = given.host, port = given.port })
  if server then
    service.say("info", ("serves at http://%s:%d"):format(given.host or "127.0.0.1",
      server:port()))
    until_stopped(given, service, server)
  end
  service:close()
  return server and true, err
end

function serve.run(given, context)
  local cli, task = require "vision.cli", require "vision.base.task"
  local ok, err = task.spawn(run, given, context):join()
  if ok then return cli.EXIT.DONE end
  cli.say(context, "%s", err.message)
  return cli.EXIT.FAILED
end

return serve
