-- SPDX-License-Identifier: MIT
-- The module vision.server.core by itself: what it listens on, what comes, what goes.

local command = require "spec.support.command"
local core = require "vision.core"
local http = require "vision.base.http"
local server_core = require "vision.server.core"
local socket = require "spec.support.socket"
local task = require "vision.base.task"

local GET = "GET /a?b HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n\r\n"

-- In a task, with a server and its port.
local function with(body, limits)
  local ok, err = task.spawn(function()
    local server = assert(server_core.serve(assert(server_core.listen("127.0.0.1", 0)),
      limits or {}))
    local done, failed = xpcall(body, debug.traceback, server, server:port())
    server:close()
    if not done then error(failed, 0) end
    return true
  end):join()
  if not ok then error(err, 0) end
end

-- The next request.
local function accept(server)
  local wire = server:accept()
  while not wire do
    assert(task.wait(server))
    wire = server:accept()
  end
  return wire
end

local function until_state(wire, state)
  while wire:state() ~= state do assert(task.wait(wire)) end
end

local function until_connections(server, count)
  for _ = 1, 2000 do
    if server:connections() == count then return end
    task.sleep(0.001)
  end
  error "a connection is left"
end

describe("the server's module", function()
  it("listens where it is told, and says why it cannot", function()
    local descriptor = assert(server_core.listen("127.0.0.1", 0))
    local host, port = server_core.address(descriptor)
    assert.equal("127.0.0.1", host)
    local _, err = server_core.listen("127.0.0.1", port)
    assert.equal("unreadable", err.reason)
    for _, wrong in ipairs { "192.0.2.1", "no such name" } do
      _, err = server_core.listen(wrong, 0)
      assert.equal("invalid_option", err.reason)
    end
    assert.has_error(function() server_core.listen("127.0.0.1", 65536) end)
    assert.is_nil(server_core.inherited())
    assert(server_core.serve(descriptor, {})):close()
  end)

  it("takes no limit beyond its own", function()
    for _, wrong in ipairs { { connections = 0 }, { connections = 65001 }, { header_bytes = 1 },
      { body_seconds = 0 } } do
      assert.has_error(function() server_core.serve(0, wrong) end)
    end
  end)

  it("gives a request with its head, and takes one answer", function()
    with(function(server, port)
      local client = socket.connect(port)
      client:send(GET)
      local wire = accept(server)
      local method, target, remote, list = wire:head()
      assert.same({ "GET", "/a?b", "127.0.0.1", { "Host", "x", "X-A", "1" } },
        { method, target, remote, list })
      assert.same({ 1, 1, "open" },
        { server:under_way(), server:connections(), wire:state() })
      for _, evil in ipairs { "a\r\nX-Evil: 1", "a\nb", "a\0b" } do
        assert.has_error(function() wire:respond(200, { ["X-A"] = evil }, "") end)
        assert.has_error(function() wire:respond(200, { [evil] = "a" }, "") end)
      end
      assert.has_error(function() wire:respond(99, {}, "") end)
      assert(wire:respond(201, { ["X-B"] = "2" }, "body"))
      local _, err = wire:respond(200, {}, "again")
      assert.equal("internal", err.reason)
      assert.matches("^HTTP/1.1 201 .*\r\nX%-B: 2\r\n.*\r\n\r\nbody$", client:read_until "body")
      until_state(wire, "done")
      assert.equal(0, server:under_way())
      wire:close()
      assert.has_error(function() wire:head() end)
      client:close()
    end)
  end)

  it("gives the body of who is let in, in pieces", function()
    with(function(server, port)
      local client, size = socket.connect(port), 600000
      client:send(("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"):format(size))
      local wire = accept(server)
      wire:receive()
      local sending = task.spawn(client.send, client, ("x"):rep(size))
      local got, pieces = 0, 0
      repeat
        local chunk, is_whole = wire:read()
        got, pieces = got + #chunk, pieces + (#chunk > 0 and 1 or 0)
        if #chunk == 0 and not is_whole then assert(task.wait(wire)) end
      until is_whole and #chunk == 0
      assert.is_true(sending:join())
      assert.equal(size, got)
      assert.is_true(pieces > 1)
      wire:respond(204, {}, "")
      client:read_until "204"
      wire:close()
      client:close()
    end)
  end)

  it("tells once of a client who has left", function()
    with(function(server, port)
      local client = socket.connect(port)
      client:send(GET)
      local wire = accept(server)
      assert.is_nil(server:lost())
      client:close()
      until_state(wire, "left")
      assert.equal(wire:id(), server:lost())
      assert.is_nil(server:lost())
      wire:close()
      until_connections(server, 0)
    end)
  end)

  it("forgets who leaves with half a body, small or large", function()
    with(function(server, port)
      for _, size in ipairs { 1000, 600000 } do
        local client = socket.connect(port)
        client:send(("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"):format(size))
        local wire = size > 65536 and accept(server)
        if wire then wire:receive() end
        task.sleep(0)
        client:send "half" -- its end comes together with this
        client:close()
        if wire then until_state(wire, "left") end
        until_connections(server, 0)
        if wire then wire:close() end
      end
    end)
  end)

  it("gives up an answer in the midst of which its client leaves", function()
    with(function(server, port)
      local older = socket.connect(port) -- the daemon looks at the oldest ones first
      for _, abruptly in ipairs { false, true } do
        local client = socket.connect(port)
        client:send(GET)
        local wire = accept(server)
        wire:respond(200, {})
        wire:write "begun"
        client:read_until "begun"
        client.socket:setoption("linger", { on = abruptly, timeout = 0 })
        client:close()
        until_state(wire, "left")
        wire:close()
        until_connections(server, 1)
      end
      older:close()
    end)
  end)

  it("cuts off a client whose request nobody answers any more", function()
    with(function(server, port)
      local client = socket.connect(port)
      client:send(GET)
      accept(server):close()
      assert.equal("", client:read_to_end())
      client = socket.connect(port)
      client:send(GET)
      local wire = accept(server)
      wire:respond(200, {}) -- piece by piece, and never finished
      wire:write "begun"
      client:read_until "begun"
      wire:close()
      assert.is_nil(client:read_to_end():find "\r\n0\r\n") -- not taken for whole
      client:close()
      until_connections(server, 0)
    end)
  end)

  it("outlives what is collected before it, in any order", function()
    for _, first in ipairs { "server", "wire" } do
      with(function(server, port)
        local client = socket.connect(port)
        client:send(GET)
        local kept = { server = server, wire = accept(server) }
        kept[first]:close()
        kept[first] = nil
        collectgarbage()
        if kept.wire then
          kept.wire:respond(200, {}, "late")
          assert.are_not.equal("open", kept.wire:state())
          kept.wire:close()
        end
        assert.equal("", client:read_to_end())
      end)
    end
  end)
end)

