-- SPDX-License-Identifier: MIT
-- Requests to addresses that somebody else chose: what the guard lets through, on the connection.

local command = require "spec.support.command"
local http = require "vision.base.http"
local json = require "vision.base.json"

local LOOPBACK = { "127.0.0.1", "::1" }

describe("guarded requests", function()
  local server, port

  setup(function()
    server = require("spec.support.http_server").start()
    port = server.url:match "%d+$"
  end)

  teardown(function() server:stop() end)

  local function seen() return server:stats().seen.echo or 0 end

  it("connect to no address of this machine or network, however it is written", function()
    local before = seen()
    for _, host in ipairs { "127.0.0.1", "localhost", "0.0.0.0", "127.1", "0x7f.0.0.1",
      "2130706433", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]" } do
      local url = ("http://%s:%s/echo"):format(host, port)
      local response, err = http.request { url = url, guard = {}, connect_timeout = 5 }
      assert.is_nil(response, host)
      assert.equal("forbidden_address", err.reason, host .. ": " .. tostring(err))
    end
    assert.equal(before, seen())
  end)

  it("say what the address is, and are the caller's fault", function()
    local _, err = http.request { url = "http://169.254.169.254/latest/meta-data/", guard = {} }
    assert.equal("169.254.169.254 is at a link-local address, where nothing is sent unless its "
      .. "network is allowed", err.message)
    assert.equal("caller", err.fault)
    assert.is_false(err.retryable)
  end)

  it("go to networks that are allowed", function()
    local response = assert(http.request { url = server.url .. "/echo", guard = LOOPBACK })
    assert.equal(200, response.status)
    local _, err = http.request { url = server.url .. "/echo", guard = { "127.0.0.2/31" } }
    assert.equal("forbidden_address", err.reason)
  end)

  it("have a connection of their own, which nobody uses again", function()
    local function connection(guard)
      local response = assert(http.request { url = server.url .. "/echo", guard = guard })
      return json.decode(response.body).connection
    end
    local plain = connection()
    local guarded = connection(LOOPBACK)
    assert.is_true(guarded > plain)
    assert.is_true(connection(LOOPBACK) > guarded)
    assert.equal(plain, connection())
  end)

  it("leave nothing of the guard to the requests after them", function()
    for _ = 1, 40 do
      assert.is_nil(http.request { url = server.url .. "/echo", guard = {} })
      assert.is_table(http.request { url = server.url .. "/echo" })
    end
  end)

  it("follow no redirect", function()
    local _, err = http.request { url = server.url .. "/redirect", guard = LOOPBACK }
    assert.equal("redirect", err.reason)
  end)

  it("ask no proxy of the environment", function()
    local script = [[
      local http = require "vision.base.http"
      local _, err = http.request { url = "http://no.invalid/echo", guard = { "0.0.0.0/0" } }
      print(http.request({ url = "http://no.invalid/echo" }).status, err.reason)]]
    local pipe = assert(io.popen(("http_proxy=%s LUA_PATH='%s' LUA_CPATH='%s' %s -e '%s' 2>&1")
      :format(server.url, package.path, package.cpath, command.INTERPRETER, script)))
    local said = pipe:read "*a"
    pipe:close()
    assert.matches("^200%s+dns%s*$", said)
  end)

  it("refuse what is no network", function()
    local _, err = http.request { url = server.url .. "/echo", guard = { "10.0.0.0/8", "moon" } }
    assert.equal("invalid_option", err.reason)
    assert.matches("'moon' is no network: write it like 10.0.0.0/8", err.message, 1, true)
    assert.has_error(function() http.request { url = server.url, guard = { 5 } } end)
    assert.has_error(function() http.request { url = server.url, guard = "10.0.0.0/8" } end)
  end)

  it("know the status of an answer that is longer than what is read of it", function()
    local reader = assert(http.stream { url = server.url .. "/announced", guard = LOOPBACK,
      max_response = 65536 })
    assert.equal(200, reader.status)
    local _, err = reader:rest()
    assert.equal("response_too_large", err.reason)
    reader:close()
    assert.is_true(server:stats().sent < 64 * 1024 * 1024)
  end)
end)
