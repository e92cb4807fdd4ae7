-- SPDX-License-Identifier: MIT
-- A client that lost its answer asks again and pays once: under the same Idempotency-Key the same
-- request has the same answer for a day. What failed and may go well later is not kept.
--
-- Who answers holds the key by a short lease that it renews, so that a process that was killed
-- keeps nobody out.

local core = require "vision.core"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local log = require "vision.base.log"
local task = require "vision.base.task"

local idempotency = {}

local SECONDS = 86400
local LEASE, RENEW = 60, 20

-- Bytes of an answer that is kept.
local ANSWER_MAX = 2 ^ 20

local KEY_MAX = 255

-- ---- which request it is ----

-- What a picture holds, in its place; forms of JSON and multipart that mean the same are the same.
local function plain(value)
  if core.is_image(value) then return "image " .. value:sha256() end
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, inner in pairs(value) do copy[key] = plain(inner) end
  return copy
end

local function print_of(request, route)
  local fields = request.body and plain(request.body.fields) or {}
  return core.sha256(json.encode { route.name, request.params, request.query, fields })
end

-- Two clients may choose the same key.
local function name_of(request, key)
  local client = request.key and request.key.name or ""
  return "once " .. core.sha256(client .. "\0" .. key):sub(1, 56)
end

local function key_of(request)
  local key = request.headers["idempotency-key"]
  if key and (#key > KEY_MAX or not key:find "^[\33-\126]+$") then
    return nil, errors.new("usage", ("an Idempotency-Key has 1 to %d printable characters of ASCII")
      :format(KEY_MAX))
  end
  return key
end

-- ---- an answer that is there ----

local function replay(there, print)
  local kept = json.decode(there) or {}
  if kept.print ~= print then
    return nil, errors.new("key_reused", "this Idempotency-Key came with another request before: "
      .. "take a new key for each")
  elseif not kept.status then
    return nil, errors.new("request_running", "the request of this Idempotency-Key is being "
      .. "answered: ask again later", { retry_after = 1 })
  end
  kept.headers["Idempotency-Replayed"] = "true"
  return { status = kept.status, headers = kept.headers, body = kept.body }
end

-- ---- a new one ----

-- What went wrong and may go well is no answer.
local function is_final(reply, request)
  return reply.status < 500 and reply.status ~= 499 and reply.status ~= 429
    and reply.status ~= 409 and not request.err
end

local function encoded(print, reply, body)
  return json.encode { print = print, status = reply.status, headers = reply.headers, body = body }
end

-- In a task of its own: whether or not the client is there still.
local function write(call)
  return task.spawn(function()
    local ok, err = call()
    if not ok then log.warn("an answer is not kept for its Idempotency-Key: %s", tostring(err)) end
  end)
end

---@class vision.server.Claim
---@field package shelf vision.server.Shelf
---@field package name string
---@field package print string
---@field package renewing vision.Task
local Claim = {}
Claim.__index = Claim

local function claimed(shelf, name, print, text)
  local self = setmetatable({ shelf = shelf, name = name, print = print, is_over = false }, Claim)
  self.renewing = task.spawn(function()
    while task.sleep(RENEW) do shelf:put(name, text, LEASE) end
  end)
  return self
end

local function finish(self, call)
  if self.is_over then return end
  self.is_over = true
  self.renewing:cancel()
  return write(call)
end

-- Gives the key back; does not wait.
function Claim:release()
  finish(self, function() return self.shelf:drop(self.name) end)
end

-- Keeps an answer; waits until it is kept.
function Claim:keep(reply, body)
  if #body > ANSWER_MAX then return self:release() end
  finish(self, function()
    return self.shelf:put(self.name, encoded(self.print, reply, body), SECONDS)
  end):join()
end

-- The pieces as they pass by; kept when the last has.
local function watched(self, reply, request)
  local pieces, bytes, events, close = {}, 0, reply.events, reply.close
  reply.events = function()
    local piece = events()
    if piece then
      bytes = bytes + #piece
      if bytes <= ANSWER_MAX then pieces[#pieces + 1] = piece end
    elseif not self.is_over and bytes <= ANSWER_MAX and is_final(reply, request)
      and not task.stopped() then
      self:keep(reply, table.concat(pieces))
    end
    return piece
  end
  reply.close = function()
    if close then close() end
    self:release()
  end
  return reply
end

local function run(self, request, route, app)
  local ok, reply = xpcall(route.handler, debug.traceback, app, request)
  if not ok then
    self:release()
    error(reply, 0)
  elseif reply.events then
    return watched(self, reply, request)
  elseif is_final(reply, request) and type(reply.body) == "string" then
    self:keep(reply, reply.body)
  else
    self:release()
  end
  return reply
end

-- That there is no such folder, or no room, concerns who runs it.
local function away(err)
  if err.reason == "cancelled" then return err end
  log.warn("Idempotency-Key: the store of answers is away: %s", err.message)
  return errors.new("store_unavailable", "the store of answers is away, and without it this might "
    .. "be paid twice: try again later, or without Idempotency-Key", { cause = err })
end

--- The answer to a request: that of its Idempotency-Key where there is one, else the handler's.
---@param shelf vision.server.Shelf where answers are kept
---@param request vision.server.Request
---@param route vision.Route
---@param app vision.App what the handler is given
---@return vision.server.Reply|nil
---@return vision.error? err usage (no such key can be), key_reused, request_running,
---  store_unavailable
function idempotency.answer(shelf, request, route, app)
  if request.method ~= "POST" then return route.handler(app, request) end
  local key, err = key_of(request)
  if err then return nil, err end
  if not key then return route.handler(app, request) end
  local name, print = name_of(request, key), print_of(request, route)
  local text = json.encode { print = print }
  local there
  there, err = shelf:add(name, text, LEASE)
  if there == nil then return nil, away(err) end
  if there ~= true then return replay(there, print) end
  return run(claimed(shelf, name, print, text), request, route, app)
end

return idempotency
