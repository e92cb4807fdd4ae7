-- SPDX-License-Identifier: MIT
-- A folder of labelled drawings: NAME.json beside each drawing says what stands on it.

local core = require "vision.core"
local errors = require "vision.base.error"
local json = require "vision.base.json"

local labels = {}

local function names_in(folder)
  local entries, err = core.folder(folder)
  if not entries then return nil, errors.from(err) end
  local names = {}
  for _, entry in ipairs(entries) do
    if entry.name:find "%.json$" then names[#names + 1] = entry.name end
  end
  table.sort(names)
  return names
end

local function load(path)
  local file, message = io.open(path, "rb")
  if not file then
    return nil, errors.new("not_found", "cannot open the labels: " .. message)
  end
  local label, err = json.decode(file:read "*a")
  file:close()
  if type(label) ~= "table" or not label.file then
    return nil, errors.new("invalid_json", ("%s holds no labels (an object with `file`)%s")
      :format(path, err and ": " .. tostring(err.message or err) or ""))
  end
  return label
end

--- The labels of a folder that are scored: mechanical drawings, in the order of their names.
---@param folder string
---@return { name: string, file: string, label: table }[]|nil list  `file` is the drawing's path
---@return vision.error? err
function labels.read(folder)
  local list = {}
  local names, err = names_in(folder)
  if not names then return nil, err end
  for _, name in ipairs(names) do
    local label
    label, err = load(folder .. "/" .. name)
    if not label then
      return nil, err
    end
    if label.kind == "mechanical" then
      list[#list + 1] = { name = (name:gsub("%.json$", "")), file = folder .. "/" .. label.file,
        label = label }
    end
  end
  if #list == 0 then
    return nil, errors.new("not_found", ("no labels of mechanical drawings (NAME.json) in %s")
      :format(folder))
  end
  return list
end

return labels
