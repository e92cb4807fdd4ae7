-- SPDX-License-Identifier: MIT
-- Whose a job is: a text on the shelf that ends when nobody renews it. Each write of the owner's
-- changes it, in the same transaction: so who lost the lease writes nothing any more, and who did
-- not hear whether a write was carried out sees it there. The state of the job says under which
-- text it was written, for one whose lease has run out.

local core = require "vision.core"
local json = require "vision.base.json"

local lease = {}

--- Seconds without a word, after which a job is anybody's.
lease.SECONDS = 30

--- Seconds that a job is known of.
lease.KEPT = 86400

---@class vision.server.Lease
---@field package shelf vision.server.Shelf
---@field package id string     of the job
---@field package owner string  the process, and which of its leases
---@field package count integer of writes
local Lease = {}
Lease.__index = Lease

local function key_of(id) return "lease:" .. id end

local function text_of(self, count)
  return ("%s %d"):format(self.owner, count)
end

--- Whether a job may be taken: it is nobody's, or that of a process that has ended.
---@param shelf vision.server.Shelf
---@param id string
---@return boolean|nil
---@return string|false|vision.error? text of the lease that is there, for `take`
function lease.is_free(shelf, id)
  local text, err = shelf:get(key_of(id))
  if text == nil then return nil, err end
  return not text or core.process_has_ended(text), text
end

--- Takes a job that is nobody's, or in the place of another.
---@param shelf vision.server.Shelf
---@param id string
---@param before string|false|nil  the text of the lease that is taken over
---@return vision.server.Lease|false|nil  false: another was faster
---@return vision.error? err
function lease.take(shelf, id, before)
  local mark, err = core.random_id()
  if not mark then return nil, err end
  local self = setmetatable({ shelf = shelf, id = id, count = 0,
    owner = core.process_name() .. ":" .. mark }, Lease)
  local key, text = key_of(id), text_of(self, 0)
  local taken
  if before then
    taken, err = shelf:write_if(key, before, { { "put", key, text, lease.SECONDS } })
  else
    taken, err = shelf:add(key, text, lease.SECONDS)
  end
  if taken == nil then return nil, err end
  return taken == true and self
end

local function writes_of(self, state, result)
  local own = {}
  for name, value in pairs(state) do own[name] = value end
  own.lease = text_of(self, self.count + 1)
  return { { "put", key_of(self.id), own.lease, lease.SECONDS },
    { "put", "job:" .. self.id, json.encode(own), lease.KEPT },
    result and { "append", "results:" .. self.id, result, lease.KEPT } }
end

-- The lease has run out, while this process or the store stood still: the state says whether
-- somebody else had it since. Of a store that has forgotten all, nobody did.
local function held_before(self, mine, next_one)
  local text, err = self.shelf:get("job:" .. self.id)
  if text == nil then return nil, err end
  local last = text and json.decode(text).lease or mine
  if last ~= mine and last ~= next_one then return false end
  local added
  added, err = self.shelf:add(key_of(self.id), last, lease.SECONDS)
  if added == nil then return nil, err end
  return added == true and last
end

-- Which of its texts stands there; false: none does, it is another's.
local function held(self)
  local mine, next_one = text_of(self, self.count), text_of(self, self.count + 1)
  local there, err = self.shelf:get(key_of(self.id))
  if there == nil then return nil, err end
  if not there then return held_before(self, mine, next_one) end
  return (there == mine or there == next_one) and there
end

--- Writes the state of the job, and perhaps a result, all or nothing. After a failure the same is
--- to be written again: nothing is there twice then.
---@param state table
---@param result string?
---@return boolean|nil  false: the job is another's
---@return vision.error? err
function Lease:write(state, result)
  local done, err = self.shelf:write_if(key_of(self.id), text_of(self, self.count),
    writes_of(self, state, result))
  if done == false then
    local there
    there, err = held(self)
    if not there then return there, err end
    done = there == text_of(self, self.count + 1)
    if not done then return self:write(state, result) end
  end
  if done then self.count = self.count + 1 end
  return done, err
end

--- Gives it up: the job is anybody's at once.
function Lease:release()
  local key = key_of(self.id)
  self.shelf:write_if(key, text_of(self, self.count), { { "drop", key } })
end

return lease