-- Serves on the socket that was handed over, says which process it is, and for "/slow" nothing.
local WORKER = [[
  local core = require "vision.core"
  local server_core = require "vision.server.core"
  local task = require "vision.base.task"
  local server = assert(server_core.serve(assert(server_core.inherited()), {}))
  assert(not os.getenv "LISTEN_FDS" and server_core.inherited() == nil)
  task.spawn(function()
    while task.wait(server) do
      for wire in server.accept, server do
        wire:respond(200, { Connection = "close" }, tostring(core.pid()))
        wire:close()
      end
    end
  end):join()
]]

describe("one socket", function()
  it("is served by several processes, and by those that are left", function()
    local descriptor = assert(server_core.listen("127.0.0.1", 0))
    local _, port = server_core.address(descriptor)
    local function start()
      return assert(core.child({ "sh", "-c", ("LISTEN_PID=$$ LISTEN_FDS=1 exec env LUA_PATH='%s' "
        .. "LUA_CPATH='%s' %s -e '%s'"):format(package.path, package.cpath, command.INTERPRETER,
        WORKER) }, {}, descriptor))
    end
    local children = { start(), start(), start() }
    local function answered_by()
      return (assert(http.request { url = ("http://127.0.0.1:%d/"):format(port) }).body)
    end
    local function wait_for(is_enough)
      local seen = {}
      for _ = 1, 5000 do
        seen[answered_by()] = true
        if is_enough(seen) then return end
        task.sleep(0.001)
      end
      error "it was never so"
    end
    wait_for(function(seen)
      for _, child in ipairs(children) do
        if not seen[tostring(child:pid())] then return false end
      end
      return true
    end)
    local gone = tostring(children[1]:pid())
    children[1]:signal "kill"
    while not children[1]:ended() do assert(task.wait(children[1])) end
    for _ = 1, 50 do assert.are_not.equal(gone, answered_by()) end
    for _, child in ipairs(children) do
      child:signal "kill"
      child:close()
    end
    assert(server_core.serve(descriptor, {})):close()
  end)
end)
