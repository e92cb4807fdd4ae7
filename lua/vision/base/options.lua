-- SPDX-License-Identifier: MIT
-- Option tables, checked against a list that says what each option is. A wrong option is an error
-- that names it and what it must be; an unknown one names the nearest that exists.

local errors = require "vision.base.error"

local options = {}

---@class vision.OptionSpec
---@field [1] string                  what it is, for people
---@field type string                 "string" | "number" | "integer" | "boolean" | "table" | "any"
---@field default any?
---@field min number?                 least number allowed
---@field above number?               the number must be greater
---@field max number?                 greatest number allowed
---@field one_of string[]?            the words allowed

local function refuse(message, ...)
  return nil, errors.new("invalid_option", message:format(...))
end

-- How many single-character steps from one word to the other.
local function distance(a, b)
  local row = {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local diagonal
    diagonal, row[0] = row[0], i
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      local best = math.min(row[j] + 1, row[j - 1] + 1, diagonal + cost)
      diagonal, row[j] = row[j], best
    end
  end
  return row[#b]
end

-- How many characters two words begin with alike.
local function common_start(a, b)
  local count = 0
  while count < #a and a:byte(count + 1) == b:byte(count + 1) do
    count = count + 1
  end
  return count
end

--- The word of `words` nearest to `word`, if one is near enough to be meant; of several the one
--- that begins as it does.
---@param word string
---@param words string[]
---@return string?
function options.nearest(word, words)
  local best, steps, alike = nil, 4, 0
  for _, candidate in ipairs(words) do
    local d, begin = distance(word, candidate), common_start(word, candidate)
    if d < steps or d == steps and best and begin > alike then
      best, steps, alike = candidate, d, begin
    end
  end
  return best
end

--- What is said of a word that is none of those allowed.
---@param what string  what there is not, for instance "kind of script"
---@param word string
---@param words string[]
---@return string
function options.unknown_word(what, word, words)
  local near = options.nearest(word, words)
  return ("there is no %s '%s'; %s"):format(what, word,
    near and ("did you mean '%s'?"):format(near) or "there are: " .. table.concat(words, ", "))
end

--- The keys of a table, in order.
---@param map table<string, any>
---@return string[]
function options.names(map)
  local names = {}
  for name in pairs(map) do
    names[#names + 1] = tostring(name)
  end
  table.sort(names)
  return names
end

local function unknown(name, specs, what)
  local names = options.names(specs)
  local near = options.nearest(tostring(name), names)
  if near then
    return refuse("%s: there is no option '%s'; did you mean '%s'?", what, tostring(name), near)
  end
  return refuse("%s: there is no option '%s'; there are: %s", what, tostring(name),
    table.concat(names, ", "))
end

local function has_type(value, kind)
  if kind == "integer" then
    return type(value) == "number" and value % 1 == 0
  elseif kind == "number" then
    return type(value) == "number" and value == value
  end
  return kind == "any" or type(value) == kind
end

local function in_range(value, spec)
  return (not spec.min or value >= spec.min)
    and (not spec.above or value > spec.above)
    and (not spec.max or value <= spec.max)
end

local function range_text(spec)
  if spec.min and spec.max then
    return (" from %.14g to %.14g"):format(spec.min, spec.max)
  elseif spec.above and spec.max then
    return (" above %.14g and at most %.14g"):format(spec.above, spec.max)
  elseif spec.min then
    return (" of at least %.14g"):format(spec.min)
  elseif spec.max then
    return (" of at most %.14g"):format(spec.max)
  end
  return spec.above and (" above %.14g"):format(spec.above) or ""
end

local EXPECTED = { integer = "a whole number", boolean = "true or false" }

-- A value in a message; text is not shown, for it may be a key.
local function shown(value)
  local kind = type(value)
  if kind == "number" or kind == "boolean" then
    return tostring(value)
  end
  return "a " .. kind
end

local function check_one(name, value, spec, what)
  if not has_type(value, spec.type) then
    return refuse("%s: option '%s' must be %s, not %s", what, name,
      EXPECTED[spec.type] or "a " .. spec.type, shown(value))
  elseif type(value) == "number" and not in_range(value, spec) then
    return refuse("%s: option '%s' must be %s%s, not %s", what, name,
      EXPECTED[spec.type] or "a " .. spec.type, range_text(spec), shown(value))
  elseif spec.one_of then
    for _, word in ipairs(spec.one_of) do
      if value == word then
        return true
      end
    end
    return refuse("%s: option '%s' must be one of %s, not '%s'", what, name,
      table.concat(spec.one_of, ", "), tostring(value))
  end
  return true
end

--- A checked copy with the defaults filled in.
---@param specs table<string, vision.OptionSpec>
---@param given table?
---@param what string who is being configured, the start of each message
---@return table|nil checked
---@return vision.error? err reason "invalid_option"
function options.check(specs, given, what)
  if given ~= nil and type(given) ~= "table" then
    return refuse("%s: the options must be a table, not %s", what, shown(given))
  end
  local checked = {}
  for name, value in pairs(given or {}) do
    if not specs[name] then
      return unknown(name, specs, what)
    end
    local ok, err = check_one(name, value, specs[name], what)
    if not ok then
      return nil, err
    end
    checked[name] = value
  end
  for name, spec in pairs(specs) do
    if checked[name] == nil then
      checked[name] = spec.default
    end
  end
  return checked
end

return options
