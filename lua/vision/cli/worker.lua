-- SPDX-License-Identifier: MIT
-- vision worker: reads the drawings of a queue, until it is told to stop.

local options = require "vision.cli.options"
local output = require "vision.cli.output"
local text = require "vision.cli.text"
local tower = require "vision.cli.tower"

local worker = {}

worker.summary = "Read the drawings of a queue"
worker.description = [[
Takes drawings that 'vision batch --queue' puts into a queue in Redis, reads them, and stores the
results. Any number of workers, on any number of machines, share one queue.

Ctrl-C or SIGTERM: it takes no further drawing and ends when those under way are read; a second one
ends it at once. What a worker leaves, or loses because it is killed, another one takes. What is
stored already is not read again.]]

worker.examples = {
  { "vision worker --queue redis://queue/0 --store postgres://db/vision",
    "read until stopped, five at a time" },
  { "vision worker --queue redis:// --store results.db --provider openai --concurrency 20",
    "twenty at a time, on this machine" },
}

function worker.configure(command)
  command:option "--queue" :argname "URL" :count(1)
    :description "The queue: redis://[user:password@]host[:port][/number]."
  command:option "--concurrency" :argname "NUMBER" :convert(options.concurrency)
    :description "Drawings read at the same time, 1 to 1000. Default: 5."
  command:option "--claim-after" :argname "SECONDS"
    :convert(options.number_between("--claim-after", 1, 86400))
    :description("Take what another worker has when nothing was heard of it for so long. "
      .. "Default: 60.")
  command:option "--deliveries" :argname "NUMBER"
    :convert(options.number_between("--deliveries", 1, 1000, true))
    :description("How often a drawing is tried before it goes among the dead letters. "
      .. "Default: 5.")
  options.provider(command)
  options.tile(command)
  options.timeout(command)
  tower.fallback(command)
  tower.records(command)
  tower.options(command)
end

local function joined(list, more)
  local all = {}
  for _, one in ipairs(list) do all[#all + 1] = one end
  for _, one in ipairs(more) do all[#all + 1] = one end
  return all[1] and all or nil
end

-- What is asked is the job's to say; who is asked, this command line's.
local function reader_of(given, manager)
  return function(image, job)
    local asked = job.settings
    local answer, err = manager:analyze {
      image = image, file = job.file, tags = joined(job.tags, given.tags),
      include_ocr = false, prompt = asked.prompt, variables = asked.variables, dpi = asked.dpi,
      pages = asked.pages, no_text_layer = asked.no_text_layer, timeout_seconds = given.timeout,
    }
    return not err and answer or nil, err
  end
end

local WORDS = {
  retry = "%s: %s (tried again later)", dead = "%s: %s (given up: among the dead letters)",
  left = "%s: %s (left to another worker)",
}

local function printer(context, shown)
  local cli = require "vision.cli"
  return function(job, answer, err, what)
    shown[what] = (shown[what] or 0) + 1
    local name = text.clean(job.file or job.key)
    if answer then
      context.out:write(("%s: read in %s\n"):format(name,
        output.duration(answer.processing_time_ms)))
      context.out:flush()
    else
      cli.say(context, WORDS[what], name, err.message)
    end
  end
end

-- The first signal lets it finish, the second does not.
local function watch_signals(body, stop)
  local came = require("vision.cli.signals").open { "int", "term" }
  local watch = require("vision.base.task").spawn(function()
    local at_once = false
    while came:take() do
      stop(at_once)
      at_once = true
    end
  end)
  local results = { body() }
  watch:cancel()
  watch:join()
  came:close()
  return results[1], results[2]
end

local function work(given, context, queue, manager)
  local cli, workers = require "vision.cli", require "vision.queue.worker"
  local shown = {}
  local one, err = workers.new {
    jobs = queue, read = reader_of(given, manager), on_end = printer(context, shown),
    concurrency = given.concurrency, claim_seconds = given.claim_after,
    max_deliveries = given.deliveries,
  }
  if not one then return nil, err end
  cli.say(context, "takes drawings from %s as worker %s", queue.name, one.name)
  local ok
  ok, err = watch_signals(function() return one:run() end, function(at_once)
    if not at_once then cli.say(context, "stops when what is under way is read") end
    one:stop(at_once)
  end)
  cli.say(context, "%s read, %d given up", text.count(shown.done or 0, "drawing"), shown.dead or 0)
  return ok, err
end

local function run(given, context, make)
  local manager = options.manager(given, context, nil, make)
  local ok, err = options.ready(manager, { variables = {} })
  if not ok then return nil, err end
  local queue
  queue, err = require("vision.queue.jobs").open(given.queue)
  if not queue then return nil, err end
  ok, err = work(given, context, queue, manager)
  queue:close()
  return ok, err
end

function worker.run(given, context)
  local cli, task = require "vision.cli", require "vision.base.task"
  if not given.store then
    return cli.EXIT.USAGE, "a worker needs --store: where results go"
  end
  given.resume, given.required = true, true
  local make, close = tower.maker(given, context)
  local ok, err = task.spawn(run, given, context, make):join()
  close()
  if ok then return cli.EXIT.DONE end
  cli.say(context, "%s", err.message)
  return cli.EXIT.FAILED
end

return worker
