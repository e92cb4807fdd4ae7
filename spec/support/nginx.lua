-- SPDX-License-Identifier: MIT
-- Starts a real nginx whose one worker carries the library, on a free port of the loopback.

local core = require "vision.core"
local http = require "vision.base.http"
local socket = require "socket"
local task = require "vision.base.task"

local nginx = {}
nginx.__index = nginx

local CONFIGURATION = [[
daemon off;
master_process on;
worker_processes 1;
%s
pid %s/pid;
error_log %s/error.log notice;
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
env PATH;
env VISION_READER;
events { worker_connections 1024; }
http {
  access_log off;
  lua_check_client_abort on;
  client_max_body_size 32m;
  client_body_temp_path %s/body;
  proxy_temp_path %s/proxy;
  fastcgi_temp_path %s/fastcgi;
  uwsgi_temp_path %s/uwsgi;
  scgi_temp_path %s/scgi;
  lua_package_path '%s';
  lua_package_cpath '%s';
  %s
  server {
    listen 127.0.0.1:%d;
    %s
  }
}
]]

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

--- A port that was free a moment ago; should another take it, nginx fails to start and says so.
function nginx.free_port()
  local listener = assert(socket.bind("127.0.0.1", 0))
  local _, port = listener:getsockname()
  listener:close()
  return port
end

local function absolute(paths)
  local here = io.popen("pwd"):read "*l"
  return (paths:gsub("[^;]+", function(path)
    return path:sub(1, 1) == "/" and path or here .. "/" .. path
  end))
end

-- What nginx's LuaJIT loads, whichever Lua runs the spec, and never with a sanitizer, which would
-- have to be in nginx, too; `;;` are the folders it knows itself.
local function luajit_paths()
  local path, cpath = absolute(package.path), absolute(package.cpath)
  cpath = cpath:gsub("ci/sanitize%-5%.[14]/", "5.1/"):gsub("5%.4", "5.1")
  return path .. ";;", cpath .. ";;"
end

local function answers(self)
  local give_up = core.mono() + 10
  repeat
    if http.request { url = self.url .. "/ok", connect_timeout = 1 } then return true end
    task.sleep(0.01)
  until core.mono() > give_up
end

--- Starts it with `locations` in its server, and `location = /ok` beside them.
---@param locations string
---@param more? string  directives outside of the server
function nginx.start(locations, more)
  local folder, port = os.tmpname(), nginx.free_port()
  os.remove(folder)
  os.execute("mkdir -m 755 " .. folder)
  local user = io.popen("id -u"):read "*n" == 0 and "user root;" or ""
  local path, cpath = luajit_paths()
  local at = folder
  write(folder .. "/nginx.conf", CONFIGURATION:format(user, at, at, at, at, at, at, at, path, cpath,
    more or "", port, "location = /ok { return 200 'ok'; }\n" .. locations))
  -- The shell says which process it becomes: it must end even when it never answers.
  local pipe = assert(io.popen(
    ("LD_PRELOAD= sh -c 'echo $$; exec nginx -p %s -c %s/nginx.conf -e %s/error.log' 2>&1")
      :format(at, at, at)))
  local self = setmetatable({
    folder = folder, port = port, url = "http://127.0.0.1:" .. port, pipe = pipe,
    pid = pipe:read "*n",
  }, nginx)
  if not answers(self) then
    local log = self:log()
    self:stop()
    error("nginx did not start: " .. log)
  end
  return self
end

--- What it wrote into its log.
function nginx:log()
  local file = io.open(self.folder .. "/error.log")
  local text = file and file:read "*a" or "it wrote no log"
  if file then file:close() end
  return text
end

--- Sends its master a signal.
function nginx:signal(name)
  os.execute(("kill -%s %d"):format(name, self.pid))
end

function nginx:stop()
  os.execute(("kill -QUIT %d 2>/dev/null"):format(self.pid))
  self.pipe:close()
  os.execute("rm -rf " .. self.folder)
end

return nginx
