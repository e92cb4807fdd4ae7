-- SPDX-License-Identifier: MIT
-- The kinds of script: which function each has, with which arguments, and what it may return.
-- scripts/README.md says the same to people, lua/vision/meta/scripts.lua to editors.

local document = require "vision.policy.document"
local options = require "vision.base.options"
local samples = require "vision.policy.samples"

local kinds = {}

-- Instructions of a decision: it is taken on the loop, so this is about a millisecond. A report is
-- written once in a while, goes over thousands of rows, and runs on the thread pool.
local DECISION, REPORT = 200 * 1000, 10 * 1000 * 1000
local MIB = 1024 * 1024

---@class vision.policy.Kind
---@field folder string          below the scripts folder; also the name of the kind
---@field entry string           the function of the script
---@field arguments string[]     the fields of the input, in the order in which it takes them
---@field default string         the shipped script where none is named, and where one fails
---@field decides boolean        true: where a script returns nothing, the shipped one is asked;
---  else nothing is an answer, too: no alert, the configured provider
---@field flags table<string, string>   further fields a script may declare, with their types
---@field taken table<string, string>   names of which a script would never be asked -> why
---@field instructions integer   the most that one call may execute
---@field memory integer         bytes that its state may hold
---@field apart boolean           it runs on the thread pool: who asks waits
---@field sample table           an input as the program gives it
---@field check fun(output: any, input: table, trial: boolean?): any, string?  what the program
---  takes of an output; nil and a reason where it can take nothing. A trial is one with the sample:
---  who is named need not be in it

local function is_share(value)
  return type(value) == "number" and value >= 0 and value <= 1
end

local function names_of(list)
  local names = {}
  for _, item in ipairs(type(list) == "table" and list or {}) do
    if type(item) == "table" and type(item.name) == "string" then names[item.name] = item end
  end
  return names
end

-- How a value of a script is called in a message.
local function shown(value)
  local kind = type(value)
  if value == nil then return "nothing" end
  return kind == "string" and "'" .. options.shown_word(value) .. "'"
    or kind == "table" and "a table" or tostring(value)
end

local function member(output, name)
  if type(output) ~= "table" then return output end
  return output[name]
end

local function known_names(list, known, what, trial)
  if not options.is_list(list) then
    return nil, ("must return a list of names, not a %s"):format(type(list))
  end
  local seen = {}
  for i, name in ipairs(list) do
    if type(name) ~= "string" then
      return nil, ("[%d]: must be a name, not %s"):format(i, shown(name))
    elseif not known[name] and not trial then
      return nil, ("[%d]: there is no %s %s"):format(i, what, shown(name))
    elseif seen[name] then
      return nil, ("[%d]: '%s' stands there twice"):format(i, name)
    end
    seen[name] = true
  end
  return list
end

local function texts(list, field)
  if list == nil then return {} end
  if not options.is_list(list) then return nil, field .. ": must be a list of texts" end
  for i, text in ipairs(list) do
    if type(text) ~= "string" then return nil, ("%s[%d]: must be a text"):format(field, i) end
  end
  return list
end

-- An answer the script made itself.
local function check_made(made, known, trial)
  if type(made.summary) ~= "string" then return nil, "summary: must be a text" end
  if made.confidence ~= nil and not is_share(made.confidence) then
    return nil, "confidence: must be a number from 0 to 1, or nothing"
  end
  local details, message = texts(made.details, "details")
  if not details then return nil, message end
  local from
  from, message = known_names(made.from or {}, known, "answer", trial)
  if not from then return nil, "from" .. message end
  return { summary = made.summary, details = details, confidence = made.confidence, from = from }
end

local function check_selection(output, input, trial)
  local known = names_of(input.answers)
  if type(output) == "table" then return check_made(output, known, trial) end
  if type(output) ~= "string" then
    return nil, ("must return a name or a table, not a %s"):format(type(output))
  elseif not known[output] and not trial then
    return nil, ("there is no answer %s"):format(shown(output))
  elseif known[output] and known[output].ok == false then
    return nil, ("the answer of '%s' is a failure"):format(output)
  end
  return output
end

local function check_order(output, input, trial)
  return known_names(output, names_of(input.endpoints), "endpoint", trial)
end

-- "openai/gpt-4o" -> { provider = "openai", model = "gpt-4o" }
local function check_route(output)
  if type(output) == "string" then
    local provider, model = output:match "^([^/]+)/(.+)$"
    output = { provider = provider or output, model = model }
  end
  if type(output) ~= "table" then
    return nil, ("must return a name or a table, not a %s"):format(type(output))
  end
  for _, field in ipairs { "provider", "model", "prompt" } do
    local value = output[field]
    if value ~= nil and (type(value) ~= "string" or value == "") then
      return nil, field .. ": must be a name"
    end
  end
  return { provider = output.provider, model = output.model, prompt = output.prompt }
end

-- A day: whoever waits longer for a drawing has a batch, not a retry.
local MAX_DELAY = 86400

local function check_retry(output)
  if type(output) ~= "table" or type(output.retry) ~= "boolean" then
    return nil, "must return { retry = true or false, delay = seconds }, not "
      .. shown(member(output, "retry"))
  end
  local delay = output.delay or 0
  if type(delay) ~= "number" or not (delay >= 0 and delay <= MAX_DELAY) then
    return nil, ("delay: must be seconds from 0 to %d, not %s"):format(MAX_DELAY, shown(delay))
  end
  return { retry = output.retry, delay = delay }
end

local SEVERITIES = { info = true, warning = true, error = true, critical = true }

local function check_alert(output)
  if type(output) ~= "table" or not SEVERITIES[output.severity] then
    return nil, "severity: must be one of info, warning, error, critical, not "
      .. shown(member(output, "severity"))
  elseif type(output.message) ~= "string" or output.message == "" then
    return nil, "message: must be a text"
  end
  return { severity = output.severity, message = output.message }
end

local by_name = {}

--- The kind of a name that somebody gave.
---@param name any
---@return vision.policy.Kind? # nil: there is none
function kinds.of(name)
  return name ~= nil and by_name[name] or nil
end

local function kind(folder, entry, arguments, default, check)
  kinds[folder] = {
    folder = folder,
    entry = entry,
    arguments = arguments,
    default = default,
    check = check,
    flags = {},
    taken = {},
    decides = false,
    apart = false,
    instructions = DECISION,
    memory = 16 * MIB,
    sample = samples[folder],
  }
  by_name[folder] = kinds[folder]
  return kinds[folder]
end

--- The names of all kinds that decide, in the order in which they are listed.
kinds.NAMES = { "selection", "failover", "routing", "retry", "alerts", "reports" }

kind("selection", "select", { "answers", "job" }, "highest_confidence", check_selection)
kind("failover", "order", { "endpoints", "job" }, "priority", check_order)
kind("routing", "route", { "job" }, "default", check_route)
kind("retry", "decide", { "attempt", "error", "job" }, "default", check_retry)
kind("alerts", "alert", { "change" }, "default", check_alert)

kinds.selection.flags.early = "boolean"
kinds.selection.taken.consensus = "the consensus compares call-outs one by one and is no script"
for _, name in ipairs { "selection", "failover", "retry" } do kinds[name].decides = true end

local reports = kind("reports", "report", { "data" }, "daily", document.check)
reports.instructions, reports.memory, reports.apart = REPORT, 256 * MIB, true
reports.flags.days, reports.flags.granularity = "number", "string"

return kinds
