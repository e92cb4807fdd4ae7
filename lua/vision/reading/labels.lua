-- SPDX-License-Identifier: MIT
-- A folder of labelled drawings: NAME.json beside each drawing says what stands on it.

local errors = require "vision.base.error"
local json = require "vision.base.json"

local labels = {}

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function names_in(folder)
  local pipe = io.popen("ls -1 -- " .. quoted(folder) .. " 2>/dev/null")
  local names = {}
  for name in pipe:lines() do
    if name:find "%.json$" then
      names[#names + 1] = name
    end
  end
  pipe:close()
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
  for _, name in ipairs(names_in(folder)) do
    local label, err = load(folder .. "/" .. name)
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
