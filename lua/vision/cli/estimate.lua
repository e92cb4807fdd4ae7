-- SPDX-License-Identifier: MIT
-- vision estimate: what asking a model would cost.

local estimate_view = require "vision.cli.estimate_view"
local interrupt = require "vision.cli.interrupt"
local files = require "vision.cli.files"
local options = require "vision.cli.options"
local output = require "vision.cli.output"

local estimate = {}

estimate.summary = "Say what asking a model would cost"
estimate.description = [[
Counts, before anything is sent, the tokens of each drawing for a model and what they cost at most;
of a folder, of all drawings in it. What is not known (the price of a model that is not listed, for
instance) is said to be unknown and never taken for nothing. No network call is made and no key is
needed.]]

estimate.examples = {
  { "vision estimate --provider openai flange.pdf", "with the default model" },
  { "vision estimate --provider anthropic drawings/", "a folder, before it is read" },
  { "vision estimate --provider anthropic --json *.pdf", "one JSON object a line" },
}

function estimate.configure(command, words)
  command:argument "FILE" :target "files" :argname "FILE" :args "+"
    :description("PNG, JPEG, GIF, WebP, TIFF, BMP or PDF, or a folder of them; '-' is standard "
      .. "input.")
  command:flag "--recursive" :description "Read folders in folders, too."
  options.provider(command)
  options.prompt(command, words.prompts)
  options.tile(command)
  options.pages_and_dpi(command)
  command:flag "--json"
    :description("Print as JSON, one object a line, with the same keys on failure; of a folder the "
      .. "last one is the total.")
  options.timeout(command)
end

local FIELDS = { "file", "success", "provider", "model", "estimate", "error", "code", "reason" }

-- Nothing is sent, so where the key is missing any text will do for one.
local function provider_of(given, context)
  local provider, err = options.manager(given, context):current_provider()
  if err and err.reason == "missing_key" then
    return options.manager(given, context, { api_key = "none" }):current_provider()
  end
  return provider, err
end

local function answer_of(provider, given, image)
  local answer = { success = true, provider = provider.name, model = provider.model }
  -- One that reads on this machine has nothing to count.
  if not provider.estimate then return answer end
  local err
  answer.estimate, err = provider:estimate(image, {
    prompt = given.prompt,
    variables = options.variables(given.variables),
    pages = given.pages,
    dpi = given.dpi,
  })
  if not answer.estimate then return nil, err end
  return answer
end

local function failure(err, provider)
  return {
    success = false, provider = provider and provider.name, model = provider and provider.model,
    error = err.message, code = err.code, reason = err.reason,
  }
end

local function json_line(path, answer)
  local json = require "vision.base.json"
  answer.file = path
  return json.encode(json.with_nulls(answer, FIELDS)) .. "\n"
end

-- ---- files ----

local function each_file(given, context, provider, provider_err)
  return files.each({
    files = given.files,
    json = given.json,
    show = estimate_view.block,
    encode = json_line,
    analyze = function(path)
      if not provider then return failure(provider_err), provider_err end
      local answer, err = files.under_deadline(given.timeout, function()
        local image, no_image = files.image(path)
        if not image then return nil, no_image end
        return answer_of(provider, given, image)
      end)
      if answer then return answer end
      err = require("vision.base.error").from(err)
      return failure(err, provider), err
    end,
  }, context)
end

-- ---- folders ----

local function is_folder(path)
  local place = io.open(path .. "/.") -- of a file there is none
  if place then place:close() end
  return place ~= nil
end

local function has_folder(paths)
  for _, path in ipairs(paths) do
    if is_folder(path) then return true end
  end
  return false
end

local function go_through(given, context, provider, total)
  local images = require("vision.ensemble.batch").load_images(given.files,
    { recursive = given.recursive or false })
  for image, path, err in images do
    local answer
    if image then
      answer, err = files.under_deadline(given.timeout, function()
        return answer_of(provider, given, image)
      end)
    end
    if files.is_cancelled(err) then return end
    total:add(path, answer, err)
    if given.json then context.out:write(json_line(path, answer or failure(err, provider))) end
    if not answer then files.say_failure(context, path, err) end
  end
end

local function whole_folders(given, context, provider, provider_err)
  local cli = require "vision.cli"
  if not provider then
    cli.say(context, "%s", provider_err.message)
    return cli.EXIT.FAILED
  end
  local total = estimate_view.total(output.who {
    provider = provider.name, model = provider.model })
  local interrupted = interrupt.run(function()
    go_through(given, context, provider, total)
  end)
  if interrupted then return cli.EXIT.INTERRUPTED end
  context.out:write(given.json and total:json() or total:text(context.terminal(1)))
  return total.failed == 0 and cli.EXIT.DONE or cli.EXIT.FAILED
end

function estimate.run(given, context)
  local provider, err = provider_of(given, context)
  local all = has_folder(given.files) and whole_folders or each_file
  return all(given, context, provider, err)
end

return estimate
