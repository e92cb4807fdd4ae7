-- SPDX-License-Identifier: MIT
local command = require "spec.support.command"
local core = require "vision.core"
local errors = require "vision.base.error"
local redis = require "vision.database.redis"
local server_of = require "spec.support.redis"
local task = require "vision.base.task"

describe("a Redis server", function()
  local server, r

  setup(function() server = server_of.start() end)
  teardown(function() server:stop() end)
  before_each(function()
    r = server:handle()
    assert(r:call "FLUSHALL")
  end)
  after_each(function() r:close() end)

  it("takes any bytes and whole numbers, and answers as what they are", function()
    local bytes = "\0\r\n$-1\r\n" .. ("\255"):rep(100000)
    assert.equal("OK", r:call("SET", "k", bytes))
    assert.equal(bytes, r:call("GET", "k"))
    assert.equal("OK", r:call("SET", "n", 2 ^ 52))
    assert.equal(2 ^ 52 + 1, r:call("INCR", "n"))
    assert.equal("OK", r:call("SET", "f", 0.1))
    assert.equal(0.1, tonumber(r:call("GET", "f")))
    assert.is_false(r:call("GET", "nothing"))
    assert.same({ "a", false, { 1, "b" } },
      (r:eval("return { ARGV[1], false, { 1, 'b' } }", {}, { "a" })))
  end)

  it("says what was wrong with a command, and the others of a pipeline are carried out", function()
    local reply, err = r:call("HSET", "k")
    assert.is_nil(reply)
    assert.same({ "internal", "ERR", "ours" }, { err.reason, err.word, err.fault })
    assert.matches("wrong number of arguments", err.message)
    local replies = assert(r:pipeline { { "SET", "k", 1 }, { "LPUSH", "k", 1 }, { "INCR", "k" } })
    assert.same({ "OK", "WRONGTYPE", 2 }, { replies[1], replies[2].word, replies[3] })
    assert.has_error(function() r:pipeline { { "GET", true } } end)
    assert.has_error(function() r:pipeline { {} } end)
    assert.has_error(function() r:pipeline { "GET" } end)
    assert.equal("PONG", r:call "PING")
  end)

  it("answers each of many tasks with its own", function()
    local wrong, list = 0, {}
    for i = 1, 50 do
      list[i] = function()
        for j = 1, 20 do
          local word = ("%d %d"):format(i, j)
          if r:call("ECHO", word) ~= word then wrong = wrong + 1 end
        end
      end
    end
    assert(task.gather(list))
    assert.equal(0, wrong)
  end)

  it("runs scripts by name, also after it has forgotten them", function()
    local script = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
    assert.equal(3, r:eval(script, { "n" }, { 3 }))
    assert(r:call("SCRIPT", "FLUSH"))
    assert.equal(5, r:eval(script, { "n" }, { 2 }))
    local reply, err = r:eval("return redis.error_reply('MINE no')", {})
    assert.same({ nil, "MINE" }, { reply, err.word })
    assert.is_nil(r:eval("this is no Lua", {}))
  end)

  it("drops the reply of a task that was stopped, and goes on", function()
    local own = server:handle()
    local waiter = task.spawn(function() return own:call("BLPOP", "list", 0) end)
    local other = task.spawn(function() return own:call("ECHO", "after") end)
    task.sleep(0.01)
    waiter:cancel()
    assert.equal("cancelled", select(2, waiter:join()).reason)
    assert(r:call("RPUSH", "list", "x"))
    assert.equal("after", (other:join()))
    own:close()
  end)

  it("fails what is under way when it is killed, and is found again", function()
    local waiter = task.spawn(function() return r:call("BLPOP", "list", 0) end)
    task.sleep(0.01)
    server:kill()
    local _, err = waiter:join()
    assert.equal("store_unavailable", err.reason)
    assert.is_true(err.retryable)
    local patient = task.spawn(function() return r:call "PING" end)
    local impatient = assert(redis.new(server.url, { wait = false }))
    assert.equal("store_unavailable", select(2, impatient:call "PING").reason)
    server:restart()
    assert.equal("PONG", (patient:join()))
    local give_up = core.mono() + 10
    while not impatient:call "PING" and core.mono() < give_up do task.sleep(0.01) end
    assert.equal("PONG", impatient:call "PING")
    impatient:close()
  end)

  it("is given up when it does not answer in time", function()
    local hasty = assert(redis.new(server.url, { timeout_seconds = 0.05 }))
    assert.equal("PONG", hasty:call "PING")
    server:freeze()
    local _, err = hasty:call "PING"
    server:thaw()
    assert.equal("store_unavailable", err.reason)
    assert.matches("no answer within 0.05 s", err.message)
    hasty:close()
  end)

  it("is not blamed when the program itself was away for long", function()
    local hasty = assert(redis.new(server.url, { timeout_seconds = 0.05 }))
    assert.equal("PONG", hasty:call "PING")
    local asked = task.spawn(function() return hasty:call "PING" end)
    task.sleep(0)
    local until_then = core.mono() + 0.1
    while core.mono() < until_then do end -- the program's own work
    assert.equal("PONG", (asked:join()))
    hasty:close()
  end)

  it("that nobody waits for keeps no program alive; a handle ends with its program", function()
    local said = command.script(([[
      local r = assert(require("vision.database.redis").open "%s")
      print(r:call "PING", require("vision.core").loop():wait(5))]]):format(server.url))
    assert.matches("PONG\tfalse", said)
  end)

  it("fails calls that come to a closed handle", function()
    r:close()
    r:close()
    assert.equal("store_unavailable", select(2, r:call "PING").reason)
  end)
end)

