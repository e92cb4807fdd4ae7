-- SPDX-License-Identifier: MIT
-- What a Redis server promises to keep, as it is set up.

local redis_durability = {}

---@class vision.RedisDurability
---@field level "always"|"everysec"|"system"|"snapshots"|"none"|"unknown"
---@field text string  what is lost, for people

local LOST = {
  always = "each change is on disk before it is answered",
  everysec = "a second of changes may be lost when its machine fails",
  system = "the changes of about 30 seconds may be lost when its machine fails",
  snapshots = "what came after the last snapshot is lost when it fails; appendonly yes keeps it",
  none = "everything is lost when it ends: nothing is written to disk (appendonly yes keeps it)",
  unknown = "what is lost when it fails is unknown: it does not tell how it is set up",
}

local FSYNC = { always = "always", everysec = "everysec", no = "system" }

local function setting(handle, name)
  local reply = handle:call("CONFIG", "GET", name)
  return type(reply) == "table" and reply[2] or nil
end

local function level_of(handle)
  local info = handle:call("INFO", "persistence")
  local append = type(info) == "string" and info:match "aof_enabled:(%d)"
  if not append then return "unknown" end
  if append == "1" then return FSYNC[setting(handle, "appendfsync")] or "unknown" end
  local save = setting(handle, "save")
  return not save and "unknown" or save == "" and "none" or "snapshots"
end

--- Asks it. What it does not tell is unknown.
---@param handle vision.Redis
---@return vision.RedisDurability
function redis_durability.of(handle)
  local level = level_of(handle)
  local text = LOST[level]
  local policy = setting(handle, "maxmemory-policy")
  if policy and policy:find "^allkeys" then
    text = ("%s; and what it has no memory for is thrown away (maxmemory-policy %s)"):format(text,
      policy)
  end
  return { level = level, text = text }
end

return redis_durability
