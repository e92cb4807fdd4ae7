-- SPDX-License-Identifier: MIT
-- The drawings of folders, one after the other: names are read in steps and a file when it is asked
-- for, so a folder of 100 000 begins at once and never fills the memory.
--
--   for image, path, err in folder.load_images_from_directory "drawings/" do … end
--
-- A file that cannot be read is `false` with its error, and the next one follows.

local core = require "vision.core"
local errors = require "vision.base.error"
local images = require "vision.drawing.image"
local option_lists = require "vision.base.options"
local task = require "vision.base.task"

local folder = {}

-- By these names a file of a folder is taken for a drawing; what it is, its content tells.
local ENDINGS = {
  png = true, jpg = true, jpeg = true, gif = true, webp = true, tif = true, tiff = true,
  bmp = true, pdf = true,
}

local OPTIONS = {
  recursive = { "folders in the folder, too", type = "boolean", default = false },
}

-- "._x.png" is what macOS leaves beside x.png.
local function is_drawing(name)
  local ending = name:match "%.(%w+)$"
  return name:sub(1, 1) ~= "." and ending ~= nil and ENDINGS[ending:lower()] == true
end

local function joined(path, name)
  return (path:gsub("/+$", "")) .. "/" .. name
end

-- ---- the names, one by one ----

---@class vision.FolderWalk
---@field pending table[]    places still to be gone to, the next one last: path, from
---@field place table?       where it is: path, from, handle, identity, entries, at
---@field seen table<string, true> identities of the folders that were read
---@field found integer      drawings since `root` was begun
---@field root string?       what of the given paths it is in
---@field is_folder boolean   and whether that is a folder
---@field skipped integer     folders in it that were not asked for
local Walk = {}
Walk.__index = Walk

local function step(handle)
  local started, err = handle:read()
  if not started then return nil, err end
  local stopped
  started, stopped = task.wait(handle)
  if not started then return nil, stopped end
  return handle:entries()
end

-- The names of a step in order: of a folder that is not huge, all of them.
local function next_entries(place)
  local entries, err = step(place.handle)
  if not entries then return nil, errors.from(err) end
  table.sort(entries, function(a, b) return a.name < b.name end)
  place.entries, place.at = entries, 0
  return entries
end

local function is_in(identity, place)
  while place do
    if place.identity == identity then return true end
    place = place.from
  end
  return false
end

-- Opens the folder; true where it is one to be read.
local function enter(self, place)
  local handle, err = core.directory(place.path)
  if not handle then return nil, errors.from(err) end
  place.handle = handle
  local entries
  entries, err = next_entries(place)
  if not entries then
    handle:close()
    return nil, err
  end
  place.identity = handle:identity()
  local circle = is_in(place.identity, place.from)
  if circle or self.seen[place.identity] then
    handle:close()
    return nil, circle and errors.new("input",
      ("%s leads back to a folder that it is in; it is not read again"):format(place.path)) or nil
  end
  self.seen[place.identity], self.place = true, place
  place.first = #self.pending + 1
  return true
end

local function nothing_found(self)
  local hint = self.skipped > 0 and not self.recursive
    and "; the folders in it are only read when that is asked for (recursive)" or ""
  return errors.new("not_found", ("no drawings in %s: no file ends in .pdf, .png, .jpg, .tif, "
    .. ".gif, .webp or .bmp%s"):format(self.root, hint), { no_drawings = true })
end

-- Its folders come next, the first of them first; `pending` gives the last out first.
local function leave(self)
  local pending, first, last = self.pending, self.place.first, #self.pending
  while first < last do
    pending[first], pending[last] = pending[last], pending[first]
    first, last = first + 1, last - 1
  end
  self.place.handle:close()
  self.place = nil
end

-- What an entry of the place is: a path to hand out, or nothing.
local function path_of(self, entry)
  local path = joined(self.place.path, entry.name)
  if entry.kind == "folder" and entry.name:sub(1, 1) ~= "." then
    if self.recursive then
      table.insert(self.pending, { path = path, from = self.place })
    else
      self.skipped = self.skipped + 1
    end
  elseif entry.kind == "file" and is_drawing(entry.name) then
    return path
  end
