-- SPDX-License-Identifier: MIT
-- What a provider is, and the factory that makes one.
--
-- A provider is a table:
--
--   provider.name            "openai": who reads, as in `reading.provider`
--   provider.model           "gpt-5.4-mini", or nil where there are no models
--   provider.endpoint_name   "openai/gpt-5.4-mini": a provider with two models is two endpoints
--   provider.capabilities    { vision =, pdf =, stream =, network =, answer = … }
--   provider:analyze_image(image, options) -> reading | nil, err
--   provider:analyze_image_stream(image, options) -> events                       (remote ones)
--   provider:estimate(image, options) -> estimate | nil, err                       (remote ones)
--   provider:identity() -> string    all that decides an answer beside picture, prompt and options
--
-- `image` is a handle of `vision.drawing.image` or a string of bytes. `options` is checked: one
-- that the provider does not know is an error. Every provider knows those of `providers.ANALYZE`.
-- A reading is made by `vision.drawing.description.new`.
--
-- A module `vision.providers.NAME` returns
--
--   M.name                   as above
--   M.OPTIONS                what `new` takes: name -> vision.OptionSpec
--   M.network                true: it needs the network
--   M.new(options)           -> provider | nil, err       (options may be nil)
--   M.status()               -> { available =, requires_key =, key_set =, reason = }
--
-- and is known here by its name in MODULES.

local errors = require "vision.base.error"
local http = require "vision.base.http"
local log = require "vision.base.log"
local option_lists = require "vision.base.options"

local providers = {}

local MODULES = {
  deepseek = "vision.providers.deepseek",
  openai = "vision.providers.openai",
  azure = "vision.providers.azure",
  anthropic = "vision.providers.anthropic",
  openai_compatible = "vision.providers.openai_compatible",
  ["local"] = "vision.providers.local",
  stub = "vision.providers.stub",
}

--- Whom `auto` asks, in this order: the keyed ones, then this machine, then the fixed answer.
providers.AUTO_ORDER = { "deepseek", "openai", "anthropic", "local", "stub" }

local MAX_TAGS = 100

local function is_list_of_texts(value)
  for _, tag in ipairs(value) do
    if type(tag) ~= "string" or tag == "" then return false end
  end
  return #value <= MAX_TAGS
end

-- It becomes a header.
local function is_traceparent(value)
  return value:find "^%x%x%-%x+%-%x+%-%x%x$" ~= nil and #value == 55
end

-- Bytes of a question: far more than anybody types.
local MAX_QUESTION = 65536

local function is_question(value) return value:find "%S" ~= nil and #value <= MAX_QUESTION end

--- Options of `analyze_image` that every provider takes.
---@type table<string, vision.OptionSpec>
providers.ANALYZE = {
  prompt = { "name of the prompt template", type = "string" },
  variables = { "values for the variables of the template", type = "table" },
  question = { "what else is asked of a model, in the words of who asks", type = "string",
    must_be = "a text of 1 to 65536 bytes", check = is_question },
  page = { "the one page to read, from 1", type = "integer", min = 1 },
  pages = { "the pages to read, from 1", type = "table" },
  dpi = { "dots per inch at which PDF pages are drawn", type = "integer", min = 50, max = 600 },
  no_text_layer = { "read the pictures of PDF pages, not the text in the file", type = "boolean",
    default = false },
  on_progress = { "called with pages done and pages in all, by who reads page by page",
    type = "function" },
  timeout_seconds = { "seconds for the whole analysis", type = "number", above = 0, max = 86400 },
  include_description = { "false: nothing is asked of a model", type = "boolean", default = true },
  local_only = { "make no network call", type = "boolean", default = false },
  tags = { "words by which costs and records are told apart; up to 100", type = "table",
    must_be = "a list of texts", check = is_list_of_texts },
  budget_key = { "whose budget it is, where budgets are kept by key", type = "string" },
  file = { "the name of the picture's file, for its record", type = "string" },
  traceparent = { "of W3C Trace Context: the trace that a request to a service belongs to",
    type = "string", must_be = "such as 00-TRACE-SPAN-01", check = is_traceparent },
}

--- Who asks no model looks at the prompt all the same: a fault in it shows without a key.
---@param options table  checked ones of `analyze_image`
---@return true|nil
---@return vision.error? err  invalid_option (no such template or variable), script (a faulty file)
function providers.check_prompt(options)
  if options.prompt == nil and options.variables == nil then
    return true
  end
  local get_prompts = require("vision.policy.prompts").get_prompts
  local system, err = get_prompts(options.prompt, options.variables)
  if not system then
    return nil, err
  end
  return true
end

-- Why creating a provider may fail and the stub still serve: the machine lacks something. A wrong
-- option or a broken key is a mistake of the caller and is never hidden by a fixed answer.
local FALLS_BACK = { missing_key = true, missing_library = true }

local function module_of(name)
  return require(MODULES[name])
end

