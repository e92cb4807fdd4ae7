-- SPDX-License-Identifier: MIT
-- Options that several commands have, each declared once; and what turns their text into values.
-- A converter returns nil and a message where the text is wrong: that is a usage error.

local options = {}

-- Far more than a set of sheets has; a typing slip such as 1-99999999 must not fill the memory.
local MAX_PAGES = 10000

--- What --provider may be. It stands here too so that --help need not load any provider.
options.PROVIDERS = {
  "auto", "deepseek", "openai", "azure", "anthropic", "openai_compatible", "local", "stub",
}

local function number_between(what, low, high, whole)
  return function(text)
    local number = tonumber(text)
    if number and number >= low and number <= high and (not whole or number % 1 == 0) then
      return number
    end
    return nil, ("%s must be a %s from %s to %s, not '%s'"):format(
      what, whole and "whole number" or "number", low, high, text)
  end
end

options.number_between = number_between

--- Dots per inch.
options.dpi = number_between("--dpi", 50, 600, true)

--- Drawings at the same time.
options.concurrency = number_between("--concurrency", 1, 1000, true)

local function pages_error(text)
  return nil, ("--pages wants numbers and ranges such as 1 or 2,4-6, not '%s'"):format(text)
end

--- "1,3-5" -> { 1, 3, 4, 5 }: ascending, each once.
---@param text string
---@return integer[]|nil pages
---@return string? message
function options.pages(text)
  local wanted, pages = {}, {}
  for part in (text .. ","):gmatch "([^,]*)," do
    local first, last = part:match "^%s*(%d+)%s*%-%s*(%d+)%s*$"
    first = tonumber(first or part:match "^%s*(%d+)%s*$")
    last = tonumber(last) or first
    if not first or first < 1 or last < first or last > MAX_PAGES then
      return pages_error(text)
    end
    for page = first, last do
      wanted[page] = true
    end
  end
  for page in pairs(wanted) do
    pages[#pages + 1] = page
  end
  table.sort(pages)
  return pages
end

local function is_provider(name)
  for _, known in ipairs(options.PROVIDERS) do
    if name == known then return true end
  end
end

--- "anthropic, local" -> { "anthropic", "local" }
---@param text string
---@return string[]|nil names
---@return string? message
function options.provider_names(text)
  local names = {}
  for name in (text .. ","):gmatch "%s*([^,]-)%s*," do
    if not is_provider(name) then
      return nil, ("'%s' is no provider; there are %s"):format(name,
        table.concat(options.PROVIDERS, ", "))
    end
    names[#names + 1] = name
  end
  return names
end

--- "focus=threads" -> { "focus", "threads" }
function options.variable(text)
  local name, value = text:match "^([%a_][%w_]*)=(.*)$"
  if not name then
    return nil, ("--var wants NAME=VALUE, not '%s'"):format(text)
  end
  return { name, value }
end

--- A label: text, not empty.
function options.tag(text)
  local ok, err = require("vision.records.record").check_tags { text }
  return ok and text, not ok and "--tag: " .. err.message or nil
end

function options.files(command)
  command:argument "FILE" :target "files" :argname "FILE" :args "+"
    :description "PNG, JPEG, GIF, WebP, TIFF, BMP or PDF; '-' is standard input."
end

function options.provider(command)
  command:option "--provider" :argname "NAME" :choices(options.PROVIDERS)
    :description(("Who reads: %s. Without it VISION_PROVIDER, else auto: the first that has a key, "
      .. "else local."):format(table.concat(options.PROVIDERS, ", ")))
  command:option "--model" :argname "NAME"
    :description "The model, where the provider has several."
  command:flag "--local-only"
    :description "Make no network call at all; what would need one fails."
end

--- The prompt and its variables.
---@param command table
---@param names? string[] what --prompt may be, for completion
function options.prompt(command, names)
  local prompt = command:option "--prompt" :argname "NAME"
    :description("The prompt a model is asked with; 'vision prompts' lists them. "
      .. "Default: engineering_drawing.")
  if names then prompt:choices(names) end
  command:option "--var" :argname "NAME=VALUE" :target "variables" :count "*"
    :convert(options.variable)
    :description "A variable of the prompt; may be given several times."
end

function options.tile(command)
  command:flag "--tile"
    :description("Send a model a large sheet also in enlarged parts, so that small lettering is "
      .. "not lost; costs more.")
end

function options.pages_and_dpi(command)
  command:option "--pages" :argname "LIST" :convert(options.pages)
    :description "Pages of a PDF or TIFF, for example 1 or 2,4-6."
  command:option "--dpi" :argname "NUMBER" :convert(options.dpi)
    :description("Dots per inch at which PDF pages are drawn; boxes are in these dots. "
      .. "Default: 200.")
end

function options.text_layer(command)
  command:flag "--no-text-layer"
    :description("Read the picture of a PDF page and not the text in the file, as if it were a "
      .. "scan.")
end

function options.timeout(command)
  command:option "--timeout" :argname "SECONDS"
    :convert(number_between("--timeout", 0.001, 86400))
    :description "Give a file up after so many seconds, whatever it is waiting for."
end

--- "openai/gpt-5.4,local" -> { { "openai", "gpt-5.4" }, { "local" } }
function options.providers(text)
  local list, known, seen = {}, {}, {}
  for _, name in ipairs(options.PROVIDERS) do
    known[name] = name ~= "auto"
  end
  for item in (text .. ","):gmatch "([^,]*)," do
    local name, model = item:match "^%s*([%w_]+)/?(%S-)%s*$"
    if not name or not known[name] then
      return nil, ("--providers wants names such as openai,anthropic/MODEL,local, not '%s'")
        :format(item)
    end
    local whole = model == "" and name or name .. "/" .. model
    if seen[whole] then
      return nil, ("--providers names '%s' twice"):format(whole)
    end
    seen[whole], list[#list + 1] = true, { name, model ~= "" and model or nil }
  end
  return list
end

local function all_ready()
  local list = {}
  for i, name in ipairs(require("vision.providers").ready()) do list[i] = { name } end
  return list
end

--- Those who read side by side: those of --providers, else all that could.
---@param given table the parsed options: providers, local_only, timeout
---@param strategy string
---@param create fun(wanted: string, options: table): table|nil, vision.error?  makes a provider
---@return vision.ProviderComparator|nil
---@return vision.error? err
function options.comparator(given, strategy, create)
  if given.local_only then
    require("vision.base.http").local_only = true
  end
  local made = {}
  for i, item in ipairs(given.providers or all_ready()) do
    local provider, err = create(item[1], { model = item[2] })
    if not provider then return nil, err end
    made[i] = provider
  end
  return require("vision.ensemble.comparison").ProviderComparator.new(made,
    { selection_strategy = strategy, timeout_seconds = given.timeout })
end

--- The table of --var's pairs; nil where there are none.
---@param given { [1]: string, [2]: string }[]
---@return table<string, string>?
function options.variables(given)
  if #given == 0 then return nil end
  local variables = {}
  for _, pair in ipairs(given) do
    variables[pair[1]] = pair[2]
  end
  return variables
end

--- The manager that reads for a command. A provider that cannot be had is an error here, never
--- a stub in its place: a shell script would take the fixed answer for a reading.
---@param given table the parsed options
---@param context vision.cli.Context
---@param more table? further options of the provider
---@param create? fun(wanted: string?, options: table): table|nil, vision.error?  makes the provider
function options.manager(given, context, more, create)
  if given.local_only then
    require("vision.base.http").local_only = true
  end
  local provider_options = {
    model = given.model,
    tile = given.tile,
  }
  if not create then provider_options.fallback_to_stub = false end
  for name, value in pairs(more or {}) do
    provider_options[name] = value
  end
  return context.manager {
    provider = given.provider,
    provider_options = provider_options,
    create = create,
  }
end

--- Whether a manager could read at all: what is wrong with the configuration, the key or the prompt
--- is said once, and not for each of a thousand drawings.
---@param manager vision.VisionManager
---@param given table the parsed options
---@return true|nil
---@return vision.error? err
function options.ready(manager, given)
  local provider, err = manager:current_provider()
  if not provider then return nil, err end
  local system, prompt_err = require("vision.policy.prompts").get_prompts(given.prompt,
    options.variables(given.variables))
  if not system then return nil, prompt_err end
  return true
end

return options
