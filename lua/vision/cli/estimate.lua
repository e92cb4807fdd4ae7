-- SPDX-License-Identifier: MIT
-- vision estimate: what asking a model would cost.

local files = require "vision.cli.files"
local options = require "vision.cli.options"
local output = require "vision.cli.output"
local text = require "vision.cli.text"

local estimate = {}

estimate.summary = "Say what asking a model would cost"
estimate.description = [[
Counts, before anything is sent, the tokens of each drawing for a model and what they cost at most.
What is not known (the price of a model that is not listed, for instance) is said to be unknown and
never taken for nothing. No network call is made and no key is needed.]]

estimate.examples = {
  { "vision estimate --provider openai flange.pdf", "with the default model" },
  { "vision estimate --provider anthropic --json *.pdf", "one JSON object a line" },
}

function estimate.configure(command, words)
  options.files(command)
  options.provider(command)
  options.prompt(command, words.prompts)
  options.tile(command)
  options.pages_and_dpi(command)
  command:flag "--json"
    :description "Print as JSON, one object a line, with the same keys on failure."
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

local function answer_of(provider, given, path)
  local image, err = files.image(path)
  if not image then return nil, err end
  local answer = { success = true, provider = provider.name, model = provider.model }
  -- One that reads on this machine has nothing to count.
  if provider.estimate then
    answer.estimate, err = provider:estimate(image, {
      prompt = given.prompt,
      variables = options.variables(given.variables),
      pages = given.pages,
      dpi = given.dpi,
    })
    if err then return nil, err end
  end
  return answer
end

local function failure(err, provider)
  return {
    success = false, provider = provider and provider.name, model = provider and provider.model,
    error = err.message, code = err.code, reason = err.reason,
  }
end

local function dollars(usd)
  return usd and ("at most $%.4f"):format(usd) or "unknown"
end

local function add_figures(page, found)
  local rows = {}
  for _, image in ipairs(found.images) do
    rows[#rows + 1] = {
      text.clean(("page %s, %s"):format(image.page or 1, image.part or "whole")),
      ("%d x %d"):format(image.width, image.height),
      ("%s tokens"):format(image.tokens or "?"),
    }
  end
  page:columns(rows)
  page:columns {
    { "Input", ("%s tokens"):format(found.input_tokens or "unknown number of") },
    { "Output", ("at most %d tokens"):format(found.output_tokens) },
    { "Cost", dollars(found.cost_usd)
      .. (found.price_date and (" (prices of %s)"):format(found.price_date) or "") },
  }
  for _, warning in ipairs(found.warnings or {}) do
    page:paragraph(warning, "  Note: ", "    ")
  end
end

local function block(path, answer, terminal)
  local page = output.page(terminal)
  page:add(page:paint("bold", text.clean(path)) .. page:paint("dim", " - " .. output.who(answer)))
  if answer.estimate then
    add_figures(page, answer.estimate)
  else
    page:add "  Read on this machine: costs nothing."
  end
  return page:text()
end

function estimate.run(given, context)
  local provider, provider_err = provider_of(given, context)
  return files.each({
    files = given.files,
    json = given.json,
    show = block,
    encode = function(path, answer)
      local json = require "vision.base.json"
      answer.file = path
      return json.encode(json.with_nulls(answer, FIELDS)) .. "\n"
    end,
    analyze = function(path)
      if not provider then return failure(provider_err), provider_err end
      local answer, err = files.under_deadline(given.timeout, function()
        return answer_of(provider, given, path)
      end)
      if answer then return answer end
      err = require("vision.base.error").from(err)
      return failure(err, provider), err
    end,
  }, context)
end

return estimate
