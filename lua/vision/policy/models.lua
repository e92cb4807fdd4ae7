-- SPDX-License-Identifier: MIT
-- The catalogue of models: the shipped `models.lua` with the user's laid over it, checked once.

local errors = require "vision.base.error"
local find = require "vision.policy.find"
local load = require "vision.policy.load"
local options = require "vision.base.options"
local prices = require "vision.policy.prices"
local tokens = require "vision.drawing.tokens"

local models = {}

local MODEL = {
  vision = { "takes pictures", type = "boolean" },
  pdf = { "takes PDF files", type = "boolean", default = false },
  answer = { "how it is made to answer in a shape", type = "string", default = "text",
    one_of = { "json_schema", "json_object", "tool", "text" } },
  max_tokens_field = { "name of the limit in the request", type = "string", default = "max_tokens",
    one_of = { "max_tokens", "max_completion_tokens" } },
  sampling = { "temperature is allowed", type = "boolean", default = false },
  send = { "further fields of each request", type = "table" },
  formats = { "picture formats it takes", type = "table", default = { "png", "jpeg" } },
  detail = { "knows the detail levels low, high and auto", type = "boolean", default = false },
  limits = { "pixels, bytes and pictures it takes", type = "table" },
  image_tokens = { "rule for the tokens of a picture", type = "table" },
  price = { "what it costs, as policy/prices has it", type = "table" },
  retired = { "date since when it is gone", type = "string" },
  ends = { "date when it will be gone", type = "string" },
  instead = { "the model to use in its place", type = "string" },
}

local LIMITS = {
  side = { "pixels of the longer side", type = "integer", min = 1, default = 8192 },
  bytes = { "bytes of one file", type = "number", min = 1, default = 20 * 1024 * 1024 },
  images = { "pictures in a request", type = "integer", min = 1, default = 20 },
  request_bytes = { "bytes of a request", type = "number", min = 1, default = 32 * 1024 * 1024 },
  many = { "with more than `images` pictures, `side` is the limit", type = "table" },
}

local CATALOGUE = {
  date = { "when it was written", type = "string" },
  defaults = { "the model used where none is named", type = "table", default = {} },
  unknown = { "what is assumed of a model that is not listed", type = "table", default = {} },
  models = { "provider -> model -> what it can do", type = "table", default = {} },
  approximate_prices = { "rough prices a provider", type = "table" },
}

local DEFAULT = {
  model = { "its name", type = "string" },
  why = { "the reason, for people", type = "string" },
}

-- provider -> what `check_one` makes of what is said of it.
local function check_each(map, what, check_one)
  local checked = {}
  for name, raw in pairs(map) do
    local value, err = check_one(raw, ("%s[%q]"):format(what, tostring(name)))
    if not value then
      return nil, errors.new("script", err.message)
    end
    checked[name] = value
  end
  return checked
end

local function check_default(raw, what)
  return options.check(DEFAULT, raw, what)
end

local function check_model(raw, what)
  local model, err = options.check(MODEL, raw, what)
  if not model then
    return nil, err
  end
  model.limits, err = options.check(LIMITS, model.limits, what .. ".limits")
  if model.limits and model.price then
    model.price, err = prices.check(model.price, what .. ".price")
  end
  if model.image_tokens and not tokens.has_rule(model.image_tokens.rule) then
    err = errors.new("script", ("%s.image_tokens: there is no rule '%s'"):format(what,
      tostring(model.image_tokens.rule)))
  end
  if err then
    return nil, err
  end
  return model
end

-- The models of one provider.
local function check_list(raw, what)
  if type(raw) ~= "table" then
    return nil, errors.new("script", ("%s: must be a table of models, not a %s"):format(what,
      type(raw)))
  end
  return check_each(raw, what, check_model)
end

local function lay_over(known, given)
  for name, value in pairs(given) do
    known[name] = value
  end
  return known
end

-- Lays what a file says over `catalogue`.
local function add_file(catalogue, path, text)
  local raw, err = load.text(path, text)
  local given
  if raw then
    given, err = options.check(CATALOGUE, raw, path)
  end
  if not given then
    return nil, errors.new("script", err.message)
  end
  local defaults, unknown, lists
  defaults, err = check_each(given.defaults, path .. ": defaults", check_default)
  if defaults then
    unknown, err = check_each(given.unknown, path .. ": unknown", check_model)
  end
  if unknown then
    lists, err = check_each(given.models, path .. ": models", check_list)
  end
  if not lists then
    return nil, err
  end
  lay_over(catalogue.defaults, defaults)
  lay_over(catalogue.unknown, given.unknown)
  for provider, list in pairs(lists) do
    catalogue.models[provider] = lay_over(catalogue.models[provider] or {}, list)
  end
  catalogue.date = given.date or catalogue.date
  catalogue.approximate_prices = given.approximate_prices or catalogue.approximate_prices
  return true
end

local loaded

--- A catalogue: the shipped models, with what the user's file says laid over them.
---@param path string?  the user's file
---@param text string?  what it says
---@return table|nil catalogue
---@return vision.error? err reason "script"
function models.read(path, text)
  local catalogue = { models = {}, defaults = {}, unknown = {} }
  local shipped = find.shipped_folder() .. "/models.lua"
  local ok, err = find.read(shipped)
  if ok then
    ok, err = add_file(catalogue, shipped, ok)
  end
  if ok and path then
    ok, err = add_file(catalogue, path, text)
  end
  if not ok then
    return nil, err
  end
  return catalogue
end

--- The whole catalogue; read once. A faulty file of the user is an error, not left out.
---@return table|nil catalogue
---@return vision.error? err reason "script"
function models.catalogue()
  if loaded then
    return loaded
  end
  local path, origin = find.script "models.lua"
  local text, err
  if origin == "user" then
    text, err = find.read(path)
    if not text then
      return nil, err
    end
  end
  loaded, err = models.read(text and path, text)
  return loaded, err
end

--- Puts another catalogue in place of the one that was read.
---@param catalogue table? nil: the files are read again when it is asked for
function models.replace(catalogue)
  loaded = catalogue
end

--- The model used where none is named.
---@param provider string
---@return string? model nil where the provider has no default
function models.default(provider)
  local catalogue = models.catalogue()
  local default = catalogue and catalogue.defaults[provider]
  return default and default.model
end

--- What a model can do. Of one that is not listed, what its provider's models usually can, and no
--- price.
---@param provider string
---@param name string
---@return table|nil model
---@return vision.error? err reason "script"
function models.find(provider, name)
  local catalogue, err = models.catalogue()
  if not catalogue then
    return nil, err
  end
  local model = catalogue.models[provider] and catalogue.models[provider][name]
  if model then
    return model, nil
  end
  local assumed = catalogue.unknown[provider] or catalogue.unknown.openai_compatible or {}
  model, err = check_model(assumed, ("models.lua: unknown.%s"):format(provider))
  if not model then
    return nil, errors.new("script", err.message)
  end
  model.price = nil
  return model
end

return models
