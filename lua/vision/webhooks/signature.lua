-- SPDX-License-Identifier: MIT
-- Who sent this? Two signatures prove it: `X-Webhook-Signature`, HMAC-SHA256 of the body in
-- hexadecimal, and that of Standard Webhooks 1.0 (https://www.standardwebhooks.com), which signs
-- the time too, so that an old message cannot be sent again.
--
-- A secret is one text, or several while they are being changed: the first signs
-- X-Webhook-Signature, each of them gives a signature in `webhook-signature`, any of them verifies.

local clock = require "vision.base.clock"
local core = require "vision.core"
local errors = require "vision.base.error"

local signature = {}

--- Seconds that a message's time may be off.
signature.TOLERANCE = 300

local PREFIX = "whsec_"

-- Bytes of a key, as Standard Webhooks wants them.
local KEY_MIN, KEY_MAX = 24, 64

local function list_of(secrets)
  return type(secrets) == "table" and secrets or { secrets }
end

local function from_hex(hex)
  return (hex:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

-- An HMAC of what is checked beforehand cannot fail but for memory.
local function hmac(key, text)
  local hex, err = core.hmac_sha256(key, text)
  return hex or error(errors.from(err))
end

-- The key that a secret is for Standard Webhooks: what stands in base64 behind "whsec_", or the
-- text itself.
local function key_of(secret)
  if secret:sub(1, #PREFIX) ~= PREFIX then return secret end
  return core.base64_decode(secret:sub(#PREFIX + 1))
end

local function refuse(message)
  return nil, errors.new("invalid_option", message)
end

local function check_one(secret)
  if type(secret) ~= "string" or secret == "" then
    return refuse "the secret must be a text that is not empty"
  elseif #secret > 4096 then
    return refuse "the secret is longer than 4096 bytes"
  elseif secret:sub(1, #PREFIX) == PREFIX then
    local key = key_of(secret)
    if not key or #key < KEY_MIN or #key > KEY_MAX then
      return refuse(("a secret that begins with %s goes on with base64 of %d to %d bytes")
        :format(PREFIX, KEY_MIN, KEY_MAX))
    end
  end
  return true
end

--- Whether this can be a secret, or several; the message never shows it.
---@param secrets any
---@return true|nil
---@return vision.error? err invalid_option
function signature.check(secrets)
  local list = list_of(secrets)
  if #list == 0 or #list > 10 then return refuse "the secrets must be a list of 1 to 10 texts" end
  for _, secret in ipairs(list) do
    local ok, err = check_one(secret)
    if not ok then return nil, err end
  end
  return true
end

--- A new secret for both kinds of signature: "whsec_" and 32 random bytes.
---@return string|nil
---@return vision.error? err
function signature.new_secret()
  local halves = {}
  for i = 1, 2 do
    local half, err = core.random_id()
    if not half then return nil, errors.from(err) end
    halves[i] = from_hex(half)
  end
  return PREFIX .. core.base64_encode(table.concat(halves))
end

local function standard_of(id, timestamp, payload, secret)
  local hex = hmac(key_of(secret), ("%s.%s.%s"):format(id, timestamp, payload))
  return "v1," .. core.base64_encode(from_hex(hex))
end

--- The headers that sign a body, as lines "Name: value".
---@param id string        of the event; the same in every attempt
---@param timestamp integer seconds since 1970, of this attempt
---@param payload string   the body as it is sent
---@param secrets string|string[]
---@return string[]
function signature.headers(id, timestamp, payload, secrets)
  local list, standard = list_of(secrets), {}
  local time = ("%d"):format(timestamp)
  for i, secret in ipairs(list) do standard[i] = standard_of(id, time, payload, secret) end
  return {
    "X-Webhook-Signature: " .. hmac(list[1], payload),
    "webhook-id: " .. id,
    "webhook-timestamp: " .. time,
    "webhook-signature: " .. table.concat(standard, " "),
  }
end

-- Any of the candidates; all of them are compared, so that the time tells nothing.
local function is_any(given, candidates)
  local found = false
  for _, candidate in ipairs(candidates) do
    found = core.equal(given, candidate) or found
  end
  return found
end

local function usable(payload, secrets)
  if type(payload) ~= "string" then error("the payload must be the body as it came, a text", 3) end
  local ok, err = signature.check(secrets)
  if not ok then error(err.message, 3) end
end

--- Whether `X-Webhook-Signature` is that of the body. Takes a time that says nothing about how much
--- of it is right.
---@param payload string     the body as it came, not decoded and encoded again
---@param given string?      the header; nil (there was none) is false
---@param secret string|string[]
---@return boolean
function signature.verify_signature(payload, given, secret)
  usable(payload, secret)
  local wanted = {}
  for i, one in ipairs(list_of(secret)) do wanted[i] = hmac(one, payload) end
  return type(given) == "string" and is_any(given:lower(), wanted)
end

local function by_lower_name(headers)
  local found = {}
  for name, value in pairs(headers) do
    if type(name) == "string" and type(value) == "string" then found[name:lower()] = value end
  end
  return found["webhook-id"], found["webhook-timestamp"], found["webhook-signature"]
end

-- Why the time of a message is not believed.
local function fault_of_time(timestamp, tolerance, now)
  if not timestamp:find "^%d+$" or #timestamp > 15 then
    return "webhook-timestamp is no time"
  end
  local age = now - tonumber(timestamp)
  if age > tolerance then
    return ("the message is %.0f s old: it may be one that was sent before"):format(age)
  elseif -age > tolerance then
    return ("the message is from %.0f s ahead: is a clock wrong?"):format(-age)
  end
end

local function is_signed(payload, id, timestamp, given, secret)
  local wanted, found = {}, false
  for i, one in ipairs(list_of(secret)) do
    wanted[i] = standard_of(id, timestamp, payload, one)
  end
  for word in given:gmatch "%S+" do found = is_any(word, wanted) or found end
  return found
end

--- Whether a message is signed as Standard Webhooks says, and of now.
---@param payload string   the body as it came
---@param headers table<string, string>  webhook-id, webhook-timestamp, webhook-signature; any case
---@param secret string|string[]
---@param tolerance? number seconds that its time may be off (300)
---@param now? number       seconds since 1970
---@return boolean
---@return string? why not, for a log
function signature.verify_standard_signature(payload, headers, secret, tolerance, now)
  usable(payload, secret)
  local id, timestamp, given = by_lower_name(headers)
  if not id or not timestamp or not given then
    return false, "webhook-id, webhook-timestamp or webhook-signature is missing"
  end
  local fault = fault_of_time(timestamp, tolerance or signature.TOLERANCE, now or clock.wall())
  if fault then return false, fault end
  if is_signed(payload, id, timestamp, given, secret) then return true end
  return false, "the signature is not that of this message and secret"
end

return signature