end

local function next_in_place(self)
  local place = self.place
  while true do
    place.at = place.at + 1
    local entry = place.entries[place.at]
    local path = entry and path_of(self, entry)
    if path then
      return path
    elseif not entry then
      if #place.entries == 0 then return nil end
      local entries, err = next_entries(place)
      if not entries then return false, place.path, err end
    end
  end
end

-- The next of the paths that were given.
local function begin_root(self)
  local path = self.roots()
  if path == nil then return nil end
  self.root, self.found, self.skipped, self.is_folder = path, 0, 0, false
  self.pending = { { path = path } }
  return true
end

-- Whether what was just ended was a folder without drawings.
local function is_barren(self)
  return self.root and self.is_folder and self.found == 0
end

-- Goes to a pending place: nothing, or what there is to hand out of it.
local function go(self, place)
  local ok, err = enter(self, place)
  if ok then
    self.is_folder = true
    return nil
  elseif not place.from and err and (err.reason == "input" or err.reason == "not_found") then
    return place.path -- given by name and no folder: a file, or reading it says what is wrong
  elseif err then
    return false, place.path, err
  end
end

-- Of a folder that was named and has nothing, that is said.
local function end_place(self)
  leave(self)
  if #self.pending == 0 and is_barren(self) then
    local err = nothing_found(self)
    self.is_folder = false
    return false, self.root, err
  end
end

--- The next path; `false`, the path and an error where something is in the way; nil at the end.
---@return string|false|nil path
---@return string? of
---@return vision.error? err
function Walk:next()
  while true do
    local path, of, err
    if self.place then
      path, of, err = next_in_place(self)
      if path == false then leave(self) end
      if path == nil then path, of, err = end_place(self) end
    elseif #self.pending > 0 then
      path, of, err = go(self, table.remove(self.pending))
    elseif not begin_root(self) then
      return nil
    end
    if path ~= nil then
      self.found = self.found + 1
      return path, of, err
    end
  end
end

function Walk:close()
  if self.place then leave(self) end
end

local function iterator(list)
  local i = 0
  return function()
    i = i + 1
    return list[i]
  end
end

local function walk(paths, recursive)
  return setmetatable({ roots = iterator(paths), recursive = recursive, pending = {}, seen = {} },
    Walk)
end

-- ---- the images ----

---@class vision.Images called for the next: image, path; `false`, path, error; nil at the end
---@field total integer? how many there are, once `count` has said it
---@operator call: vision.core.Image|false|nil
local Images = {}
Images.__index = Images

function Images:__call()
  local path, of, err = self.walk:next()
  if not path then return path, of, err end
  local image
  image, err = images.image_file(path)
  return image or false, path, err
end

--- Goes through the names, in a walk of its own, to say how many there are. Waits.
---@return integer? total
---@return vision.error? err
function Images:count()
  if not self.total then
    local names, count = walk(self.paths, self.walk.recursive), 0
    while true do
      local path, _, err = names:next()
      if err and err.reason == "cancelled" then
        names:close()
        return nil, err
      elseif path == nil then
        break
      end
      count = count + 1
    end
    self.total = count
  end
  return self.total
end

--- The images of paths: a folder stands for the drawings in it.
---@param paths string[]
---@param given? { recursive: boolean? } folders in folders, too (false)
---@return vision.Images|nil
---@return vision.error? err invalid_option
function folder.load_images(paths, given)
  local options, err = option_lists.check(OPTIONS, given, "load_images")
  if not options then return nil, err end
  return setmetatable({ paths = paths, walk = walk(paths, options.recursive) }, Images)
end

--- The images of a folder, one by one.
---@param path string
---@param given? { recursive: boolean? } folders in the folder, too (false)
---@return vision.Images|nil
---@return vision.error? err not_found, input (no folder), unreadable, invalid_option
function folder.load_images_from_directory(path, given)
  local handle, err = core.directory(path)
  local entries
  if handle then
    entries, err = step(handle)
    handle:close()
  end
  if not entries then return nil, errors.from(err) end
  return folder.load_images({ path }, given)
end

return folder
