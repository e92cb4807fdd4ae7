-- SPDX-License-Identifier: MIT
-- The keys that the service knows its clients by, in a file that is its owner's alone. A key is
-- shown once, when it is made; the file has its SHA-256, which is enough for 32 random bytes.
--
--   vk_ID_SECRET     ID: 8 digits, by which its entry is found; SECRET: 64 digits

local clock = require "vision.base.clock"
local config = require "vision.policy.config"
local core = require "vision.core"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local option_lists = require "vision.base.options"

local keys = {}

--- What a key may allow.
keys.SCOPES = { "analyze", "read", "admin" }

local SCOPE = {}
for _, scope in ipairs(keys.SCOPES) do SCOPE[scope] = true end

local FILE_MAX = 1024 * 1024
local NAME_MAX = 100

---@class vision.server.Key
---@field id string
---@field name string        of the client; one key a name
---@field hash string        SHA-256 of the key, in hexadecimal digits
---@field scopes string[]    of `keys.SCOPES`
---@field requests_per_minute number?
---@field created_at number  seconds since 1970

local function is_name(value)
  return #value <= NAME_MAX and value:find "^[%w][%w_.@-]*$" ~= nil
end

local function are_scopes(value)
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  for _, scope in ipairs(value) do
    count = count - (SCOPE[scope] and 1 or 0)
  end
  return count == 0 and value[1] ~= nil
end

local ENTRY = {
  id = { "finds the entry", type = "string", must_be = "8 hexadecimal digits",
    check = function(value) return value:find("^" .. ("%x"):rep(8) .. "$") ~= nil end },
  name = { "of the client", type = "string", check = is_name,
    must_be = "a name: letters, digits, '_', '-', '.' and '@', at most 100" },
  hash = { "SHA-256 of the key", type = "string", must_be = "64 hexadecimal digits",
    check = function(value) return #value == 64 and value:find "^%x+$" ~= nil end },
  scopes = { "what it allows", type = "table", check = are_scopes,
    must_be = "a list of " .. table.concat(keys.SCOPES, ", ") },
  requests_per_minute = { "that it may make", type = "number", above = 0, max = 1e6 },
  created_at = { "seconds since 1970", type = "number", min = 0 },
}

local NEEDED = { "id", "name", "hash", "scopes", "created_at" }

--- Where the file is, unless somebody names another: beside the configuration file.
---@return string? path  nil where there is no home
function keys.path()
  local path = config.path()
  return path and (path:match "^(.*/)[^/]*$" or "") .. "keys.json"
end

local function refuse(format, ...)
  return nil, errors.new("invalid_option", format:format(...))
end

local function check_entry(given, place)
  local entry, err = option_lists.check(ENTRY, given, place)
  if not entry then return nil, err end
  for _, name in ipairs(NEEDED) do
    if entry[name] == nil then return refuse("%s has no '%s'", place, name) end
  end
  return entry
end

--- The keys of a file's text.
---@param text string
---@param path string for messages
---@return vision.server.Key[]|nil
---@return vision.error? err invalid_option
function keys.parse(text, path)
  local whole, err = json.decode(text)
  if err or type(whole) ~= "table" or type(whole.keys) ~= "table" then
    return refuse("%s is no file of keys%s", path, err and ": " .. err.message or "")
  end
  local list, known = {}, {}
  for i, given in ipairs(whole.keys) do
    local place = ("%s: keys[%d]"):format(path, i)
    local entry, wrong = check_entry(given, place)
    if not entry then return nil, wrong end
    if known[entry.id] or known[entry.name] then
      return refuse("%s: there is another key of its id or its name", place)
    end
    known[entry.id], known[entry.name] = true, true
    list[i] = entry
  end
  return list
end

--- The text of a file; nil without an error where there is none.
---@param path string
---@return string?
---@return vision.error? err unreadable, too_large …
function keys.text(path)
  local text, err = core.read_file(path, FILE_MAX)
  if text then return text end
  return nil, err.reason ~= "not_found" and errors.from(err) or nil
end

--- The keys of a file; none where there is no file.
---@param path string
---@return vision.server.Key[]|nil
---@return vision.error? err
function keys.read(path)
  local text, err = keys.text(path)
  if err then return nil, err end
  if not text then return {} end
  return keys.parse(text, path)
end

-- ---- changing them ----

local function cannot_write(message)
  return nil, errors.new("unreadable", "the keys cannot be written: " .. message)
end

local function write_through(path, text)
  local file, message = io.open(path, "wb")
  if not file then return nil, message end
  file:setvbuf "no" -- a full disk shows here
  local ok
  ok, message = file:write(text)
  file:close()
  return ok, message
end

-- The new file is the lock, too: two who write at once would lose what one of them wrote.
local function locked(path, body)
  local new = path .. ".new"
  local folder = path:match "^(.*)/[^/]*$"
  local ok, err = true, nil
  if folder and folder ~= "" then ok, err = core.make_folder(folder) end
  if ok then ok, err = core.make_file(new) end
  if not ok then
    return cannot_write(err.reason == "input" and new .. " is there: another 'vision keys' is at "
      .. "work, or was killed; then remove it" or err.message)
  end
  local text, wrong = body()
  local message
  if text then
    ok, message = write_through(new, text)
    if ok then ok, message = os.rename(new, path) end
    if ok then return true end
  end
  os.remove(new)
  if wrong then return nil, wrong end
  return cannot_write(message)
end

local function encoded(list)
  return json.encode({ keys = json.array(list) }, { pretty = true }) .. "\n"
end

--- Makes a key and adds it to a file.
---@param path string
---@param given { name: string, scopes: string[], requests_per_minute: number? }
---@return string|nil key  all there is of it: it cannot be read again
---@return vision.error? err invalid_option (a wrong option, the name is taken), unreadable
function keys.add(path, given)
  local id, secret = core.random_id():sub(1, 8), core.random_id() .. core.random_id()
  local key = ("vk_%s_%s"):format(id, secret)
  local entry, err = check_entry({ id = id, name = given.name, scopes = given.scopes,
    requests_per_minute = given.requests_per_minute, hash = core.sha256(key),
    created_at = math.floor(clock.wall()) }, "the key")
  if not entry then return nil, err end
  local ok
  ok, err = locked(path, function()
    local list, wrong = keys.read(path)
    if not list then return nil, wrong end
    for _, other in ipairs(list) do
      if other.name == entry.name then
        return refuse("there is a key named '%s' already: revoke it, or name this one otherwise",
          entry.name)
      end
    end
    entry.scopes = json.array(entry.scopes)
    list[#list + 1] = entry
    return encoded(list)
  end)
  if not ok then return nil, err end
  return key
end

--- Takes a key out of a file: it is worth nothing any more.
---@param path string
---@param name string
---@return true|nil
---@return vision.error? err not_found, unreadable
function keys.remove(path, name)
  return locked(path, function()
    local list, wrong = keys.read(path)
    if not list then return nil, wrong end
    local rest = {}
    for _, entry in ipairs(list) do
      if entry.name ~= name then rest[#rest + 1] = entry end
    end
    if #rest == #list then
      return nil, errors.new("not_found", ("there is no key named '%s'; 'vision keys list' shows "
        .. "all"):format(option_lists.shown_word(name)))
    end
    return encoded(rest)
  end)
end

--- The id of a key that has the form of one.
---@param key string
---@return string?
function keys.id_of(key)
  return #key == 76 and key:match "^vk_(%x%x%x%x%x%x%x%x)_%x+$" or nil
end

return keys
