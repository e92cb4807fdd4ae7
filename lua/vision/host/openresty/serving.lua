-- SPDX-License-Identifier: MIT
-- The application that `vision serve` would serve, from its options as a table: their names with
-- `_` for `-`, values as on the command line, lists for what may be given several times.

local errors = require "vision.base.error"
local log = require "vision.base.log"
local option_lists = require "vision.base.options"

local serving = {}

-- nginx says these in its own words.
local NOT_HERE = { host = true, port = true, workers = true }

-- Takes down what a command says of its options, in place of argparse.
local function recorder(specs)
  local function record(_, name)
    local spec = { name = name:gsub("^%-+", ""):gsub("%-", "_") }
    specs[spec.name] = spec
    return setmetatable(spec, { __index = function(_, method)
      return function(self, value)
        if method == "target" then
          specs[self.name], specs[value] = nil, self
          rawset(self, "name", value)
        else
          rawset(self, "said_" .. method, value)
        end
        return self
      end
    end })
  end
  return { option = record, flag = record }
end

local function converted(spec, value)
  local convert, choices = rawget(spec, "said_convert"), rawget(spec, "said_choices")
  for i, choice in ipairs(choices or {}) do
    if choice == value then return value end
    if i == #choices then return nil, "one of these expected: " .. table.concat(choices, ", ") end
  end
  if not convert or type(value) == "boolean" then return value end
  if type(value) ~= "table" or not rawget(spec, "said_count") then
    return convert(type(value) == "table" and table.concat(value, ",") or tostring(value))
  end
  local list = {}
  for i, one in ipairs(value) do
    local made, message = convert(tostring(one))
    if made == nil then return nil, message end
    list[i] = made
  end
  return list
end

local function options_of(given)
  local specs, options = {}, {}
  require("vision.cli.serve").configure(recorder(specs))
  for name in pairs(NOT_HERE) do specs[name] = nil end
  for name, value in pairs(given) do
    local spec = specs[name]
    if not spec then
      return nil, errors.new("invalid_option", ("service: there is no option '%s'; there are: %s")
        :format(option_lists.shown_word(tostring(name)),
          table.concat(option_lists.names(specs), ", ")))
    end
    local made, message = converted(spec, value)
    if made == nil then
      return nil, errors.new("invalid_option", ("service: %s: %s"):format(name, message))
    end
    options[name] = made
  end
  return options
end

-- Where a command writes for people, nginx's log takes it.
local CONTEXT = {
  environment = os.getenv,
  err = { write = function(_, _, line) log.warn("%s", line) end },
}

--- Who listens at which address is nginx's to know, so keys are asked for unless `require_keys` is
--- false. Waits.
---@param given table
---@param grace number seconds that batches may take at the end
---@return vision.App|nil
---@return fun()|vision.error close_or_err
function serving.open(given, grace)
  local options, err = options_of(given)
  if not options then return nil, err end
  if options.require_keys == nil then options.require_keys = true end
  local made
  made, err = require("vision.cli.serving").open(options, CONTEXT)
  if not made then return nil, err end
  return made.app, function()
    made.app.jobs:finish(grace)
    made:close()
  end
end

return serving
