-- SPDX-License-Identifier: MIT
-- vision eval: how well drawings are read, against labels made by hand.

local files = require "vision.cli.files"
local interrupt = require "vision.cli.interrupt"
local options = require "vision.cli.options"
local output = require "vision.cli.output"
local progress = require "vision.cli.progress"
local text = require "vision.cli.text"

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
   inv.      call-outs invented: none of their numbers stands on the sheet]]

eval.examples = {
  { "vision eval labels/", "how well this machine reads" },
  { "vision eval --provider openai --json labels/", "how well a model reads, for a program" },
}

function eval.configure(command)
  command:argument "LABELS" :target "labels" :argname "LABELS"
    :description "A folder of drawings with their labels."
  options.provider(command)
  command:option "--dpi" :argname "NUMBER" :convert(options.dpi)
    :description "Dots per inch at which PDF pages are drawn. Default: 200."
  command:flag "--json" :description "Print the figures as one JSON object."
  options.timeout(command)
end

-- Name of a figure -> head of its column.
local HEADS = {
  number_recall = "recall", number_precision = "prec.", number_f1 = "F1", callouts = "calls",
  diameters = "diam.", frames = "frames", title_block = "title", invented = "inv.",
}

local function read_all(sheets, given, context)
  local json = require "vision.base.json"
  local scores = require "vision.reading.eval"
  local manager = options.manager(given, context)
  local shown = progress.new(context.err, context.terminal(2))
  local rows, unread, total = {}, json.array(), {}
  for i, sheet in ipairs(sheets) do
    shown:show(("[%d/%d] reading %s"):format(i, #sheets, sheet.file))
    local request = { include_ocr = false, dpi = given.dpi, timeout_seconds = given.timeout }
    local answer, err = files.analyze(manager, sheet.file, request, given.timeout)
    shown:clear()
    if files.is_cancelled(err) then return end
    if err then
      files.say_failure(context, sheet.file, err)
      unread[#unread + 1] = sheet.name
    end
    local counts = scores.score(sheet.label, answer.success and answer.description.drawing or nil)
    rows[i] = { name = sheet.name, figures = scores.figures(counts) }
    scores.add(total, counts)
  end
  return { rows = rows, unread = unread, total = scores.figures(total) }
end

local function cells_of(name, figures, order)
  local cells = { text.clean(name) }
  for i, figure in ipairs(order) do
    cells[i + 1] = figures[figure] and ("%.3f"):format(figures[figure]) or "-"
  end
  return cells
end

local function show(result, context)
  local order = require("vision.reading.eval").FIGURES
  local head = { "drawing" }
  for i, figure in ipairs(order) do
    head[i + 1] = HEADS[figure]
  end
  local rows = { head }
  for _, row in ipairs(result.rows) do
    rows[#rows + 1] = cells_of(row.name, row.figures, order)
  end
  rows[#rows + 1] = cells_of("ALL", result.total, order)
  local page = output.page(context.terminal(1))
  page:columns(rows)
  context.out:write(page:text())
end

local function encode(result)
  local json = require "vision.base.json"
  local order = require("vision.reading.eval").FIGURES
  local each = {}
  for _, row in ipairs(result.rows) do
    each[row.name] = json.with_nulls(row.figures, order)
  end
  return json.encode {
    drawings = #result.rows,
    unread = result.unread,
    total = json.with_nulls(result.total, order),
    each = each,
  }
end

function eval.run(given, context)
  local cli = require "vision.cli"
  local sheets, err = require("vision.reading.labels").read(given.labels)
  if not sheets then
    cli.say(context, "%s", err.message)
    return cli.EXIT.FAILED
  end
  local interrupted, result = interrupt.run(function() return read_all(sheets, given, context) end)
  if interrupted then return cli.EXIT.INTERRUPTED end
  if given.json then
    context.out:write(encode(result), "\n")
  else
    show(result, context)
  end
  return #result.unread == 0 and cli.EXIT.DONE or cli.EXIT.FAILED
end

return eval
