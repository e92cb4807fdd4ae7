-- SPDX-License-Identifier: MIT
-- What all providers on the network have in common. Each of them is a table of data for `define`:
-- where it is, how the key travels, which protocol it speaks. The course of a call is the same for
-- all (remote_call).

local description = require "vision.drawing.description"
local errors = require "vision.base.error"
local estimate = require "vision.money.estimate"
local http = require "vision.base.http"
local json = require "vision.base.json"
local images = require "vision.drawing.image"
local keys = require "vision.providers.keys"
local models = require "vision.policy.models"
local option_lists = require "vision.base.options"
local remote_call = require "vision.providers.remote_call"
local schema = require "vision.drawing.schema"

local remote = {}

---@class vision.RemoteSpec
---@field name string
---@field protocol table        vision.protocols.openai_chat or .anthropic_messages
---@field base_url string?      nil: it must be given
---@field key_variable string   environment variable of the key
---@field url_variable string?  environment variable of the base URL
---@field model_variable string? environment variable of the model
---@field key_optional boolean? works without a key
---@field timeout_seconds number
---@field detail string?        default level, where there are levels
---@field options table?        further options
---@field takes_query boolean?  its base_url may have a query, which it makes something of
---@field url fun(provider: table): string
---@field headers fun(provider: table): string[]   only those beside Content-Type

local function common_options(spec)
  return {
    api_key = { "the key; else " .. spec.key_variable, type = "string" },
    base_url = { "where the service is", type = "string" },
    model = { "name of the model", type = "string" },
    timeout_seconds = { "seconds for a whole analysis", type = "number", above = 0, max = 86400,
      default = spec.timeout_seconds },
    idle_timeout_seconds = { "seconds without anything of the answer", type = "number", above = 0,
      max = 86400 },
    max_tokens = { "most tokens of an answer", type = "integer", min = 1, max = 1000000,
      default = 2048 },
    detail = { "how closely the model looks", type = "string", one_of = { "low", "high", "auto" },
      default = spec.detail },
    temperature = { "sent only when given", type = "number", min = 0, max = 2 },
    force = { "send pictures to a model known to have no vision", type = "boolean",
      default = false },
    allow_transcript = { "send a model without vision the text read here instead",
      type = "boolean", default = false },
    tile = { "send large sheets also in enlarged parts", type = "boolean", default = false },
    local_only = { "make no network call", type = "boolean", default = false },
  }
end

-- What may be said anew for one call.
local PER_CALL = { "timeout_seconds", "max_tokens", "detail", "temperature", "force",
  "allow_transcript", "tile", "local_only" }

local function env(name)
  local value = name and os.getenv(name)
  return value ~= "" and value or nil
end

-- ---- making a provider ----

-- A key with a line break would end the header it stands in; one with a space is none. It is never
-- shown.
local function check_key(key, spec)
  if key and not key:find "%S" then
    return nil, errors.new("missing_key", "the key is blank", { provider = spec.name })
  elseif key and key:find "[%c%s]" then
    return nil, errors.new("invalid_option", ("the key (api_key or %s) has a space, a line "
      .. "break or another control character; copy it again, on one line"):format(
      spec.key_variable), { provider = spec.name })
  elseif not key and not spec.key_optional then
    return nil, errors.new("missing_key", "no key: set " .. spec.key_variable,
      { provider = spec.name })
  end
  return true
end

local function check_url(url, spec)
  if not url then
    return nil, errors.new("invalid_option", ("no address: pass base_url%s"):format(
      spec.url_variable and " or set " .. spec.url_variable or ""), { provider = spec.name })
  end
  local is_plain = spec.takes_query or not url:find "[?#]"
  if is_plain and url:find "^https?://[^%s/@]+[^%s@]*$" then return true end
  return nil, errors.new("invalid_option", ("base_url%s must look like https://host/path, without "
    .. "spaces and without user or password%s"):format(
    spec.url_variable and " (or " .. spec.url_variable .. ")" or "",
    is_plain and "" or ", and without ? or #"), { provider = spec.name })
end

local Provider = {}
Provider.__index = Provider

-- No key in any text made of a provider.
function Provider.__tostring(provider)
  return ("provider %s"):format(provider.endpoint_name)
end

local function model_of(spec, given)
  local catalogue, err = models.catalogue()
  if not catalogue then
    return nil, err
  end
  local name = given.model or env(spec.model_variable) or models.default(spec.name)
  if not name then
    return nil, errors.new("invalid_option", ("no model: pass model%s"):format(
      spec.model_variable and " or set " .. spec.model_variable or ""), { provider = spec.name })
  end
  return name
end

local function capabilities_of(model)
  return {
    vision = model.vision, pdf = model.pdf, answer = model.answer, stream = true, network = true,
    limits = model.limits,
  }
end

-- What one call may say: what every provider takes, and what this one's makers said by default.
local function call_options(spec, given)
  local list = {}
  for name, option in pairs(require("vision.providers").ANALYZE) do
    list[name] = option
  end
  for _, name in ipairs(PER_CALL) do
    local option = {}
    for key, value in pairs(spec.OPTIONS[name]) do
      option[key] = value
    end
    option.default = given[name]
    list[name] = option
  end
  return list
end

