-- SPDX-License-Identifier: MIT
-- Every failure of the program is one kind of table, made here.
--
-- An expected failure is returned (`return nil, err`), misuse by the programmer is thrown. `reason`
-- is the fine word; the one table below gives it the class and the code of the public hierarchy,
-- the HTTP status under which the service answers, whose fault it is and whether to try again.

local errors = {}

-- Class of the hierarchy -> its parent and the code it carries.
local CLASSES = {
  VisionError = { code = "INTERNAL_ERROR" },
  VisionInputError = { parent = "VisionError", code = "INPUT_ERROR" },
  VisionProviderError = { parent = "VisionError", code = "EXTERNAL_SERVICE_ERROR" },
  RateLimitError = { parent = "VisionProviderError", code = "RATE_LIMIT_ERROR" },
  CircuitOpenError = { parent = "VisionProviderError", code = "CIRCUIT_OPEN_ERROR" },
}

-- Whose fault: only "provider" counts against a provider's health.
--   caller    what was given or asked for
--   refusal   the provider answered, but would not or could not do the work
--   provider  the provider, or the way to it, failed
--   ours      this program, its configuration or its machine
local REASONS = {}

local function reasons(class, rows)
  for reason, row in pairs(rows) do
    REASONS[reason] = {
      class = class,
      code = CLASSES[class].code,
      http_status = row[1],
      fault = row[2],
      retryable = row[3] == "retry",
    }
  end
end

reasons("VisionInputError", {
  input = { 400, "caller" },
  usage = { 400, "caller" },
  invalid_option = { 400, "caller" },
  invalid_base64 = { 400, "caller" },
  invalid_json = { 400, "caller" },
  invalid_image = { 422, "caller" },
  truncated_image = { 422, "caller" },
  unsupported_format = { 415, "caller" },
  too_large = { 413, "caller" },
  too_many_pages = { 413, "caller" },
  encrypted = { 422, "caller" },
  empty = { 400, "caller" },
  not_found = { 404, "caller" },
  unauthorized = { 401, "caller" },
  forbidden = { 403, "caller" },
  no_route = { 404, "caller" },
  no_model = { 404, "caller" },
  no_store = { 404, "ours" }, -- what is asked for is not kept here
  method_not_allowed = { 405, "caller" },
  not_acceptable = { 406, "caller" },
  unsupported_body = { 415, "caller" },
  is_directory = { 400, "caller" },
  unreadable = { 400, "caller" },
  vision_unsupported = { 422, "caller" },
  request_timeout = { 408, "caller", "retry" }, -- the built-in server says it by itself
  request_running = { 409, "caller", "retry" }, -- under the same Idempotency-Key
  key_reused = { 422, "caller" }, -- an Idempotency-Key, for another request
  local_only = { 403, "caller" },
  forbidden_address = { 403, "caller" },
  missing_key = { 503, "ours" },
})

reasons("VisionProviderError", {
  timeout = { 504, "provider", "retry" },
  dns = { 502, "provider", "retry" },
  connect = { 502, "provider", "retry" },
  refused_connection = { 502, "provider", "retry" },
  network = { 502, "provider", "retry" },
  cut_stream = { 502, "provider", "retry" },
  tls = { 502, "provider" },
  redirect = { 502, "provider" },
  response_too_large = { 502, "provider" },
  invalid_response = { 502, "provider", "retry" },
  blank = { 502, "provider", "retry" },
  server_error = { 502, "provider", "retry" },
  overloaded = { 503, "provider", "retry" },
  billing = { 502, "provider" },
  refused = { 422, "refusal" },
  filtered = { 422, "refusal" },
  truncated = { 502, "refusal" },
  auth = { 502, "ours" },
  permission = { 502, "ours" },
  not_found_model = { 502, "ours" },
  bad_request = { 502, "ours" },
})

reasons("RateLimitError", {
  rate_limited = { 429, "provider", "retry" },
  budget_exceeded = { 429, "caller" },
})

reasons("CircuitOpenError", {
  circuit_open = { 503, "provider" },
})

