-- SPDX-License-Identifier: MIT
local core = require "vision.core"
local socket = require "socket"
local unix = require "socket.unix"

local function path_of_socket()
  local path = os.tmpname()
  os.remove(path)
  return path .. ".sock"
end

local function connect(path)
  local client = unix()
  assert(client:connect(path))
  return client
end

-- Bytes that have come, after waiting at most so long for the first.
local function bytes(client, seconds)
  socket.select({ client }, nil, seconds)
  client:settimeout(0)
  local text, _, partial = client:receive(100)
  return text or partial
end

describe("waker", function()
  local path, waker, client

  before_each(function()
    path = path_of_socket()
    waker = assert(core.waker(path))
  end)

  after_each(function()
    waker:close()
    if client then client:close() end
    client = nil
  end)

  local function connected()
    client = connect(path)
    assert(waker:accept())
    assert.is_nil(io.open(path))
  end

  it("writes one byte when the loop has something to do, not before and not again", function()
    local loop = core.loop()
    connected()
    local read = assert(core.image_read("/nonexistent"))
    loop:step(0)
    while bytes(client, 0) ~= "" do loop:step(0) end
    waker:arm()
    waker:arm()
    while not read:done() do
      assert.equal("!", bytes(client, 10))
      loop:step(1000)
      waker:arm()
    end
  end)

  it("says at once what is due by time alone", function()
    connected()
    local timer = core.loop():timer(0)
    waker:arm()
    assert.equal("!", bytes(client, 0))
    core.loop():step(0)
    timer:close()
  end)

  it("takes nobody else's connection", function()
    local made, err = waker:accept()
    assert.is_nil(made)
    assert.equal("connect", err.reason)
    local pipe = io.popen(("LD_PRELOAD= python3 -c 'import socket, sys; s = socket.socket("
      .. "socket.AF_UNIX); s.connect(\"%s\"); print(1, flush=True); print(s.recv(1))'")
      :format(path))
    assert.equal("1", pipe:read "*l")
    assert.is_nil(waker:accept())
    assert.equal("b''", pipe:read "*l")
    pipe:close()
    connected()
  end)

  it("refuses a path that cannot be, and ends any number of times", function()
    for wrong, reason in pairs { [("x"):rep(108)] = "input", [""] = "input",
      ["/nonexistent/a"] = "unreadable", [path] = "unreadable" } do
      local made, err = core.waker(wrong)
      assert.is_nil(made)
      assert.equal(reason, err.reason)
    end
    connected()
    waker:close()
    waker:close()
    assert.equal("", bytes(client, 10))
    assert.has_error(function() waker:arm() end)
  end)
end)
