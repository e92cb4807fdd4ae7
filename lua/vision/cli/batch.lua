-- SPDX-License-Identifier: MIT
-- vision batch: reads folders of drawings, several at a time.

local bar = require "vision.cli.bar"
local batch_queue = require "vision.cli.batch_queue"
local files = require "vision.cli.files"
local following = require "vision.cli.following"
local interrupt = require "vision.cli.interrupt"
local options = require "vision.cli.options"
local output = require "vision.cli.output"
local text = require "vision.cli.text"
local tower = require "vision.cli.tower"

local batch = {}

batch.summary = "Read folders of drawings"
batch.description = [[
Reads all drawings of folders, and files that are named, several at a time, and prints a line for
each as it is done. One that fails keeps no other from being read. A provider that fails too often
is given a rest, and the batch waits for it, up to five minutes without a drawing read.

With --store each result is in the store before its line is printed. Run again with the same
store, a drawing that was read is not read again, whatever its file is called now: its line comes
from the store. What failed is tried again. So a batch that was killed goes on where it was.

With --queue workers read them ('vision worker'), on any machines. Ctrl-C leaves in the queue what
is there; run again, it is followed.

Scripts that are changed meanwhile are taken up between two drawings. Ctrl-C ends it: what is done
has been printed. With --max-cost it stops before more would be spent, and where the store cannot be
reached or is full before more is asked for that nobody could keep; it says how many drawings are
left. The exit code is 0 when all were read, 1 when some failed or are left, 130 after Ctrl-C.]]

batch.examples = {
  { "vision batch drawings/", "a line for each drawing" },
  { "vision batch --json --recursive archive/ >readings.jsonl",
    "one JSON object a line, failures too" },
  { "vision batch --store records.db drawings/", "what is done stays done, also after a crash" },
  { "vision batch --csv drawings/ >callouts.csv", "all call-outs in one table" },
  { "vision batch --provider openai --max-cost 5 drawings/", "for five dollars at most" },
  { "vision batch --provider openai --concurrency 10 drawings/ extra.pdf", "ten at a time" },
  { "vision batch --queue redis://queue/0 /mnt/drawings/", "read by workers" },
}

function batch.configure(command, words)
  command:argument "PATH" :target "paths" :argname "PATH" :args "+"
    :description "A folder of drawings, or a drawing."
  command:flag "--recursive" :description "Read folders in folders, too."
  command:option "--concurrency" :argname "NUMBER" :convert(options.concurrency)
    :description "Drawings read at the same time, 1 to 1000. Default: 5."
  options.provider(command)
  options.prompt(command, words.prompts)
  options.tile(command)
  options.pages_and_dpi(command)
  options.text_layer(command)
  local json = command:flag "--json"
    :description "Print each answer as JSON, one object a line, with the same keys on failure."
  local csv = command:flag "--csv"
    :description "Print the call-outs of all as CSV."
  command:mutex(json, csv)
  options.timeout(command)
  batch_queue.options(command)
  tower.fallback(command)
  tower.records(command)
  tower.options(command)
end

-- ---- one drawing ----

local function request_of(given, image, path)
  return {
    image = image, file = path, tags = given.tags[1] and given.tags, include_ocr = false,
    prompt = given.prompt, variables = options.variables(given.variables), pages = given.pages,
    dpi = given.dpi,
    no_text_layer = given.no_text_layer, timeout_seconds = given.timeout,
    local_only = given.local_only,
  }
end

-- The manager as a provider: its answers are the readings. `failures` has what it answered where
-- it failed.
local function reader_of(manager, given, failures)
  return {
    name = "manager",
    webhook_manager = manager:current_provider().webhook_manager, -- the batch is told of, too
    analyze_image = function(_, image, own)
      local answer, err = manager:analyze(request_of(given, image, own and own.file))
      if err then
        failures[err] = answer
        return nil, err
      end
      return answer
    end,
  }
end

-- ---- what is printed of it ----

