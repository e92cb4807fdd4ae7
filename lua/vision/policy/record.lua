-- SPDX-License-Identifier: MIT
-- Decisions, written down and asked again: one JSON object a line.
--
--   { "time": 1764110000.1, "kind": "failover", "name": "priority", "input": { … },
--     "output": [ "openai" ], "error": "file:line: reason" }

local clock = require "vision.base.clock"
local errors = require "vision.base.error"
local kinds = require "vision.policy.kinds"
local log = require "vision.base.log"

local record = {}

-- Longest line that is read back, in bytes.
local MAX_LINE = 4 * 1024 * 1024

local writing -- the file that decisions go to

local function write(kind, name, input, output, err)
  local json = require "vision.base.json"
  local ok, text = pcall(json.encode, {
    time = clock.wall(), kind = kind, name = name or kinds[kind].default,
    input = input, output = output, error = err and err.message,
  })
  local fault = text
  if ok then ok, fault = writing:write(text, "\n") end
  if not ok then
    log.warn("a decision of %s cannot be written down: %s", kind, tostring(fault))
  end
end

--- Begins to write decisions into a file, and ends with the one before.
---@param path string? it is appended to; nil: decisions are not written any more
---@return fun(kind: string, name: string?, input: table, output: any, err: table?)|nil write
---@return vision.error? err reason "input"
function record.to(path)
  if writing then writing:close() end
  writing = nil
  if not path then return nil end
  local file, message = io.open(path, "ab")
  if not file then return nil, errors.new("input", "cannot write " .. message) end
  file:setvbuf "line"
  writing = file
  return write
end

local function decode(line, path, number)
  local json = require "vision.base.json"
  local decision, err
  if #line <= MAX_LINE then
    decision, err = json.decode(line)
  end
  if type(decision) ~= "table" or not kinds.of(decision.kind) or type(decision.name) ~= "string"
    or type(decision.input) ~= "table" then
    return nil, errors.new("input", ("%s:%d: this is no recorded decision%s"):format(path, number,
      err and ": " .. err.message or ""))
  end
  return decision
end

--- The decisions of a file, in order; each has its `number` there.
---@param path string
---@return table[]|nil
---@return vision.error? err reason "input": the file, or the line that is no decision
function record.read(path)
  local file, message = io.open(path, "rb")
  if not file then return nil, errors.new("input", "cannot read " .. message) end
  local _, unreadable = file:read(0) -- of a folder: lines() would throw
  if unreadable then
    file:close()
    return nil, errors.new("input", ("cannot read %s: %s"):format(path, unreadable))
  end
  local decisions, number, err = {}, 0, nil
  for line in file:lines() do
    number = number + 1
    local decision
    decision, err = decode(line, path, number)
    if not decision then break end
    decision.number, decisions[number] = number, decision
  end
  file:close()
  if not err and number == 0 then
    err = errors.new("input", "no decision is recorded in " .. path)
  end
  if err then return nil, err end
  return decisions
end

-- Numbers that went through JSON may differ in the last digit.
local function same(a, b)
  if type(a) == "number" and type(b) == "number" then
    return a == b or math.abs(a - b) <= 1e-12 * math.max(math.abs(a), math.abs(b))
  elseif type(a) ~= "table" or type(b) ~= "table" then
    return a == b
  end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

---@class vision.policy.Change
---@field number integer   of the decision in the file, from 1
---@field kind string
---@field name string
---@field before any       what was decided then
---@field after any        what would be decided now
---@field error string?    what is wrong with the script now

--- Asks the scripts of now again; what they would decide otherwise.
---@param decisions table[]
---@param scripts vision.policy.Generation
---@return vision.policy.Change[]
function record.diff(decisions, scripts)
  local changes = {}
  for _, decision in ipairs(decisions) do
    local asked, err = scripts:script(decision.kind, decision.name)
    local after
    if asked then
      after, err = asked:decide(decision.input)
    end
    if err or not same(decision.output, after) then
      changes[#changes + 1] = { number = decision.number, kind = decision.kind,
        name = decision.name, before = decision.output, after = after, error = err and err.message }
    end
  end
  return changes
end

return record
