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
and goes on with the old one where the new one is wrong.

With --workers several processes answer at one address, and one that dies is replaced. A socket that
systemd hands over (LISTEN_FDS) is used in the place of --host and --port.]]

serve.examples = {
  { "vision serve", "http://127.0.0.1:8000, from this machine" },
  { "vision serve --workers 4 --store readings.db", "a process for each core" },
  { "vision serve --provider anthropic --fallback local --store readings.db",
    "keep what was read" },
}

function serve.configure(command)
  command:option "--host" :argname "ADDRESS"
    :description "The address to listen at. Default: 127.0.0.1."
  command:option "--port" :argname "NUMBER"
    :convert(options.number_between("--port", 0, 65535, true))
    :description "The port; 0 is any that is free. Default: 8000."
  command:option "--workers" :argname "NUMBER"
    :convert(options.number_between("--workers", 1, 256, true))
    :description "How many processes answer. Default: 1."
  command:option "--grace" :argname "SECONDS"
    :convert(options.number_between("--grace", 0, 3600))
    :description "How long requests and batches may take after SIGTERM. Default: 30."
  command:option "--max-body" :argname "MB"
    :convert(options.number_between("--max-body", 1, 192))
    :description "The largest body of a request, in megabytes. Default: 32."
  command:option "--max-bodies" :argname "MB"
    :convert(options.number_between("--max-bodies", 1, 1e6))
    :description("The most megabytes that the bodies of all requests of a process have at a time. "
      .. "Default: 1024.")
  command:option "--connections" :argname "NUMBER"
    :convert(options.number_between("--connections", 1, 65000, true))
    :description("How many connections a process has at a time, as far as the system gives it "
      .. "descriptors (ulimit -Hn), two for each. Default: 8192.")
  command:option "--jobs" :argname "FOLDER"
    :description("Where the pictures of batches lie that are not done. Default: beside the file of "
      .. "--store. With another store batches outlive the service where this is given.")
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
  local notify = require "vision.cli.notify"
  notify.reloading()
  local ok, err = service:reload()
  notify.ready()
  if ok then
    service.say("info", "reads the new configuration")
  else
    service.say("error", "the configuration stays as it was: " .. err.message)
  end
end

-- The first signal to end lets it finish what runs, the second does not.
local function until_stopped(given, service, server, came)
  local task = require "vision.base.task"
  local function take_end()
    local name = came:take()
    while name == "hup" do
      reload(service)
      name = came:take()
    end
    return name
  end
  take_end()
  require("vision.cli.notify").stopping()
  if not given.workers_folder then
    service.say("info", "stops when what is under way is answered")
  end
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
end

local function url_of(listening)
  local host = listening.host
  return ("http://%s:%d"):format(host:find ":" and "[" .. host .. "]" or host, listening.port)
end

local function warn_of_few(given, service, server)
  local _, most = server:connections()
  if most < (given.connections or 0) then
    service.say("warn", ("it has %d connections at a time, not %d: the system gives it no more "
      .. "descriptors (ulimit -Hn)"):format(most, given.connections))
  end
end

local function serve_alone(given, context, listening)
  local builtin = require "vision.server.builtin"
  local service, err = require("vision.cli.serving").open(given, context)
  if not service then return nil, err end
  local server
  server, err = builtin.serve(service.app, { listening = listening,
    connections = given.connections,
    crowded = require("vision.base.collector").save_memory })
  if server then
    warn_of_few(given, service, server)
    local came = require("vision.cli.signals").open { "int", "term", "hup" }
    if listening.is_worker then
      builtin.tell_ready()
    else
      service.say("info", "serves at " .. url_of(listening))
    end
    require("vision.cli.notify").ready()
    -- They stay taken: none more may break off what is written down and delivered from here on.
    until_stopped(given, service, server, came)
  end
  service:close()
  return server and true, err
end

-- ---- several processes ----

-- Seconds beyond --grace in which a worker delivers and writes down what it owes.
local OWED = 30

-- In memory where there is a place for that.
local function private_folder(context)
  local core = require "vision.core"
  for _, name in ipairs { "RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR", "TMPDIR" } do
    local place = (context.environment(name) or ""):match "^[^:]+"
    local path = place and core.private_folder(place)
    if path then return path end
  end
  local path, err = core.private_folder "/tmp"
  return path, err and require("vision.base.error").from(err)
end

local function remove(folder)
  for _, entry in ipairs(require("vision.core").folder(folder) or {}) do
    local path = folder .. "/" .. entry.name
    if entry.kind == "folder" then remove(path) else os.remove(path) end
  end
  os.remove(folder)
end

local function supervise(given, context, listening)
  local folder, err = private_folder(context)
  if not folder then return nil, err end
  local in_order = require("vision.cli.supervisor").run {
    workers = given.workers, listening = listening.descriptor, arguments = context.program(),
    folder = folder, patience = (given.grace or GRACE) + OWED,
    greeting = ("serves at %s with %d workers"):format(url_of(listening), given.workers),
    say = require("vision.cli.serving").sayer(given, context),
  }
  remove(folder)
  return in_order
end

-- ---- the command ----

-- The socket is there before anything else is: the workers have no other loop, thread or store of
-- the supervisor's.
local function run(given, context)
  local listening, err = require("vision.server.builtin").listen(given.host, given.port)
  if not listening then return nil, err end
  given.host = listening.host
  local role = serve_alone
  if listening.is_worker then
    given.workers_folder = context.environment "VISION_WORKERS_FOLDER"
  elseif (given.workers or 1) > 1 then
    role = supervise
  end
  return require("vision.base.task").spawn(role, given, context, listening):join()
end

function serve.run(given, context)
  local cli = require "vision.cli"
  local ok, err = run(given, context)
  if ok then return cli.EXIT.DONE end
  if err then cli.say(context, "%s", err.message) end
  return cli.EXIT.FAILED
end

return serve
