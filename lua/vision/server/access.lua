-- SPDX-License-Identifier: MIT
-- Who may ask what: keys, what each allows and how often.
--
-- A key comes as `Authorization: Bearer KEY` or `X-API-Key: KEY`. The file of keys is looked at
-- again while requests come, so that a revoked key is worth nothing within seconds, in every
-- process that serves.

local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"
local keys = require "vision.server.keys"
local log = require "vision.base.log"
local option_lists = require "vision.base.options"
local shared_state = require "vision.layers.shared_state"

local access = {}

local OPTIONS = {
  path = option_lists.path "the file of keys",
  required = { "nobody is answered without a key", type = "boolean", default = true },
  shared = shared_state.OPTION,
  fleet = { "limits of several machines: a shared state in Redis", type = "table" },
}

-- Seconds after which the file is looked at again.
local LOOK = 2

-- Requests at once, of a key that may make so many a minute.
local BURST = 10

---@class vision.server.Access
---@field package path string
---@field package required boolean
---@field package shared vision.core.SharedState?
---@field package fleet vision.Fleet?
---@field package known table<string, vision.server.Key>  by id
---@field package buckets table<string, vision.core.TokenBucket>
local Access = {}
Access.__index = Access

-- ---- the file ----

local function take_up(self, text)
  local list, err = keys.parse(text, self.path)
  if not list then return nil, err end
  self.known = {}
  for _, key in ipairs(list) do self.known[key.id] = key end
  return true
end

-- Without its file nobody has a key; a file that is wrong changes nothing.
local function look(self)
  local text, err = keys.text(self.path)
  if err or text == self.text then return err == nil, err end
  self.text = text
  if text then return take_up(self, text) end
  self.known = {}
  return true
end

local function look_again(self)
  local now = clock.mono()
  if now < self.next_look then return end
  self.next_look = now + LOOK
  local _, err = look(self)
  if err and err.message ~= self.told then
    log.error("the keys stay as they were: %s", err.message)
  end
  self.told = err and err.message
end

-- ---- a request ----

local function presented(headers)
  local bearer = (headers.authorization or ""):match "^[Bb][Ee][Aa][Rr][Ee][Rr] +([^ ]+) *$"
  return bearer or headers["x-api-key"]
end

local NO_HASH = ("0"):rep(64)

-- As long for one that is not known, and for one that is wrong at its end.
local function key_of(self, given)
  local key = self.known[keys.id_of(given) or ""]
  local is_right = core.equal(core.sha256(given), key and key.hash or NO_HASH)
  return is_right and key or nil
end

local function unauthorized(given)
  if not given then
    return errors.new("unauthorized", "this needs a key: send it as Authorization: Bearer KEY, or "
      .. "as X-API-Key", { challenge = 'Bearer realm="vision"' })
  end
  return errors.new("unauthorized", "the key is not known: it was revoked, or is mistyped",
    { challenge = 'Bearer realm="vision", error="invalid_token"' })
end

local function allows(key, scope)
  for _, one in ipairs(key.scopes) do
    if one == scope or one == "admin" then return true end
  end
  return false
end

local function bucket_of(self, key)
  local rate = key.requests_per_minute
  local name = ("key %s %s"):format(key.id, rate)
  if not self.buckets[name] then
    local limit = { per_minute = rate, burst = math.max(1, math.min(rate, BURST)) }
    local now = clock.mono()
    local own = self.shared and self.shared:token_bucket(name, limit, now)
      or core.token_bucket(limit, now)
    self.buckets[name] = self.fleet and self.fleet:token_bucket(name, limit, now, own) or own
  end
  return self.buckets[name]
end

local function too_often(key, wait)
  return errors.new("rate_limited", ("the key '%s' may make %g requests a minute: try again in "
    .. "%.1f s"):format(key.name, key.requests_per_minute, wait),
    { retry_after = wait, fault = "caller" })
end

-- A limit of several machines is only glanced at: who is beyond it by what this machine alone saw
-- is refused before his body is read.
local function take_turn(self, key)
  if not key.requests_per_minute then return end
  local bucket = bucket_of(self, key)
  local take = self.fleet and bucket.glance or bucket.take
  local taken, wait = take(bucket, 1, clock.mono())
  return not taken and too_often(key, wait) or nil
end

--- Whether a request may be answered; sets its `key`. Never waits.
---@param request vision.server.Request
---@param route vision.Route
---@return vision.error? err unauthorized, forbidden (the key's scopes), rate_limited
function Access:check(request, route)
  local given = presented(request.headers)
  -- Where no key is needed, clients that send one of another service are not sent away.
  if not self.required and not (given and keys.id_of(given)) then return nil end
  look_again(self)
  local key = given and key_of(self, given)
  if not key then return unauthorized(given) end
  request.key = key
  if not allows(key, route.scope) then
    return errors.new("forbidden", ("the key '%s' does not allow this: it lacks the scope '%s'")
      :format(key.name, route.scope))
  end
  return take_turn(self, key)
end

--- Whether a request that `check` let pass is within a limit of several machines; waits for Redis.
--- While that is away, this machine keeps the limit by itself.
---@param request vision.server.Request
---@return vision.error? err rate_limited
function Access:take_turn(request)
  local key = request.key
  if not self.fleet or not key or not key.requests_per_minute then return nil end
  local taken, wait = bucket_of(self, key):take(1, clock.mono())
  shared_state.tell(self.fleet)
  return not taken and too_often(key, wait) or nil
end

--- Whether nobody is answered without a key.
---@return boolean
function Access:is_required() return self.required end

--- Whether nobody has a key.
---@return boolean
function Access:is_empty() return next(self.known) == nil end

--- Reads the keys.
---@param given { path: string, required: boolean?, shared: vision.core.SharedState?,
---  fleet: vision.Fleet? }  `shared`, `fleet`: limits hold for all processes that use it
---@return vision.server.Access|nil
---@return vision.error? err invalid_option (the file, too), unreadable
function access.new(given)
  local options, err = option_lists.check(OPTIONS, given, "access")
  if not options then return nil, err end
  local self = setmetatable({ path = options.path, required = options.required,
    shared = options.shared, fleet = options.fleet, known = {}, buckets = {}, next_look = 0 },
    Access)
  local ok
  ok, err = look(self)
  if not ok then return nil, err end
  return self
end

return access
