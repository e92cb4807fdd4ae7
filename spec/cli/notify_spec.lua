-- SPDX-License-Identifier: MIT
-- What `vision serve` tells systemd, heard on a socket as systemd's.

local command = require "spec.support.command"
local core = require "vision.core"
local folder = require "spec.support.folder"
local output = require "spec.support.output"
local processes = require "spec.support.processes"

-- LuaSocket knows no abstract names.
local LISTENER = [[
import socket, sys
news = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
news.bind(sys.argv[1].replace("@", "\0", 1))
print("listens", flush=True)
while True:
    print(news.recv(4096).decode().replace("\n", " "), flush=True)
]]

local text_of, said = output.of, output.await

local function signal(pid, name) assert(os.execute(("kill -%s %d"):format(name, pid))) end

-- Runs a function with the service, the file of what is heard, and its process; then it must end.
local function with(name, workers, body)
  folder.with(function(place)
    local heard = place .. "/heard"
    folder.write(place .. "/listener.py", LISTENER)
    local listener = assert(core.child({ "sh", "-c", ("exec python3 %s/listener.py '%s' >%s")
      :format(place, name(place), heard) }, {}, 0))
    said(heard, "listens")
    local running = command.start({ "serve", "--provider", "stub", "--port", "0", "--workers",
      tostring(workers) }, { environment = { TMPDIR = place, XDG_CONFIG_HOME = place,
      NOTIFY_SOCKET = name(place) } })
    local ok, err = pcall(function()
      said(running.err, "serves at")
      body(heard, processes.child_of(running.pid) or running.pid)
    end)
    signal(running.pid, "TERM")
    local status, _, log = command.finish(running)
    if ok then ok, err = pcall(said, heard, "STOPPING=1\n$") end
    listener:signal "kill"
    listener:close()
    if not ok then error(tostring(err) .. "\n" .. log, 0) end
    assert.equal(0, status, log)
  end)
end

local function at_a_path(place) return place .. "/notify" end

local function abstract(place) return "@vision" .. place:gsub("/", "-") end

for how, name in pairs { ["at a path"] = at_a_path, ["of an abstract name"] = abstract } do
  describe("systemd's socket " .. how, function()
    for _, workers in ipairs { 1, 2 } do
      it("hears how a service of so many workers is: " .. workers, function()
        with(name, workers, function(heard, pid)
          said(heard, "^listens\nREADY=1\n$")
          local before = core.mono() * 1e6
          signal(pid, "HUP")
          local at = said(heard, "\nRELOADING=1 MONOTONIC_USEC=(%d+)\nREADY=1\n$")
          assert.is_true(before <= tonumber(at) and tonumber(at) <= core.mono() * 1e6)
        end)
      end)
    end
  end)
end

describe("systemd's socket", function()
  it("is not for what the service starts", function()
    with(at_a_path, 2, function(_, pid)
      local worker = processes.child_of(pid)
      assert.is_truthy(text_of(("/proc/%d/environ"):format(worker)):find "VISION_WORKER=")
      assert.is_nil(text_of(("/proc/%d/environ"):format(worker)):find "NOTIFY_SOCKET")
    end)
  end)

  it("may be nobody's", function()
    for _, name in ipairs { "/nonexistent/notify", "@", "relative", ("/x"):rep(100) } do
      folder.with(function(place)
        local running = command.start({ "serve", "--provider", "stub", "--port", "0" },
          { environment = { NOTIFY_SOCKET = name, XDG_CONFIG_HOME = place } })
        said(running.err, "serves at")
        signal(running.pid, "TERM")
        local ended, _, log = command.finish(running)
        assert.equal(0, ended, log)
      end)
    end
  end)
end)
