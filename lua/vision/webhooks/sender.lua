-- SPDX-License-Identifier: MIT
-- One attempt to deliver one event. The receiver's address is somebody else's choice: it is judged
-- on the connection, nothing is followed, and of the answer only so much is read.

local clock = require "vision.base.clock"
local http = require "vision.base.http"
local json = require "vision.base.json"
local signature = require "vision.webhooks.signature"
local version = require "vision.version"

local sender = {}

-- Bytes of an answer that are read, and that are kept of one that is no success.
local ANSWER_MAX, KEPT_MAX = 65536, 200

---@class vision.WebhookReceiver
---@field key string       of its URL, which may be a secret: a digest
---@field label string     scheme, host and port, for people
---@field url string
---@field secrets string[]
---@field events table<string, true>? nil: all
---@field guard string[]   networks that may be connected to beside public ones
---@field timeout number   seconds for everything

local function request_of(receiver, delivery, now)
  local headers = signature.headers(delivery.event_id, math.floor(now), delivery.body,
    receiver.secrets)
  headers[#headers + 1] = "Content-Type: application/json"
  headers[#headers + 1] = "User-Agent: vision/" .. version
  return {
    url = receiver.url, method = "POST", body = delivery.body, headers = headers,
    guard = receiver.guard, max_response = ANSWER_MAX,
    connect_timeout = math.min(10, receiver.timeout), idle_timeout = receiver.timeout,
    total_timeout = receiver.timeout,
  }
end

-- What was said with a status that is no success, in one line; nothing in it steers a terminal
-- (C1 controls are two bytes).
local function words_of(status, text)
  local said = json.valid_utf8((text or ""):sub(1, KEPT_MAX)):gsub("%c+", " ")
    :gsub("\194[\128-\159]", " "):gsub("^%s+", "")
  return said == "" and ("answered %d"):format(status)
    or ("answered %d: %s"):format(status, said)
end

-- The status decides; whatever happens to the rest of the answer is no matter.
local function answer_of(reader)
  local status, text = reader.status, reader:read()
  reader:rest()
  reader:close()
  return status, reader.headers["retry-after"],
    (status < 200 or status >= 300) and words_of(status, text) or nil
end

--- Tries once; waits for the end of it, `receiver.timeout` at most. Whatever happens is an attempt.
---@param receiver vision.WebhookReceiver
---@param delivery { event_id: string, body: string }
---@return vision.WebhookAttempt
function sender.attempt(receiver, delivery)
  local now, started = clock.wall(), clock.mono()
  local attempt = { at = now }
  local reader, err = http.stream(request_of(receiver, delivery, now))
  if reader then
    attempt.status, attempt.retry_after, attempt.message = answer_of(reader)
  else
    attempt.message = err.message
  end
  attempt.ms = (clock.mono() - started) * 1000
  return attempt
end

return sender
