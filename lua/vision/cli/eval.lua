-- SPDX-License-Identifier: MIT
-- vision eval: how well drawings are read, against labels made by hand.

local eval_output = require "vision.cli.eval_output"
local files = require "vision.cli.files"
local interrupt = require "vision.cli.interrupt"
local options = require "vision.cli.options"
local progress = require "vision.cli.progress"

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

Below them stand, sheet by sheet, the labels that were missed, and the call-outs that are misread
(some number of theirs is not on the sheet) or invented.]]

eval.examples = {
  { "vision eval labels/", "how well this machine reads" },
  { "vision eval --save before.json labels/", "keep the figures for later" },
  { "vision eval --compare before.json labels/", "what a change has gained and lost" },
  { "vision eval --no-text-layer labels/", "the same sheets as if they were scans" },
  { "vision eval --provider openai --json labels/", "how well a model reads, for a program" },
}

function eval.configure(command)
  command:argument "LABELS" :target "labels" :argname "LABELS"
    :description "A folder of drawings with their labels."
  options.provider(command)
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

local function read_sheet(manager, sheet, given, shown)
  shown:begin(sheet.file)
  local answer, err = files.analyze(manager, sheet.file, {
    include_ocr = false,
    dpi = given.dpi,
    no_text_layer = given.no_text_layer,
    timeout_seconds = given.timeout,
    on_progress = shown:reporter(),
  }, given.timeout)
  shown:clear()
  return answer.success and answer.description.drawing or nil, err
end

local function read_all(sheets, given, context)
  local scores = require "vision.reading.eval"
  local manager = options.manager(given, context)
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
  end
  result.total = scores.figures(counts)
  return result
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
  local interrupted, result = interrupt.run(function() return read_all(sheets, given, context) end)
  if interrupted then return cli.EXIT.INTERRUPTED end
  local ok
  ok, err = report(result, before, given, context)
  if not ok then cli.say(context, "%s", err.message) end
  return ok and #result.unread == 0 and cli.EXIT.DONE or cli.EXIT.FAILED
end

return eval