local function build_provider(spec, given, key, base_url, model_name)
  local model, err = models.find(spec.name, model_name)
  if not model then
    return nil, err
  end
  local provider = given
  provider.api_key = nil
  provider.spec, provider.name = spec, spec.name
  provider.base_url, provider.model = base_url:gsub("/+$", ""), model_name
  provider.endpoint_name = spec.name .. "/" .. model_name
  provider.entry, provider.price = model, model.price
  provider.capabilities = capabilities_of(model)
  provider.call_options = call_options(spec, given)
  provider.call_defaults = option_lists.check(provider.call_options, nil, spec.name)
  provider.behind_options = { __index = provider.call_defaults }
  provider.memory = {} -- of the last request
  provider.fixes = {} -- what a server refused once and is not sent again
  keys.set(provider, key)
  return setmetatable(provider, Provider)
end

local function new(spec, given)
  local checked, err = option_lists.check(spec.OPTIONS, given, spec.name)
  if not checked then
    return nil, err
  end
  local key = checked.api_key or env(spec.key_variable)
  local base_url = checked.base_url or env(spec.url_variable) or spec.base_url
  local ok
  ok, err = check_key(key, spec)
  if ok then
    ok, err = check_url(base_url, spec)
  end
  local model_name
  if ok then
    model_name, err = model_of(spec, checked)
  end
  if not model_name then
    return nil, err
  end
  return build_provider(spec, checked, key, base_url, model_name)
end

--- Makes the module of a provider from its data.
---@param spec vision.RemoteSpec
---@return table module as providers/init.lua describes it
function remote.define(spec)
  spec.OPTIONS = common_options(spec)
  for name, option in pairs(spec.options or {}) do
    spec.OPTIONS[name] = option
  end
  local module = { name = spec.name, OPTIONS = spec.OPTIONS, network = true }

  function module.new(given)
    return new(spec, given)
  end

  -- What can be said of the options without a key.
  function module.check(given)
    local checked, err = option_lists.check(spec.OPTIONS, given, spec.name)
    if not checked then
      return nil, err
    end
    if not checked.base_url then
      return true
    end
    return check_url(checked.base_url, spec)
  end

  function module.status()
    local key_set = env(spec.key_variable) ~= nil
    return {
      available = spec.base_url ~= nil or env(spec.url_variable) ~= nil,
      requires_key = not spec.key_optional,
      key_set = key_set,
    }
  end

  return setmetatable(module, {
    __call = function(_, given)
      return new(spec, given)
    end,
  })
end

local function exchange(prepared)
  local provider = prepared.provider
  local request, err = remote_call.request(prepared)
  local response
  if request then
    response, err = http.request(request)
  end
  if not response then
    return nil, request and err or errors.with(err, { unsent = true })
  elseif response.status < 300 then
    return provider.spec.protocol.parse(response.body)
  end
  err = remote_call.refusal(provider, response)
  if remote_call.correct(prepared, err) then
    return exchange(prepared)
  end
  return nil, err
end

--- Reads a drawing.
---@param image table|string a handle, or the bytes of a file
---@param given table? see providers.ANALYZE and PER_CALL above
---@return vision.VisionDescription|nil reading
---@return vision.error? err
function Provider:analyze_image(image, given)
  if remote_call.asks_nothing(given) then
    return description.none { provider = self.name, model = self.model }
  end
  local prepared, err = remote_call.prepare(self, image, given, false)
  local answer
  if prepared then
    answer, err = exchange(prepared)
  else
    err = errors.with(errors.from(err), { unsent = true })
  end
  if not answer then
    return nil, remote_call.failure(self, err)
  end
  return remote_call.reading(prepared, answer)
end

--- Reads a drawing and says meanwhile how it goes.
---@param image table|string
---@param given table? as for `analyze_image`
---@return fun(): vision.StreamEvent? events a plain function that waits
function Provider:analyze_image_stream(image, given)
  return require("vision.providers.remote_stream").events(self, image, given)
end

local NO_PART_OF_IDENTITY = { api_key = true, timeout_seconds = true, idle_timeout_seconds = true,
  local_only = true }

-- What the catalogue says of the model, but for its price and its dates.
local MODEL_TRAITS = {
  "vision", "pdf", "answer", "sampling", "send", "formats", "detail", "limits",
}

--- Everything about this provider that decides an answer: who answers where, and how it is asked
--- where a call says nothing else. The picture, the prompt and the call's options come beside it.
---@return string
function Provider:identity()
  local about = { provider = self.name, shape = schema.answer_text() }
  for name in pairs(self.spec.OPTIONS) do
    about[name] = not NO_PART_OF_IDENTITY[name] and self[name] or nil
  end
  about.entry = {}
  for _, trait in ipairs(MODEL_TRAITS) do
    about.entry[trait] = self.entry[trait]
  end
  return json.encode(about)
end

--- Tokens and price of an analysis; nothing is sent.
---@param image table|string
---@param given table? as for `analyze_image`
---@return vision.Estimate|nil
---@return vision.error? err
function Provider:estimate(image, given)
  local options, err = remote_call.options(self, given)
  local system, user
  if options then
    system, user = remote_call.words(self, options)
    err = not system and user or nil
  end
  if not err then
    image, err = images.of(image)
  end
  if err then
    return nil, remote_call.failure(self, err)
  end
  local result
  result, err = estimate.of {
    image = image, model = self.entry, max_tokens = options.max_tokens, options = options,
    text = system .. user .. (self.entry.answer == "json_schema" and schema.answer_text() or ""),
  }
  if not result then
    return nil, remote_call.failure(self, err)
  end
  result.provider, result.model = self.name, self.model
  return result
end

return remote