local function unknown(name)
  local names = option_lists.names(MODULES)
  names[#names + 1] = "auto"
  local near = option_lists.nearest(tostring(name), names)
  local hint = near and ("did you mean '%s'?"):format(near)
    or "there are: " .. table.concat(names, ", ")
  local message = ("there is no provider '%s'; %s"):format(option_lists.shown_word(name), hint)
  return nil, errors.new("invalid_option", message)
end

-- In `auto` and in a fallback the options were not written for this provider: it takes those it
-- knows. Who named a model would miss it, so that is said.
local function options_for(module, options)
  local taken = {}
  for name, value in pairs(options) do
    if module.OPTIONS[name] then
      taken[name] = value
    end
  end
  if options.model and not taken.model then
    log.warn("the provider '%s' has no models: '%s' is not asked", module.name, options.model)
  end
  return taken
end

local function stub_instead(name, options, err)
  local module = module_of "stub"
  log.warn("%s; the stub's fixed answer is used in its place", tostring(err))
  return module.new(options_for(module, options), { from = name, because = tostring(err) })
end

--- Whether nothing may leave this machine: by an option, for the process, or by VISION_LOCAL_ONLY.
---@param options table
---@return boolean
function providers.is_local_only(options)
  return options.local_only or http.is_local_only()
end

-- Whether `auto` may try a provider. The stub is never found: one falls back to it.
local function is_candidate(name, module, local_only)
  if name == "stub" or (local_only and module.network) then
    return false
  end
  local status = module.status()
  return not status.requires_key or status.key_set
end

local function find_automatically(options, fallback)
  local local_only = providers.is_local_only(options)
  for _, name in ipairs(providers.AUTO_ORDER) do
    local module = module_of(name)
    if is_candidate(name, module, local_only) then
      local provider, err = module.new(options_for(module, options))
      -- What is not installed leaves the next one; a mistake or a passed deadline does not.
      if provider or err.reason ~= "missing_library" then
        return provider, err
      end
    end
  end
  local err = errors.new("missing_key", "no provider is ready: set DEEPSEEK_API_KEY, "
    .. "OPENAI_API_KEY or ANTHROPIC_API_KEY, or install what the provider 'local' needs "
    .. "(`vision doctor` says what)")
  if not fallback then
    return nil, err
  end
  return stub_instead("auto", options, err)
end

-- (type, options), (options) or nothing -> name, options without what the factory itself takes.
local function arguments(kind, options)
  if type(kind) == "table" then
    kind, options = nil, kind
  end
  local rest = {}
  for name, value in pairs(options or {}) do
    rest[name] = value
  end
  local fallback = rest.fallback_to_stub ~= false
  kind = kind or rest.provider_type or os.getenv "VISION_PROVIDER"
  rest.provider_type, rest.fallback_to_stub = nil, nil
  return (kind == nil or kind == "") and "auto" or kind, rest, fallback
end

--- Makes a provider.
---@param kind string|table|nil a name of MODULES or "auto"; without it VISION_PROVIDER, else
---  "auto". A table is the options, with `provider_type` in it
---@param options table? those of the provider (api_key, model, base_url, timeout_seconds,
---  max_tokens, detail …) and `fallback_to_stub` (true): without a key or a library the stub
---  answers in its place, and its answers say so
---@return table|nil provider
---@return vision.error? err reasons: invalid_option, missing_key, missing_library, script
function providers.create_vision_provider(kind, options)
  local name, rest, fallback = arguments(kind, options)
  if name == "auto" then
    return find_automatically(rest, fallback)
  elseif not MODULES[name] then
    return unknown(name)
  end
  local provider, err = module_of(name).new(rest)
  if not provider and fallback and FALLS_BACK[err.reason] then
    return stub_instead(name, rest, err)
  end
  return provider, err
end

--- Checks the kind and the options of a provider without making it: no key is needed.
---@param kind string? a name of MODULES, or "auto"
---@param given table
---@return true|nil
---@return vision.error? err reason "invalid_option"
function providers.check_options(kind, given)
  local name, rest = arguments(kind, given)
  if name == "auto" then
    return true -- each provider takes of them what it knows
  elseif not MODULES[name] then
    return unknown(name)
  end
  local module = module_of(name)
  if module.check then
    return module.check(rest)
  end
  local options, err = option_lists.check(module.OPTIONS, rest, name)
  return options and true, err
end

--- What could be used on this machine now.
---@return table<string, { available: boolean, requires_key: boolean, key_set: boolean? }>
function providers.get_available_providers()
  local found = {}
  for name in pairs(MODULES) do
    found[name] = module_of(name).status()
  end
  return found
end

--- Everybody who could read here: the keyed ones in the order of `auto`, then this machine.
---@return string[]
function providers.ready()
  local known, list = providers.get_available_providers(), {}
  for _, name in ipairs(providers.AUTO_ORDER) do
    local status = known[name]
    local is_ready = name ~= "stub" and status.available
      and (not status.requires_key or status.key_set)
    if is_ready then list[#list + 1] = name end
  end
  return list
end

return providers