local function summary_line(path, answer, terminal)
  local drawing = answer.description.drawing
  local callouts = drawing and text.count(#drawing.callouts, "call-out") .. ", " or ""
  local line = ("%s: %sconfidence %s, %s: %s"):format(text.clean(path), callouts,
    output.percent(answer.description.confidence),
    answer.resumed and "already done" or output.duration(answer.processing_time_ms),
    text.clean(answer.description.summary))
  return (terminal.is_terminal and text.cut(line, terminal.width) or line) .. "\n"
end

local function csv_writer()
  local csv = require "vision.reading.csv"
  local first = true
  return function(path, answer)
    local drawing = answer.description.drawing or {}
    local rows = csv.rows(drawing.callouts or {}, { header = first, file = path })
    first = false
    return rows
  end
end

-- What a file's end is on stdout, and what it says of its failure.
local function printer(given, context, failures)
  local show, terminal = given.csv and csv_writer() or summary_line, context.terminal(1)
  return function(path, answer, err)
    if err and given.json then
      answer = failures[err] or require("vision.response").failure(err, nil, 0)
      failures[err] = nil
      answer.error = files.failure_text(path, err)
    end
    if given.json then
      context.out:write(output.json_line(path, answer))
    elseif answer then
      context.out:write(show(path, answer, terminal))
    end
    context.out:flush()
    if answer and not given.json then files.say_warnings(context, path, answer) end
    if err then files.say_failure(context, path, err) end
  end
end

-- ---- all of them ----

local function count(shown, answer, failure, is_kept)
  local what = failure and failure.no_drawings and "empty" or "all"
  shown[what] = shown[what] + 1
  shown.good = shown.good + (answer and 1 or 0)
  shown.resumed = shown.resumed + (answer and answer.resumed and 1 or 0)
  shown.unstored = shown.unstored + (is_kept and answer and not answer.record_id and 1 or 0)
end

local STORE_FAULTS = { store_unavailable = true, store_full = true, store_damaged = true,
  store_newer = true }

-- Whether going on would cost what cannot be kept, or what may be there already.
local function is_without_store(given, answer, failure)
  if not given.store then return false end
  return answer and not answer.record_id or failure and STORE_FAULTS[failure.reason]
end

-- Prints what each drawing came to, and counts. After Ctrl-C nobody wants to hear of the others.
local function process(given, context, reader, line)
  local batches = require "vision.ensemble.batch"
  local is_too_dear = require("vision.ensemble.patience").is_too_dear
  local show = printer(given, context, reader.failures)
  local images = batches.load_images(given.paths, { recursive = given.recursive or false })
  local shown, processor = { good = 0, all = 0, empty = 0, left = 0, resumed = 0,
    unstored = 0 }, nil
  processor = batches.BatchProcessor.new(reader.provider, {
    max_concurrency = reader.concurrency,
    on_result = function(_, answer, failure, path)
      shown.cancelled = shown.cancelled or files.is_cancelled(failure)
      if files.is_cancelled(failure) then return end
      if given.max_cost and is_too_dear(failure) then
        shown.too_dear = failure
        return processor:stop()
      end
      if is_without_store(given, answer, failure) then
        shown.no_store = true
        processor:stop()
      end
      line:clear()
      show(path, answer or nil, failure)
      count(shown, answer, failure, given.store)
    end,
    progress_callback = function(progress)
      shown.total, progress.resumed = progress.total, shown.resumed
      if not shown.cancelled then line:draw(progress) end
    end,
  })
  processor:process(images)
  if shown.too_dear or shown.no_store then shown.left = images:count() - shown.all - shown.empty end
  return shown
end

local function own_reader(given, context, make)
  local manager = options.manager(given, context, nil, make)
  local ok, err = options.ready(manager, given)
  if not ok then return nil, err end
  local failures = setmetatable({}, { __mode = "k" })
  return { provider = reader_of(manager, given, failures), failures = failures,
    concurrency = given.concurrency, close = function() end }
end

local function run_batch(given, context, make)
  local reader, err = (given.queue and batch_queue.reader or own_reader)(given, context, make)
  if not reader then return nil, err end
  local line = bar.new(context.err, context.terminal(2))
  local stop = following.start(context, line)
  line:draw(bar.BEGIN)
  local done, shown = pcall(process, given, context, reader, line)
  line:clear()
  stop()
  reader.close()
  if not done then error(shown, 0) end
  return shown
end

local function say_end(context, shown, interrupted, seconds)
  local cli = require "vision.cli"
  if shown.all == 0 and shown.empty > 0 then
    return cli.say(context, "there was no drawing to read")
  end
  cli.say(context, "%d of %s read in %s%s%s", shown.good,
    text.count(interrupted and shown.total or shown.all + shown.left, "drawing"),
    output.duration(seconds * 1000),
    shown.resumed > 0 and (", %d of them before"):format(shown.resumed) or "",
    interrupted and ", then stopped" or "")
  if shown.unstored > 0 then
    cli.say(context, "%s could not be stored", text.count(shown.unstored, "result"))
  end
  if shown.no_store and shown.left > 0 then
    cli.say(context, "stopped, for nothing is kept; %s left: run it again when the store is there",
      text.count(shown.left, "drawing"))
  end
  if shown.too_dear then
    cli.say(context, "stopped before --max-cost would be passed; %s left: %s",
      text.count(shown.left, "drawing"), shown.too_dear.message)
  end
end

function batch.run(given, context)
  local cli = require "vision.cli"
  for _, path in ipairs(given.paths) do
    if path == "-" then
      return cli.EXIT.USAGE, "a batch reads folders and files; 'vision analyze -' reads standard "
        .. "input"
    end
  end
  local refusal = batch_queue.refusal(given)
  if refusal then return cli.EXIT.USAGE, refusal end
  local clock = require "vision.base.clock"
  local started = clock.mono()
  given.resume = true
  local make, close = tower.maker(given, context)
  local interrupted, shown, err = interrupt.run(function()
    return run_batch(given, context, make)
  end)
  close()
  if shown then say_end(context, shown, interrupted, clock.mono() - started) end
  if interrupted then return cli.EXIT.INTERRUPTED end
  if err then cli.say(context, "%s", err.message) end
  local all_good = shown and shown.good == shown.all + shown.left and shown.empty == 0
    and shown.unstored == 0
  return all_good and cli.EXIT.DONE or cli.EXIT.FAILED
end

return batch