reasons("VisionError", {
  cancelled = { 499, "caller" },
  queue_full = { 503, "ours", "retry" },
  out_of_memory = { 500, "ours" },
  missing_library = { 503, "ours" },
  reader_crashed = { 500, "ours" },
  reader_timeout = { 500, "ours" },
  reader_memory = { 500, "ours" },
  unmet = { 409, "ours" }, -- a statement that had to change something found nothing to change
  store_unavailable = { 503, "ours", "retry" },
  store_full = { 507, "ours" },
  store_damaged = { 500, "ours" },
  store_newer = { 500, "ours" },
  script = { 500, "ours" },
  internal = { 500, "ours" },
})

---@class vision.error
---@field reason string       the fine word, a key of `errors.REASONS`
---@field message string      for people: what was wrong, where, what to do
---@field code string         one of the five codes in CLASSES above
---@field class string        the class of the hierarchy, for instance "RateLimitError"
---@field fault string        caller | refusal | provider | ours
---@field http_status integer the status under which a service answers this
---@field retryable boolean   whether the same call may succeed later
---@field provider string?    name of the provider, where one was asked
---@field status integer?     HTTP status the provider answered with
---@field retry_after number? seconds the provider asked to wait
---@field usage table?        tokens that it used all the same, where the provider said so
---@field cost_usd number?    what they cost
---@field unsent boolean?     true: nothing had been sent, so nothing is to be paid
---@field cause any?          what led to it: an error or a text

local Error = { __name = "vision.error" }

function Error.__tostring(err)
  local text = err.message
  if err.provider then
    text = err.provider .. ": " .. text
  end
  return text .. " (" .. err.reason .. ")"
end

-- Bytes of a message: a provider may say back what it was sent, and who throws may show anything.
local MESSAGE_MAX = 4096

-- Cut between two characters.
local function bounded(message)
  if type(message) ~= "string" or #message <= MESSAGE_MAX then return message end
  local kept = message:sub(1, MESSAGE_MAX):gsub("[\192-\255]?[\128-\191]*$", "")
  return ("%s … (%d bytes in all)"):format(kept, #message)
end

local function complete(err, fields)
  local row = REASONS[err.reason]
  if not row then
    err.message = ("%s [unknown reason '%s']"):format(err.message or "", tostring(err.reason))
    err.reason, row = "internal", REASONS.internal
  end
  err.message = bounded(err.message or err.reason)
  for name, value in pairs(row) do
    err[name] = value
  end
  for name, value in pairs(fields or {}) do
    err[name] = value
  end
  return setmetatable(err, Error)
end

--- Makes an error.
---@param reason string a key of `errors.REASONS`; another word throws
---@param message string for people; must hold no secret
---@param fields table? provider, status, retry_after (s), cause …; `retryable` overrides
---@return vision.error
function errors.new(reason, message, fields)
  if not REASONS[reason] then
    error(("unknown error reason '%s' (lua/vision/base/error.lua)"):format(tostring(reason)), 2)
  end
  return complete({ reason = reason, message = message }, fields)
end

--- Turns what the C core returns, `{ reason =, message = }`, into a whole error, in place. A
--- text (what `pcall` caught) becomes an "internal" one; a whole error only takes the fields.
---@param err table|string|any
---@param fields table? as in `errors.new`
---@return vision.error
function errors.from(err, fields)
  if type(err) ~= "table" then
    return complete({ reason = "internal", message = tostring(err) }, fields)
  end
  if getmetatable(err) == Error then
    for name, value in pairs(fields or {}) do
      err[name] = value
    end
    return err
  end
  return complete(err, fields)
end

--- The same error with more fields; the one that others may hold stays as it is.
---@param err vision.error
---@param fields table as in `errors.new`
---@return vision.error
function errors.with(err, fields)
  local copy = {}
  for _, part in ipairs { err, fields } do
    for name, value in pairs(part) do copy[name] = value end
  end
  return setmetatable(copy, getmetatable(err))
end

--- Whether `err` is an error of this program; with a class, whether it is of that class or of
--- one below it, as the public hierarchy says.
---@param err any
---@param class string? a key of CLASSES above; another throws
---@return boolean
function errors.is(err, class)
  if class and not CLASSES[class] then
    error(("unknown error class '%s'"):format(tostring(class)), 2)
  end
  if type(err) ~= "table" or getmetatable(err) ~= Error then
    return false
  end
  local own = err.class
  while class and own and own ~= class do
    own = CLASSES[own].parent
  end
  return own ~= nil
end

--- Every reason and what follows from it (to be read only).
---@type table<string, table> class, code, http_status, fault, retryable
errors.REASONS = REASONS

return errors
