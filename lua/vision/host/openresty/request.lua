-- SPDX-License-Identifier: MIT
-- Carries one request of nginx's to an application, and its answer back. nginx has read the body,
-- into memory or into a file; from there it goes in pieces.

local core = require "vision.core"
local driver = require "vision.host.openresty.driver"
local errors = require "vision.base.error"
local heads = require "vision.server.head"
local log = require "vision.base.log"
local replies = require "vision.server.reply"

local request = {}

local PIECE = 65536
local PIECES_AT_ONCE = 16 -- then nginx serves others

-- ---- what came ----

local function headers_of()
  local list = {}
  for name, value in pairs(ngx.req.get_headers(0)) do
    for _, one in ipairs(type(value) == "table" and value or { value }) do
      list[#list + 1] = name
      list[#list + 1] = one == true and "" or one
    end
  end
  return heads.headers(list)
end

local function begin(app, refused)
  local headers, err = headers_of()
  return app:begin { method = ngx.req.get_method(), target = ngx.var.request_uri or "/",
    headers = headers or {}, remote = ngx.var.remote_addr, err = refused or err }
end

local function feed_file(exchange, file)
  for count = 1, math.huge do
    local piece = file:read(PIECE)
    if not piece or not exchange:feed(piece) then return end
    if count % PIECES_AT_ONCE == 0 then ngx.sleep(0.001) end
  end
end

-- nil and why the body cannot be had.
local function receive(exchange)
  if not exchange.wants_body then return true end
  ngx.req.read_body()
  local path = ngx.req.get_body_file()
  if not path then
    exchange:feed(ngx.req.get_body_data() or "")
    return true
  end
  local file, err = io.open(path, "rb")
  if not file then
    return nil, errors.new("internal", "nginx's file of the body cannot be read: " .. err)
  end
  feed_file(exchange, file)
  file:close()
  return true
end

-- ---- what goes ----

-- Each piece is waited for in a task; the next is asked for when this one is on its way.
local function send_events(call)
  ngx.send_headers()
  ngx.flush(true)
  while true do
    call.job = driver.start(call.reply.events)
    local piece, err = driver.wait(call.job)
    if not piece then
      if err then log.error("an event stream broke: %s", tostring(err)) end
      return
    end
    ngx.print(piece)
    if not ngx.flush(true) then return end
  end
end

local function send(call)
  local reply = call.reply
  ngx.status = reply.status
  for name, value in pairs(reply.headers) do ngx.header[name] = value end
  if reply.events then
    if ngx.req.get_method() ~= "HEAD" then send_events(call) end
  else
    local body = reply.body or ""
    if core.is_image(body) then body = body:bytes() end
    ngx.header["Content-Length"] = #body
    ngx.print(body)
  end
  if reply.close then reply.close() end
  call.is_sent = true
end

-- ---- a client who leaves ----

local has_warned = false

-- Once, whatever came of the request; in a task, as with every other carrier.
local function finish(call)
  if call.is_finished then return end
  call.is_finished = true
  if not call.is_sent then
    call.is_left = true
    if call.job then driver.cancel(call.job) end
    if call.reply and call.reply.close then call.reply.close() end
  end
  driver.start(function() call.exchange:finish(not call.is_sent) end)
end

local function watch_client(call)
  local ok, err = ngx.on_abort(function()
    finish(call)
    ngx.exit(499)
  end)
  if not ok and not has_warned then
    has_warned = true
    log.warn("the call of a client who leaves is not cancelled: %s", err)
  end
end

local function answer(call)
  call.job = driver.start(function()
    local reply = call.exchange:answer()
    -- Nobody is there any more to take it.
    if call.is_left and reply.close then reply.close() end
    return reply
  end)
  return driver.wait(call.job)
end

--- Takes the request that nginx has at hand, and its body: in the access phase. nginx looks for a
--- client who leaves only where the body was there before the content phase began.
---@param app vision.App
function request.receive(app)
  local exchange = begin(app)
  ngx.ctx.vision = { exchange = exchange }
  local _, err = receive(exchange)
  ngx.ctx.vision.err = err
end

--- Answers it: in the content phase.
function request.answer()
  local call = ngx.ctx.vision
  if not call then
    error("service:serve() needs service:receive() in access_by_lua of the same location", 3)
  end
  watch_client(call)
  local err = call.err
  if not err then
    call.reply, err = answer(call)
  end
  call.reply = call.reply or replies.failure(err, call.exchange.request)
  send(call)
  finish(call)
end

--- It is over, and perhaps before it was answered: in the log phase.
function request.finish()
  if ngx.ctx.vision then finish(ngx.ctx.vision) end
end

--- Answers what nginx refuses.
---@param app vision.App
---@param err vision.error
function request.refuse(app, err)
  local call = { exchange = begin(app, err) }
  ngx.ctx.vision = call
  call.reply = answer(call)
  send(call)
  finish(call)
end

--- Answers it without an application, with a failure of the usual shape.
---@param err vision.error
function request.fail(err)
  send { reply = replies.failure(err, { id = "req-" .. ngx.var.request_id }) }
end

return request
