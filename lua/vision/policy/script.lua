-- SPDX-License-Identifier: MIT
-- One script that decides: found, run in its sandbox, its shape and its options checked. It is
-- asked with an input, and what it answers is checked before anybody acts on it.

local errors = require "vision.base.error"
local kinds = require "vision.policy.kinds"
local options = require "vision.base.options"
local sandbox = require "vision.policy.sandbox"

---@class vision.policy.Script
---@field kind string
---@field name string
---@field path string
---@field origin "user"|"shipped"
---@field description string?
---@field early boolean?          of a selection: the first good answer ends the waiting
---@field days number?            of a report: how far back it goes where nobody says
---@field granularity string?     likewise: what its trends are cut into
---@field declared table<string, table>   its options, as base/options takes them
---@field options table<string, any>      their values
---@field package box vision.policy.Box
local Script = {}
Script.__index = Script

local script = {}

local unpack = table.unpack or unpack

local function refuse(path, message, ...)
  return nil, errors.new("script", path .. ": " .. message:format(...))
end

local function check_field(kind, path, name, value)
  local types = { description = "string", options = "table" }
  for flag, flag_type in pairs(kind.flags) do types[flag] = flag_type end
  if not types[name] then
    local known = options.names(types)
    known[#known + 1] = kind.entry
    local near = options.nearest(tostring(name), known)
    return refuse(path, "a script of %s has no field '%s'; %s", kind.folder,
      options.shown_word(name),
      near and ("did you mean '%s'?"):format(near) or "it has " .. table.concat(known, ", "))
  elseif type(value) ~= types[name] then
    return refuse(path, "'%s' must be a %s, not a %s", name, types[name], type(value))
  end
  return true
end

local function check_shape(kind, path, box)
  for name, value in pairs(box.value) do
    local ok, err = check_field(kind, path, name, value)
    if not ok then return nil, err end
  end
  for name in pairs(box.functions) do
    if name ~= kind.entry then
      return refuse(path, "a script of %s has no function '%s'; its function is '%s'", kind.folder,
        options.shown_word(name), kind.entry)
    end
  end
  if not box.functions[kind.entry] then
    return refuse(path, "the function '%s' is missing", kind.entry)
  end
  return true
end

local function is_list_of_words(list)
  for i = 1, #list do
    if type(list[i]) ~= "string" and type(list[i]) ~= "number" then return false end
  end
  return #list > 0
end

local OPTION_FIELDS = {
  [1] = { "what it is", type = "string" },
  [2] = { "the default", type = "any" },
  min = { "least number", type = "number" },
  max = { "greatest number", type = "number" },
  one_of = { "the words allowed", type = "table", check = is_list_of_words,
    must_be = "a list of words" },
}

-- { "Pages from which …", 8, min = 1 } as base/options has it.
local function declared_option(path, name, raw)
  name = tostring(name)
  if type(raw) ~= "table" or raw[1] == nil or raw[2] == nil then
    return refuse(path, "options.%s: must be { \"what it is\", default }", options.shown_word(name))
  end
  local given, err = options.check(OPTION_FIELDS, raw, ("%s: options.%s"):format(path,
    options.shown_word(name)))
  if not given then return nil, errors.new("script", err.message) end
  return { given[1], type = type(given[2]), default = given[2], min = given.min, max = given.max,
    one_of = given.one_of }
end

local function declared_options(path, raw)
  local specs = {}
  for name, given in pairs(raw or {}) do
    local spec, err = declared_option(path, name, given)
    if not spec then return nil, err end
    specs[name] = spec
  end
  -- A default must be one of the values it allows.
  local ok, err = options.check(specs, {}, path)
  for name, spec in pairs(specs) do
    if ok then ok, err = options.check(specs, { [name] = spec.default }, path) end
  end
  if not ok then return nil, errors.new("script", err.message) end
  return specs
end

---@class vision.policy.Source
---@field kind string
---@field name string
---@field path string
---@field origin "user"|"shipped"
---@field text string

--- Makes a script of its text.
---@param source vision.policy.Source
---@param configured table<string, any>?   values of its options
---@return vision.policy.Script|nil
---@return vision.error? err reason "script": file, line and reason; "invalid_option" of a value
function script.new(source, configured)
  local kind = kinds[source.kind]
  local box, err = sandbox.open(source.path, source.text, kind.memory)
  if not box then return nil, err end
  local ok
  ok, err = check_shape(kind, source.path, box)
  if not ok then return nil, err end
  local declared, values
  declared, err = declared_options(source.path, box.value.options)
  if not declared then return nil, err end
  values, err = options.check(declared, configured, ("policy.%s.%s"):format(source.kind,
    source.name))
  if not values then return nil, err end
  return setmetatable({
    kind = source.kind, name = source.name, path = source.path, origin = source.origin,
    text = source.text, description = box.value.description, early = box.value.early,
    days = box.value.days, granularity = box.value.granularity,
    declared = declared, options = values, box = box,
  }, Script)
end

-- What a caller sets for this call stands over what is configured: a layer's own settings.
local function merged(values, given)
  if type(given) ~= "table" then return values end
  local all = {}
  for name, value in pairs(values) do all[name] = value end
  for name, value in pairs(given) do all[name] = value end
  return all
end

--- Asks it; one of a kind that runs apart is waited for. Nothing returned by the script is nil
--- without an error: the default stands.
---@param input table fields as its kind says, and `options`
---@param trial? boolean  with the kind's sample: it may name whom the sample has not
---@return any|nil output
---@return vision.error? err reason "script"
function Script:decide(input, trial)
  local kind = kinds[self.kind]
  local arguments, count = {}, #kind.arguments + 1
  for i, name in ipairs(kind.arguments) do arguments[i] = input[name] end
  arguments[count] = merged(self.options, input.options)
  local call = kind.apart and self.box.call_apart or self.box.call
  local output, err = call(self.box, kind.entry, kind.instructions, unpack(arguments, 1, count))
  if output == nil then return nil, err end
  local checked, message = kind.check(output, input, trial)
  if checked ~= nil then return checked end
  return nil, errors.new("script", ("%s: %s: %s"):format(self.box:place(kind.entry), kind.entry,
    message))
end

return script
