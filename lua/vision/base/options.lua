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
---@field check? fun(value: any): boolean  what else must hold
---@field must_be string?           then: how it is said, "a RetryBudget"

local function refuse(message, ...)
  return nil, errors.new("invalid_option", message:format(...))
end

-- Bytes of what is compared step by step: the time grows with their product.
local MAX_COMPARED = 256

--- How many single-byte steps (add, take away, change) from one text to the other: Levenshtein's.
--- Texts of more than 256 bytes that are not equal have nothing in common.
---@param a string
---@param b string
---@return integer
function options.distance(a, b)
  if #a > MAX_COMPARED or #b > MAX_COMPARED then
    return a == b and 0 or math.max(#a, #b)
  end
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

--- Whether a table is a list: its keys are 1, 2, 3 … and no others.
---@param value any
---@return boolean
function options.is_list(value)
  if type(value) ~= "table" then return false end
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  return count == #value
end

-- How many characters two words begin with alike.
local function common_start(a, b)
  local count = 0
  while count < #a and a:byte(count + 1) == b:byte(count + 1) do
    count = count + 1
  end
  return count
end

--- The word of `words` nearest to `word`, if one is near enough to be meant: one slip in two
--- letters, three at most; of several the one that begins as it does.
---@param word string
---@param words string[]
---@return string?
function options.nearest(word, words)
  local best, alike = nil, 0
  local steps = 1 + math.max(1, math.min(3, math.floor(#word / 2)))
  for _, candidate in ipairs(words) do
    local d, begin = options.distance(word, candidate), common_start(word, candidate)
    if d < steps or d == steps and best and begin > alike then
      best, steps, alike = candidate, d, begin
    end
  end
  return best
end

--- A word in a message, cut where it is long.
---@param word any
---@return string
function options.shown_word(word)
  word = tostring(word)
  if #word <= 80 then return word end
  return word:sub(1, 77):gsub("[\192-\255][\128-\191]*$", "") .. "…" -- no half character
end

--- What is said of a word that is none of those allowed.
---@param what string  what there is not, for instance "kind of script"
---@param word string
---@param words string[]
---@return string
function options.unknown_word(what, word, words)
  local near = options.nearest(word, words)
  return ("there is no %s '%s'; %s"):format(what, options.shown_word(word),
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

--- Whether something can be the path of a file: text, not empty, without a zero byte.
---@param value any
---@return boolean
function options.is_path(value)
  return type(value) == "string" and value ~= "" and not value:find("\0", 1, true)
end

--- The option that names a file.
---@param what string  what the file is, for people
---@return vision.OptionSpec
function options.path(what)
  return { what, type = "string", check = options.is_path,
    must_be = "the path of a file (without zero bytes)" }
end

local function unknown(name, specs, what)
  local names = options.names(specs)
  local near = options.nearest(tostring(name), names)
  if near then
    return refuse("%s: there is no option '%s'; did you mean '%s'?", what, name, near)
  end
  return refuse("%s: there is no option '%s'; there are: %s", what, options.shown_word(name),
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

-- The same on every Lua: "1000000", "0.001", "nan".
local function number_text(value)
  if value ~= value then
    return "nan"
  elseif value % 1 == 0 and math.abs(value) < 2 ^ 53 then
    return ("%d"):format(value)
  end
  return ("%.14g"):format(value)
end

local function range_text(spec)
  local min, above, max = spec.min, spec.above, spec.max
  if min and max then
    return (" from %s to %s"):format(number_text(min), number_text(max))
  elseif above and max then
    return (" above %s and at most %s"):format(number_text(above), number_text(max))
  elseif min then
    return " of at least " .. number_text(min)
  elseif max then
    return " of at most " .. number_text(max)
  end
  return above and " above " .. number_text(above) or ""
end

local function with_article(noun)
  return (noun:find "^[aeio]" and "an " or "a ") .. noun
end

local EXPECTED = { integer = "a whole number", boolean = "true or false" }

-- A value in a message; text is not shown, for it may be a key.
local function shown(value)
  local kind = type(value)
  if kind == "number" then
    return number_text(value)
  elseif value == "" then
    return "an empty text"
  end
  return kind == "boolean" and tostring(value) or with_article(kind)
end

-- What a value must be, for people.
local function wanted(spec)
  if spec.one_of then
    return "one of " .. table.concat(spec.one_of, ", ")
  end
  return spec.must_be or (EXPECTED[spec.type] or with_article(spec.type)) .. range_text(spec)
end

local function is_one_of(value, words)
  for _, word in ipairs(words) do
    if value == word then return true end
  end
  return false
end

local function is_allowed(value, spec)
  return has_type(value, spec.type)
    and (type(value) ~= "number" or in_range(value, spec))
    and (not spec.one_of or is_one_of(value, spec.one_of))
    and (not spec.check or spec.check(value))
end

local function not_allowed(name, value, spec, what)
  local word = spec.one_of and type(value) == "string"
    and "'" .. options.shown_word(value) .. "'" or shown(value)
  return refuse("%s: option '%s' must be %s, not %s", what, name, wanted(spec), word)
end

local function sorted(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

-- Of several faults the first by name is told, on every run.
local function first_fault(specs, given, what)
  for _, name in ipairs(sorted(given)) do
    local spec = specs[name]
    if not spec then
      return unknown(name, specs, what)
    elseif not is_allowed(given[name], spec) then
      return not_allowed(name, given[name], spec, what)
    end
  end
end

-- Of long lists few have a default: which, is found out once.
local defaults = setmetatable({}, { __mode = "k" }) -- specs -> names with a default

local function defaults_of(specs)
  local list = defaults[specs]
  if not list then
    list = {}
    for name, spec in pairs(specs) do
      if spec.default ~= nil then list[#list + 1] = name end
    end
    defaults[specs] = list
  end
  return list
end

--- What is wrong with options, for who only reads them.
---@param specs table<string, vision.OptionSpec>
---@param given table?
---@param what string who is being configured, the start of each message
---@return vision.error? err reason "invalid_option"
function options.fault(specs, given, what)
  if given == nil then return nil end
  if type(given) ~= "table" then
    return select(2, refuse("%s: the options must be a table, not %s", what, shown(given)))
  end
  for name, value in pairs(given) do
    local spec = specs[name]
    if not spec or not is_allowed(value, spec) then
      return select(2, first_fault(specs, given, what))
    end
  end
end

--- Fills the defaults in, where nothing is given.
---@param specs table<string, vision.OptionSpec>  the same from the first call on
---@param given table
---@return table given
function options.fill(specs, given)
  local names = defaults_of(specs)
  for i = 1, #names do
    local name = names[i]
    if given[name] == nil then given[name] = specs[name].default end
  end
  return given
end

--- A checked copy with the defaults filled in.
---@param specs table<string, vision.OptionSpec>  the same from the first call on
---@param given table?
---@param what string who is being configured, the start of each message
---@return table|nil checked
---@return vision.error? err reason "invalid_option"
function options.check(specs, given, what)
  local err = options.fault(specs, given, what)
  if err then return nil, err end
  local checked = {}
  if given then
    for name, value in pairs(given) do checked[name] = value end
  end
  return options.fill(specs, checked)
end

return options
