-- SPDX-License-Identifier: MIT
-- Starts a real PostgreSQL server of its own: a new cluster in a folder of its own, on a unix
-- socket and a free port of the loopback, as a user who is not root (PostgreSQL refuses root).

local core = require "vision.core"
local task = require "vision.base.task"

local postgres = {}
postgres.__index = postgres

-- Characters that a URL writes with %: whoever shows a part of it shows more than a word.
local PASSWORD, PASSWORD_IN_URL = "s3cret/of@vision", "s3cret%2Fof%40vision"

local function read(path)
  local file = io.open(path)
  local text = file and file:read "*a" or ""
  if file then file:close() end
  return text
end

local function run(command)
  local ok = os.execute(command)
  assert(ok == true or ok == 0, "failed: " .. command)
end

local function output(command)
  local pipe = io.popen(command)
  local text = pipe:read "*a"
  pipe:close()
  return (text:gsub("%s+$", ""))
end

-- A folder of Debian's: /usr/lib/postgresql/15/bin.
local function programs()
  local folder = output "ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1"
  assert(folder ~= "", "PostgreSQL is missing: apt-get install postgresql")
  return folder
end

-- What it runs as: itself, or, for root, the user that Debian made for it. It ends with its parent.
local function as_user()
  if output "id -u" ~= "0" then return "setpriv --pdeathsig INT" end
  return "setpriv --reuid postgres --regid postgres --init-groups --pdeathsig INT"
end

local INITDB = [[set -e
  rm $folder; mkdir $folder; printf %s '$password' >$folder/password
  [ $(id -u) != 0 ] || chown -R postgres $folder
  LD_PRELOAD= $user $programs/initdb -D $folder/data -U vision --pwfile=$folder/password \
    --auth-host=scram-sha-256 --auth-local=trust -E UTF8 --locale=C --wal-segsize=4 --no-sync \
    >$folder/log 2>&1 || { cat $folder/log >&2; exit 1; }
  cd $folder/data
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout server.key -out server.crt \
    2>/dev/null
  chmod 600 server.key
  cd - >/dev/null
  cp -a $folder/data $path.new$$
  mv -T $path.new$$ $path 2>/dev/null || rm -rf $path.new$$ # another was faster
  rm -rf $folder]]

-- `initdb` takes a while: once a build. The certificate is for the host `localhost`.
local function template()
  local path = ("build/postgres-%s-cluster"):format(programs():match "(%d+)/bin$")
  if read(path .. "/PG_VERSION") == "" then
    local values = { folder = os.tmpname(), password = PASSWORD, user = as_user(),
      programs = programs(), path = path }
    run((INITDB:gsub("$(%l+)", values)))
  end
  return path
end

local function free_port()
  return tonumber(output("LD_PRELOAD= python3 -c 'import socket; s = socket.socket(); "
    .. "s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])'"))
end

-- Until it takes connections: its own file says so, whose first line is who it is.
local function await(self)
  local give_up = core.mono() + 20
  repeat
    local state = read(self.folder .. "/data/postmaster.pid")
    if tonumber(state:match "^%d+") == self.pid and state:find "\nready%s*$" then return end
    task.sleep(0.005)
  until core.mono() > give_up
  error("PostgreSQL did not start: " .. self:log())
end

--- Starts it, where it does not run. It listens where it did before.
function postgres:resume()
  if self.pid then return end
  self.pipe = assert(io.popen(("LD_PRELOAD= exec %s sh -c 'echo $$; exec %s/postgres -D %s/data "
    .. "-p %d -k %s %s >>%s/log 2>&1'"):format(as_user(), programs(), self.folder, self.port,
    self.folder, self.settings, self.folder)))
  self.pid = self.pipe:read "*n"
  await(self)
end

--- A server with the empty database `postgres`, the user `vision` and a password.
---@param settings? string of PostgreSQL's own command line: "-c fsync=on" (off: what is written
---  outlives its processes all the same), "-c ssl=on" (`certificate` is the file of its authority)
function postgres.start(settings)
  local folder = os.tmpname()
  run(("rm -f %s && mkdir -m 755 %s && cp -a %s %s/data"):format(folder, folder, template(),
    folder))
  if output "id -u" == "0" then run("chown -R postgres " .. folder) end
  local self = setmetatable({
    folder = folder, port = free_port(), certificate = folder .. "/data/server.crt",
    settings = "-c listen_addresses=127.0.0.1 -c shared_buffers=16MB -c max_connections=40 "
      .. "-c log_min_messages=fatal -c fsync=off " .. (settings or ""),
  }, postgres)
  self.url = self:address "127.0.0.1"
  self.socket_url = self:address("", "postgres?host=" .. folder) -- asks for no password
  self:resume()
  return self
end

--- The URL of its database by another name of the host; a database, a user.
function postgres:address(host, database, user)
  return ("postgres://%s:%s@%s:%d/%s"):format(user or "vision", PASSWORD_IN_URL, host, self.port,
    database or "postgres")
end

--- What must stand in no message.
postgres.PASSWORD, postgres.PASSWORD_IN_URL = PASSWORD, PASSWORD_IN_URL

function postgres:log()
  return read(self.folder .. "/log")
end

-- Kills a process and its children, and waits until the children are gone, too: the next server
-- must not find one of them still writing.
local KILL = [[pid=%d; kill -STOP $pid; children=$(pgrep -P $pid)
  kill -KILL $children $pid
  for child in $children; do
    while grep -q '^State:.[^ZX]' /proc/$child/status 2>/dev/null; do sleep 0.005; done
  done]]

--- Kills it and all of its processes, as a power cut would.
function postgres:kill()
  os.execute(KILL:format(self.pid))
  self:reap()
end

-- Waits until the process is gone.
function postgres:reap()
  self.pipe:close()
  self.pid = nil
end

--- Ends it in good order; who is connected is sent away.
function postgres:pause()
  os.execute("kill -INT " .. self.pid)
  self:reap()
end

--- Ends it and removes what it wrote.
function postgres:stop()
  if self.pid then
    os.execute("kill -QUIT " .. self.pid)
    self:reap()
  end
  os.execute("rm -rf " .. self.folder)
end

return postgres
