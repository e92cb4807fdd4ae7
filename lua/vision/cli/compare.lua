-- SPDX-License-Identifier: MIT
-- vision compare: one drawing through several providers, and who said what.

local compare_output = require "vision.cli.compare_output"
local files = require "vision.cli.files"
local interrupt = require "vision.cli.interrupt"
local options = require "vision.cli.options"
local tower = require "vision.cli.tower"

local compare = {}

compare.summary = "Ask several providers about a drawing"
compare.description = [[
Asks several providers about one drawing at once, and shows who read what: title block and call-outs
in rows, providers in columns, dissent marked.

With the strategy 'consensus' the answer is voted, call-out by call-out; with another one it is that
of one provider, or made of all. Your own strategies are scripts of selection/ in your scripts
folder. The local reading is a witness: numbers that it has not seen are marked.]]

compare.examples = {
  { "vision compare flange.pdf", "all that have a key, and this machine" },
  { "vision compare --providers openai,anthropic,local flange.pdf", "these three" },
  { "vision compare --providers openai/gpt-5.4,openai/gpt-5.4-mini flange.pdf",
    "two models of one provider" },
  { "vision compare --strategy highest_confidence --json flange.pdf", "for a program" },
}

function compare.configure(command, words)
  command:argument "FILE" :target "file" :argname "FILE"
    :description "PNG, JPEG, GIF, WebP, TIFF, BMP or PDF."
  command:option "--providers" :argname "LIST" :convert(options.providers)
    :description("Who is asked, with commas between; a model stands behind a stroke: "
      .. "openai/MODEL. Default: all that have a key, and local.")
  command:option "--strategy" :argname "NAME" :default "consensus"
    :description("How the answer is chosen or made: consensus, highest_confidence, "
      .. "first_success, majority_vote, weighted_average, or a script of yours.")
  command:flag "--local-only"
    :description "Make no network call at all; what would need one fails."
  options.prompt(command, words.prompts)
  options.pages_and_dpi(command)
  options.text_layer(command)
  command:flag "--json" :description "Print the comparison as one JSON object."
  options.timeout(command)
  tower.records(command)
  tower.options(command)
end

local function analyze_options(given)
  return {
    prompt = given.prompt, variables = options.variables(given.variables), pages = given.pages,
    dpi = given.dpi, no_text_layer = given.no_text_layer, file = given.file,
    tags = given.tags[1] and given.tags,
  }
end

-- What is wrong with the drawing comes with its file, what is wrong with a provider without.
local function ask(given, make)
  local comparator, err = options.comparator(given, given.strategy, make)
  if not comparator then return nil, err end
  local image, result
  image, err = files.image(given.file)
  if image then
    result, err = comparator:compare(image, analyze_options(given))
  end
  return result, err, given.file
end

local function say_failures(context, result)
  for _, name in ipairs(result.endpoints) do
    local err = result.provider_results[name].error
    if err and not files.is_cancelled(err) then
      require("vision.cli").say(context, "%s: %s", name, err.message)
    end
  end
end

-- Programs get an object then, too.
local function failed(given, context, err, file)
  local cli = require "vision.cli"
  local words = file and files.failure_text(file, err) or err.message
  if given.json then
    context.out:write(compare_output.json_failure(given.file, given.strategy, err, words))
  end
  cli.say(context, "%s", words)
  return cli.EXIT.FAILED
end

function compare.run(given, context)
  local cli = require "vision.cli"
  files.read_standard_input { given.file }
  local make, close = tower.maker(given, context)
  local interrupted, result, err, file = interrupt.run(function() return ask(given, make) end)
  close()
  if interrupted then return cli.EXIT.INTERRUPTED end
  if not result then
    if err.reason == "invalid_option" and not err.configuration then
      return cli.EXIT.USAGE, err.message
    end
    return failed(given, context, err, file)
  end
  if given.json then
    context.out:write(compare_output.json(given.file, result))
  else
    context.out:write(compare_output.text(given.file, result, context.terminal(1)))
  end
  say_failures(context, result)
  return result.selected_result and cli.EXIT.DONE or cli.EXIT.FAILED
end

return compare
