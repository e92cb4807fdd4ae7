-- SPDX-License-Identifier: MIT
-- HTTP for the rest of Lua: one request, waited for; or one stream, read chunk by chunk.
--
--   http.request(options) -> response | nil, err
--   http.stream(options)  -> reader   | nil, err        (returns once status and headers are there)
--
--   reader.status, reader.headers      as in a response
--   reader:read()    -> chunk | nil (the clean end) | nil, err     (a chunk is at most about 80 KB)
--   reader:payload()                   "what I read was worth something": restarts the idle timer
--   reader:rest()    -> string | nil, err           what is left, to the end (the body of an error)
--   reader:timing()  -> { connect, first_byte, total } in seconds
--   reader:close()                     gives the request up wherever it is; any number of times
--
-- Both wait through `vision.base.task`: inside a task they yield, outside they run the loop, and a
-- cancelled task takes its request with it. A status of 400 or more is a response, not an error:
-- only the protocol above knows what it means. A redirect is an error, for a key would travel too.

local errors = require "vision.base.error"
local task = require "vision.base.task"

---@class vision.HttpOptions
---@field url string              http or https
---@field method? string          "POST" where there is a body, else "GET"
---@field headers? string[]       each "Name: value"; a line break inside is refused, unshown
---@field body? string|vision.HttpSegment[]   segments: a string, or { base64 = image }
---@field connect_timeout? number seconds for name, connection and TLS (10)
---@field idle_timeout? number    seconds without payload: see below (60)
---@field total_timeout? number   seconds for everything (600)
---@field max_response? integer   bytes (16 MB)
---@field guard? string[]         for a URL that somebody else chose: only public addresses, and
---  these networks ("10.0.0.0/8"), are connected to, on a connection of its own, through no proxy

---@class vision.HttpResponse
---@field status integer
---@field headers table<string, string>   lower-case names; repeated ones joined by ", "
---@field body string
---@field timing vision.HttpTiming

-- What counts as payload: bytes sent, the head of the answer, and of a whole response every chunk
-- that is not only white space (a server that keeps a connection warm sends blank lines). Of a
-- stream nothing counts by itself: its reader says so with `reader:payload()`, for only the reader
-- can tell an event from a keep-alive comment. Time that unread chunks wait is not idle time.

local http = {}

--- Refuse every call, loopback too. `--local-only` sets it; VISION_LOCAL_ONLY=1 does the same.
http.local_only = false

--- Whether every call is refused in this process. VISION_LOCAL_ONLY=yes is meant, too: only nothing
--- and 0 are no.
---@return boolean
function http.is_local_only()
  local wish = os.getenv "VISION_LOCAL_ONLY"
  return http.local_only or (wish ~= nil and wish ~= "" and wish ~= "0")
end

-- As the core takes them: a body is a list of segments.
local function core_options(options, stream)
  local is_text = type(options.body) == "string"
  if not is_text and (options.stream or false) == stream then return options end
  local copy = {}
  for name, value in pairs(options) do copy[name] = value end
  copy.stream = stream
  if is_text then copy.body = { options.body } end
  return copy
end

-- Starts a request of the core, which is loaded with the first one.
local function start_request(options)
  return require("vision.core").http(options)
end

local transport = start_request

--- Puts another way to the network in the place of the core's; for simulations.
---@param other? fun(options: table): table|nil, table?  as vision.core.http; nil: the core's
function http.install(other)
  transport = other or start_request
end

local function start(options, stream)
  if http.is_local_only() then
    return nil, errors.new("local_only",
      "no network call is made while local-only is on: "
      .. "use the provider 'local', or leave out --local-only and VISION_LOCAL_ONLY")
  end
  local request, err = transport(core_options(options, stream))
  if not request then return nil, errors.from(err) end
  return request
end

-- Ask `step` until it has something else to say than "wait". Whatever ends the waiting early
-- (the task was cancelled, its deadline passed) ends the request too.
local function await(request, step)
  while true do
    local value, state = step(request)
    if value ~= nil or state ~= "wait" then
      if type(state) == "table" then return nil, errors.from(state) end
      return value
    end
    local ok, err = task.wait(request)
    if not ok then
      request:close()
      return nil, err
    end
  end
end

local function whole(request)
  local done, err = request:done()
  if done or err then return done, err end
  return nil, "wait"
end

local function head(request)
  local status = request:status()
  if status then return status end
  return whole(request)
end

---@param options vision.HttpOptions
---@return vision.HttpResponse? response
---@return table? err reasons: dns connect refused_connection forbidden_address tls timeout network
---  cut_stream redirect response_too_large invalid_option queue_full missing_library local_only
---  cancelled
function http.request(options)
  local request, err = start(options, false)
  if not request then return nil, err end
  local done
  done, err = await(request, whole)
  if not done then
    request:close()
    return nil, err
  end
  local response = {
    status = request:status(),
    headers = request:headers(),
    body = request:body(),
    timing = request:timing(),
  }
  request:close()
  return response
end

---@class vision.HttpReader
---@field status integer
---@field headers table<string, string>
local Reader = {}
Reader.__index = Reader

local function chunk(request)
  local data, state = request:read()
  if state == "end" then return false end
  return data, state
end

---@return string? chunk nil without an error is the clean end
---@return table? err
function Reader:read()
  local data, err = await(self.request, chunk)
  if data then return data end
  return nil, err
end

--- The last chunk held payload: the idle timer starts again from now.
function Reader:payload()
  self.request:payload()
end

--- Everything that is left, at most `max_response` bytes.
---@return string? body
---@return table? err
function Reader:rest()
  local parts = {}
  while true do
    local data, err = self:read()
    if err then return nil, err end
    if not data then return table.concat(parts) end
    if data:find("%S") then self:payload() end
    parts[#parts + 1] = data
  end
end

---@return vision.HttpTiming
function Reader:timing()
  return self.request:timing()
end

function Reader:close()
  self.request:close()
end

---@param options vision.HttpOptions
---@return vision.HttpReader? reader
---@return table? err as of `http.request`
function http.stream(options)
  local request, err = start(options, true)
  if not request then return nil, err end
  local status
  status, err = await(request, head)
  if not status then
    request:close()
    return nil, err
  end
  return setmetatable({
    status = status,
    headers = request:headers(),
    request = request,
  }, Reader)
end

return http
