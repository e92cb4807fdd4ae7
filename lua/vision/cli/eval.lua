-- SPDX-License-Identifier: MIT
-- vision eval: how well drawings are read, against labels made by hand.

local calibrate = require "vision.cli.calibrate"
local eval_output = require "vision.cli.eval_output"
local files = require "vision.cli.files"
local interrupt = require "vision.cli.interrupt"
local options = require "vision.cli.options"
local progress = require "vision.cli.progress"
local tower = require "vision.cli.tower"

local eval = {}

eval.summary = "Score readings against labels"
eval.description = [[
Reads each labelled mechanical drawing of a folder and says how much of it was read rightly. A label
is NAME.json beside its drawing. Figures are shares from 0 to 1 over all drawings:

   recall    labelled numbers that stand in some call-out
   prec.     numbers in call-outs that stand on the sheet
   F1        both in one figure
   calls     labelled dimensions and threads given whole
   diam.     labelled diameters given with sign and value
   frames    feature control frames given whole
   title     title-block fields with the right value
   inv.      call-outs invented: none of their numbers stands on the sheet

With --providers several read each drawing and their consensus is scored. --calibrate measures how
good each reader is, how true its confidences are, and keeps that for consensus to use.

Below them stand, sheet by sheet, the labels that were missed, and the call-outs that are misread
(some number of theirs is not on the sheet) or invented.]]

eval.examples = {
  { "vision eval labels/", "how well this machine reads" },
  { "vision eval --save before.json labels/", "keep the figures for later" },
  { "vision eval --compare before.json labels/", "what a change has gained and lost" },
  { "vision eval --no-text-layer labels/", "the same sheets as if they were scans" },
  { "vision eval --provider openai --json labels/", "how well a model reads, for a program" },
  { "vision eval --calibrate --providers openai,anthropic,local labels/",
    "what each of three is worth in a consensus" },
}

function eval.configure(command)
  command:argument "LABELS" :target "labels" :argname "LABELS"
    :description "A folder of drawings with their labels."
  options.provider(command)
  command:option "--providers" :argname "LIST" :convert(options.providers)
    :description("Several that read each drawing, as for 'vision compare'; their consensus is "
      .. "scored.")
  command:flag "--calibrate"
    :description "Keep what was measured of the readers, in your own folder, for consensus to use."
  options.text_layer(command)
  command:option "--dpi" :argname "NUMBER" :convert(options.dpi)
    :description "Dots per inch at which PDF pages are drawn. Default: 200."
  command:option "--save" :argname "FILE"
    :description "Write the result to a file, as JSON."
  command:option "--compare" :argname "FILE"
    :description "Show how the result differs from an earlier one that was saved."
  command:flag "--json" :description "Print the result as one JSON object."
  options.timeout(command)
end

-- Whoever reads, and what each of them gave of the last drawing.
local function readers_of(given, context)
  local last = { inputs = {} }
  -- What is measured is read anew.
  local create = tower.maker(setmetatable({ no_cache = true }, { __index = given }), context)
  if not given.providers then
    local manager = options.manager(given, context, nil, create)
    last.name = function()
      local provider = manager:current_provider()
      return provider and (provider.endpoint_name or provider.name)
    end
    return manager, last
  end
  local comparator, err = options.comparator(given, "consensus", create)
  if not comparator then return nil, nil, err end
  local provider = { name = "consensus", analyze_image = function(_, image, analyze)
    local result, failure = comparator:compare(image, analyze)
    if not result then return nil, failure end
    last.inputs = {}
    for _, name in ipairs(result.endpoints) do
      local one = result.provider_results[name]
      if one.success then table.insert(last.inputs, { name = name, reading = one.result }) end
      failure = failure or one.error
    end
    return result.selected_result, failure
  end }
  return context.manager { provider = provider }, last
end

-- Of one reader the reading is all there is.
local function inputs_of(last, drawing)
  if not last.name then return last.inputs end
  return { { name = last.name(), reading = { drawing = drawing, provider = last.name() } } }
end

local function read_sheet(manager, sheet, given, shown)
  shown:begin(sheet.file)
  local answer, err = files.analyze(manager, sheet.file, {
    include_ocr = false,
    dpi = given.dpi,
    no_text_layer = given.no_text_layer,
    on_progress = shown:reporter(),
  }, given.timeout)
  shown:clear()
  return answer.success and answer.description.drawing or nil, err
end

local function read_all(sheets, given, context)
  local scores = require "vision.reading.eval"
  local manager, last, refused = readers_of(given, context)
  if not manager then return nil, refused end
  local kept = given.calibrate and calibrate.new()
  local shown = progress.new(context.err, context.terminal(2), #sheets)
  local result, counts = { names = {}, unread = {}, each = {} }, {}
  for i, sheet in ipairs(sheets) do
    local drawing, err = read_sheet(manager, sheet, given, shown)
    if files.is_cancelled(err) then return end
    if err then
      files.say_failure(context, sheet.file, err)
      table.insert(result.unread, sheet.name)
    end
    local own = scores.score(sheet.label, drawing)
    scores.add(counts, own)
    result.names[i], result.each[sheet.name] = sheet.name, scores.figures(own)
    result.each[sheet.name].findings = scores.findings(sheet.label, drawing)
    if kept and drawing then kept:add(sheet.label, drawing, inputs_of(last, drawing)) end
  end
  result.total = scores.figures(counts)
  local err
  if kept then
    result.calibration, err = kept:save()
  end
  return result, err
end

-- What is needed before minutes are spent on reading.
local function prepare(given)
  local sheets, err = require("vision.reading.labels").read(given.labels)
  local before
  if sheets and given.compare then
    before, err = require("vision.reading.comparison").load(given.compare)
  end
  return not err and sheets, before, err
end

local function report(result, before, given, context)
  local compared = before and require("vision.reading.comparison").of(before, result)
  if given.json then
    context.out:write(eval_output.json(result, compared))
  else
    context.out:write(eval_output.text(result, compared, given.compare, context.terminal(1)))
    if result.calibration then
      context.out:write(calibrate.text(result.calibration, context.terminal(1)))
    end
  end
  if not given.save then return true end
  return files.write(given.save, eval_output.json(result))
end

function eval.run(given, context)
  local cli = require "vision.cli"
  local sheets, before, err = prepare(given)
  if not sheets then
    cli.say(context, "%s", err.message)
    return cli.EXIT.FAILED
  end
  local interrupted, result
  interrupted, result, err = interrupt.run(function() return read_all(sheets, given, context) end)
  if interrupted then return cli.EXIT.INTERRUPTED end
  if err then cli.say(context, "%s", err.message) end
  if not result then return cli.EXIT.FAILED end
  local ok, failure = report(result, before, given, context)
  if not ok then cli.say(context, "%s", failure.message) end
  return ok and not err and #result.unread == 0 and cli.EXIT.DONE or cli.EXIT.FAILED
end

return eval
