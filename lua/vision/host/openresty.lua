-- SPDX-License-Identifier: MIT
-- The service in an nginx worker (OpenResty, or nginx with its Lua module).
--
--   init_worker_by_lua_block {
--     service = require("vision.host.openresty").service { provider = "local" }
--   }
--   location / {
--     access_by_lua_block { service:receive() }
--     content_by_lua_block { service:serve() }
--     log_by_lua_block { service:finish() }
--   }
--   exit_worker_by_lua_block { service:close() }
--
-- In a task nothing of nginx's may wait: its sockets and its sleep belong to requests.

local driver = require "vision.host.openresty.driver"
local errors = require "vision.base.error"
local log = require "vision.base.log"
local option_lists = require "vision.base.options"
local request = require "vision.host.openresty.request"
local serving = require "vision.host.openresty.serving"

local openresty = {}

local CLOSE_SECONDS = 10

local OPTIONS = {
  socket_folder = { "where its socket may lie for a moment; the worker's user must be able to "
    .. "write there", type = "string" },
  grace = { "seconds that requests under way may take when the worker is to exit", type = "number",
    min = 0, max = 86400, default = 30 },
}

---@class vision.host.openresty.Service
---@field package make fun(): vision.App|nil, function|vision.error|nil
---@field package making vision.host.openresty.Job?
local Service = {}
Service.__index = Service

-- It is made once, and all wait for the same; what failed is tried again with the next request.
local function made(self)
  local making = self.making or driver.start(self.make)
  self.making = making
  local app, err = driver.wait(making)
  if not app and self.making == making then self.making = nil end
  return app, err
end

local function fail(err)
  log.error("the service cannot be made: %s", errors.from(err).message)
  request.fail(errors.new("internal", "the service is not configured rightly; its log says more"))
end

--- Takes the request at hand: for `access_by_lua`.
function Service:receive()
  local app, err = made(self)
  if app then return request.receive(app) end
  fail(err)
  ngx.exit(ngx.status) -- no content phase
end

--- Answers it: for `content_by_lua`.
function Service:serve() -- luacheck: no self
  request.answer()
end

--- Gives up what a client who left, or nginx, has not waited for: for `log_by_lua`.
function Service:finish() -- luacheck: no self
  request.finish()
end

-- What nginx itself refuses, by status.
local REFUSED = {
  [400] = { "usage", "this is no valid HTTP request" },
  [413] = { "too_large", "the body of the request is larger than this service takes" },
  [414] = { "usage", "the target of the request is too long" },
  [494] = { "too_large", "the head of the request is larger than this service takes" },
}

--- Answers in the service's own shape what nginx refuses: for
--- `error_page 400 405 413 414 494 501 505`.
function Service:refuse()
  local refused = REFUSED[ngx.status] or REFUSED[400]
  local app, err = made(self)
  if not app then return fail(err) end
  request.refuse(app, errors.new(refused[1], refused[2]))
end

--- Ends batches and writes down what is not yet: for `exit_worker_by_lua`. Blocks the worker, which
--- has nothing else to do by then, for at most the grace and 10 seconds.
function Service:close()
  local close = self.making and self.making.results and self.making.results[2]
  if type(close) ~= "function" then return end
  local _, err = driver.last(driver.grace + CLOSE_SECONDS, close)
  if err then log.error("what is not in its store yet is lost: %s", tostring(err)) end
end

--- A service of this worker: for `init_worker_by_lua`, where it begins to be made.
---@param make table|fun(): vision.App|nil, function|vision.error|nil  what `vision serve` takes, by
---  the names of its options; or a function, called once, in a task: the application, and what
---  closes its stores
---@param given? table  socket_folder: where its socket may lie for a moment (TMPDIR, else /tmp;
---  the worker's user must be able to write there), grace: seconds that requests under way may take
---  when the worker is to exit, before their calls are cancelled (30)
---@return vision.host.openresty.Service
function openresty.service(make, given)
  if type(make) ~= "table" and type(make) ~= "function" then
    error("the options of 'vision serve', or a function that makes the application, expected", 2)
  end
  local options, err = option_lists.check(OPTIONS, given or {}, "service")
  if not options then error(err.message, 2) end
  driver.grace, driver.socket_folder = options.grace, options.socket_folder
  local function made_of_options() return serving.open(make, options.grace) end
  local self = setmetatable({ make = type(make) == "table" and made_of_options or make }, Service)
  self.making = driver.start(self.make)
  return self
end

--- Runs a function as a task, for code of one's own in a request; other requests go on meanwhile.
---@param body fun(): ...
---@return any ... what it returned; `nil, err` ("internal") where it threw
function openresty.run(body)
  return driver.wait(driver.start(body))
end

return openresty
