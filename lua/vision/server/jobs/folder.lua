-- SPDX-License-Identifier: MIT
-- What jobs still need, where another process finds it: a folder for each in one that is this
-- user's alone.
--
--   ID/job.json   what is asked; written last, so that a job is whole where this is there
--   ID/7          its 7th picture; goes when its result is kept

local core = require "vision.core"
local errors = require "vision.base.error"
local files = require "vision.base.file"
local images = require "vision.drawing.image"
local json = require "vision.base.json"
local log = require "vision.base.log"
local task = require "vision.base.task"

local folders = {}

-- Bytes of all jobs together, and of what is asked of one.
local BYTES, PLAN_BYTES = 2 * 2 ^ 30, 8 * 2 ^ 20

local ID = "^" .. ("%x"):rep(32) .. "$"

---@class vision.server.JobFolder
---@field path string
local Folder = {}
Folder.__index = Folder

local function place_of(self, id) return self.path .. "/" .. id end

-- ---- what is there ----

local function entries_of(path)
  local entries, err = core.folder(path)
  if entries then return entries end
  if err.reason == "not_found" then return {} end
  return nil, errors.from(err)
end

--- The jobs that have something here.
---@return string[]|nil
---@return vision.error? err
function Folder:ids()
  local entries, err = entries_of(self.path)
  if not entries then return nil, err end
  local list = {}
  for _, entry in ipairs(entries) do
    if entry.kind == "folder" and entry.name:find(ID) then list[#list + 1] = entry.name end
  end
  if list[1] then
    -- Somebody else's is nobody's to carry out.
    local ok, failed = core.own_folder(self.path)
    if not ok then return nil, errors.from(failed) end
  end
  return list
end

local function bytes_of(self)
  local sum = 0
  for _, id in ipairs(self:ids() or {}) do
    for _, entry in ipairs(entries_of(place_of(self, id)) or {}) do sum = sum + entry.bytes end
    task.breathe()
  end
  return sum
end

--- Whether a job can be gone on with.
---@param id string
---@return boolean
function Folder:has(id)
  return id:find(ID) ~= nil and files.exists(place_of(self, id) .. "/job.json")
end

--- What is asked of a job.
---@param id string
---@return table|nil  nil: it is not whole
function Folder:plan(id)
  local text = core.read_file(place_of(self, id) .. "/job.json", PLAN_BYTES)
  return text and json.decode(text)
end

--- A picture of a job; waits.
---@param id string
---@param index integer
---@return vision.core.Image|nil
---@return vision.error? err store_damaged, cancelled
function Folder:image(id, index)
  local image, err = images.image_file(("%s/%d"):format(place_of(self, id), index))
  if image or err.reason == "cancelled" then return image, err end
  log.error("picture %d of batch %s is lost: %s", index, id, err.message)
  return nil, errors.new("store_damaged", "the service has lost this picture", { cause = err })
end

-- ---- putting in ----

local function write(path, bytes)
  local file, err = io.open(path, "wb")
  if not file then return nil, err end
  local ok
  ok, err = file:write(bytes)
  local closed, failed = file:close()
  return ok and closed, err or failed
end

local function write_all(place, plan, pictures)
  for index, image in pairs(pictures) do
    local ok, err = write(("%s/%d"):format(place, index), image:bytes())
    if not ok then return nil, err end
    task.breathe()
  end
  local name = place .. "/job.json"
  local ok, err = write(name .. ".new", json.encode(plan))
  if not ok then return nil, err end
  return os.rename(name .. ".new", name)
end

local function check_room(self, pictures)
  local sum = bytes_of(self)
  for _, image in pairs(pictures) do sum = sum + image:size() end
  if sum <= BYTES then return end
  return errors.new("queue_full", ("the pictures of all batches together may have %d bytes: try "
    .. "again later"):format(BYTES), { retry_after = 10 })
end

local function make(self, id)
  local ok, err = core.own_folder(self.path)
  if ok then ok, err = core.own_folder(place_of(self, id)) end
  return ok, err and errors.from(err)
end

--- Keeps a job; what is there of it goes again where that fails. Waits.
---@param id string
---@param plan table  what is asked
---@param pictures table<integer, vision.core.Image>
---@return true|nil
---@return vision.error? err queue_full, store_full, or why there is no such folder
function Folder:keep(id, plan, pictures)
  local err = check_room(self, pictures)
  if err then return nil, err end
  local ok
  ok, err = make(self, id)
  if not ok then return nil, err end
  ok, err = write_all(place_of(self, id), plan, pictures)
  if ok then return true end
  self:remove(id)
  return nil, errors.new("store_full", "the pictures of a batch cannot be kept: " .. err)
end

-- ---- taking away ----

--- A picture is not needed any more.
---@param id string
---@param index integer
function Folder:drop(id, index)
  os.remove(("%s/%d"):format(place_of(self, id), index))
end

--- A job is over.
---@param id string
function Folder:remove(id)
  local place = place_of(self, id)
  os.remove(place .. "/job.json") -- first: what is half removed is no job
  for _, entry in ipairs(entries_of(place) or {}) do os.remove(place .. "/" .. entry.name) end
  os.remove(place)
end

--- The folder of a path, which is made when it is needed.
---@param path string
---@return vision.server.JobFolder
function folders.new(path)
  return setmetatable({ path = path }, Folder)
end

return folders