describe("a Redis server that is not there", function()
  it("is named with the cause, without its password", function()
    for url, cause in pairs {
      ["redis://u:secret@127.0.0.1:1"] = "connection refused",
      ["redis://u:secret@no..name"] = "unknown node or service",
    } do
      local r, err = redis.open(url, { timeout_seconds = 2, wait = false })
      assert.is_nil(r)
      assert.equal("store_unavailable", err.reason)
      assert.matches(cause, err.message)
      assert.is_nil(tostring(err):find("secret", 1, true))
    end
    assert.is_nil(tostring(redis.new "redis://u:secret@h"):find("secret", 1, true))
  end)

  it("but another server, is told apart", function()
    for said, expected in pairs {
      ["HTTP/1.1 400 Bad\\r\\n"] = "no Redis server", -- its reply is none
      ["+OK\\r\\n+OK\\r\\n"] = "nothing had asked for",
      ["*4294967295\\r\\n"] = "no Redis server",
      ["*2147483647\\r\\n"] = "Out of memory", -- it is not even tried
      [""] = "closed the connection",
    } do
      local pipe = assert(io.popen(("LD_PRELOAD= python3 -c '%s' '%s'"):format([[
import socket, sys
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
c = s.accept()[0]
c.recv(100)
c.sendall(sys.argv[1].encode().decode("unicode_escape").encode())]], said)))
      local _, err = redis.open("redis://127.0.0.1:" .. pipe:read "*n",
        { timeout_seconds = 2, wait = false })
      pipe:close()
      assert.equal("ours", err.fault)
      assert.matches(expected, err.message)
    end
  end)
end)

describe("a Redis server with a password", function()
  local server

  setup(function()
    server = server_of.start { arguments = "--requirepass secret", credentials = ":secret" }
  end)
  teardown(function() server:stop() end)

  it("lets in who has it", function()
    local r = server:handle()
    assert.equal("OK", r:call("ACL", "SETUSER", "reader", "on", ">s3:cr@t", "+@all", "~*"))
    r:close()
    r = assert(redis.open(("redis://reader:s3%%3Acr%%40t@127.0.0.1:%d/2"):format(server.port)))
    assert.matches("db=2", r:call("CLIENT", "INFO"))
    r:close()
  end)

  it("tells who has another at once, and does not repeat it", function()
    for _, before in ipairs { "", ":another@", "nobody:another@" } do
      local began = core.mono()
      local _, err = redis.open(("redis://%s127.0.0.1:%d"):format(before, server.port))
      assert.equal("permission", err.reason)
      assert.is_true(errors.is(err) and core.mono() - began < 4)
      assert.is_nil(tostring(err):find("another", 1, true))
    end
    local _, err = redis.open(server.url .. "/99")
    assert.equal("permission", err.reason)
  end)
end)
