-- SPDX-License-Identifier: MIT
-- Two runs of `vision eval` side by side: how far each figure moved, and which findings (labels not
-- read, call-outs misread or invented) are gone or new.

local errors = require "vision.base.error"
local eval = require "vision.reading.eval"
local json = require "vision.base.json"

local comparison = {}

---@class vision.EvalResult what `vision eval --json` prints
---@field total table<string, number>   figure -> share
---@field each table<string, table>     sheet -> its figures, and `findings`

local function read(path)
  local file, message = io.open(path, "rb")
  if not file then return nil, message end
  local text
  text, message = file:read "*a"
  file:close()
  return text, message and path .. ": " .. message -- a folder can be opened
end

--- The result of an earlier run.
---@param path string a file that --save wrote
---@return vision.EvalResult|nil
---@return vision.error? err reasons: not_found, invalid_json
function comparison.load(path)
  local text, message = read(path)
  if not text then
    return nil, errors.new("not_found", ("cannot read the earlier run: %s"):format(message))
  end
  local result, err = json.decode(text)
  if type(result) ~= "table" or type(result.total) ~= "table" or type(result.each) ~= "table" then
    return nil, errors.new("invalid_json", ("%s was not written by 'vision eval --save'%s"):format(
      path, err and ": " .. err.message or ""))
  end
  return result
end

-- A file may say anything: what is no number is no figure.
local function difference(before, now)
  local moved = {}
  for _, figure in ipairs(eval.FIGURES) do
    local old, new = before[figure], now[figure]
    if type(old) == "number" and type(new) == "number" then
      moved[figure] = tonumber(("%.4f"):format(new - old))
    end
  end
  return moved
end

local function list_of(sheet, finding)
  local findings = type(sheet.findings) == "table" and sheet.findings or {}
  return type(findings[finding]) == "table" and findings[finding] or {}
end

-- What is in the first list and not in the second; what stands there twice must be met twice.
local function without(list, other)
  local met, rest = {}, json.array {}
  for _, text in ipairs(other) do
    met[text] = (met[text] or 0) + 1
  end
  for _, text in ipairs(list) do
    met[text] = (met[text] or 0) - 1
    if met[text] < 0 and type(text) == "string" then rest[#rest + 1] = text end
  end
  return rest
end

local function compare_sheet(before, now)
  local moved = difference(before, now)
  moved.gained, moved.lost = {}, {}
  for _, finding in ipairs(eval.FINDINGS) do
    local old, new = list_of(before, finding), list_of(now, finding)
    moved.gained[finding], moved.lost[finding] = without(old, new), without(new, old)
  end
  return moved
end

local function names_without(sheets, others)
  local names = json.array {}
  for name in pairs(sheets) do
    if type(others[name]) ~= "table" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

---@class vision.EvalComparison
---@field total table<string, number>  figure -> now less before
---@field each table<string, table>    sheet -> the same; `gained`: findings gone, `lost`: new ones
---@field only_before string[]
---@field only_now string[]

--- How a run differs from an earlier one.
---@param before vision.EvalResult
---@param now vision.EvalResult
---@return vision.EvalComparison
function comparison.of(before, now)
  local each = {}
  for name, sheet in pairs(now.each) do
    if type(before.each[name]) == "table" then
      each[name] = compare_sheet(before.each[name], sheet)
    end
  end
  return {
    total = difference(before.total, now.total), each = each,
    only_before = names_without(before.each, now.each),
    only_now = names_without(now.each, before.each),
  }
end

return comparison
