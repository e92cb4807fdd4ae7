-- SPDX-License-Identifier: MIT
-- The files for systemd and nginx in examples/, judged by the programs that read them.

local folder = require "spec.support.folder"

local function text_of(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

local function run(line)
  local pipe = io.popen(("( %s ) 2>&1; echo \"=$?\""):format(line))
  local said, status = pipe:read("*a"):match "^(.*)=(%d+)\n$"
  pipe:close()
  return tonumber(status), said
end

local function is_there(program)
  return run("command -v " .. program) == 0
end

describe("the example for", function()
  it("nginx is taken by nginx", function()
    if not is_there "nginx" then return pending "there is no nginx" end
    folder.with(function(place)
      assert.equal(0, (run(("openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=x "
        .. "-keyout %s/vision.key -out %s/vision.crt"):format(place, place))))
      local conf = text_of "examples/nginx/vision.conf"
      -- Sockets and folders that anybody may use.
      conf = conf:gsub("/etc/nginx/tls", place)
        :gsub("listen (%d+)", "listen unix:" .. place .. "/%1")
      folder.write(place .. "/vision.conf", conf)
      folder.write(place .. "/nginx.conf", (("pid HERE/pid; events {} http { access_log off; "
        .. "client_body_temp_path HERE/a; proxy_temp_path HERE/b; fastcgi_temp_path HERE/c; "
        .. "uwsgi_temp_path HERE/d; scgi_temp_path HERE/e; include HERE/vision.conf; }")
        :gsub("HERE", place)))
      local status, said = run(("nginx -t -q -p %s -c %s/nginx.conf -e %s/error.log"):format(place,
        place, place))
      assert.equal(0, status, said)
      folder.write(place .. "/vision.conf", conf .. "nonsense;")
      assert.are_not.equal(0, (run(("nginx -t -q -p %s -c %s/nginx.conf -e %s/error.log"):format(
        place, place, place))))
    end)
  end)

  it("systemd is taken by systemd", function()
    if not is_there "systemd-analyze" then return pending "there is no systemd" end
    folder.with(function(place)
      for _, name in ipairs { "vision.service", "vision.socket" } do
        folder.write(place .. "/" .. name, (text_of("examples/systemd/" .. name)
          :gsub("/usr/local/bin/vision", "/bin/sh")))
      end
      local status, said = run(("cd %s && systemd-analyze verify --man=no ./vision.service "
        .. "./vision.socket"):format(place))
      assert.equal(0, status, said)
      assert.is_nil(said:find("vision.", 1, true), said)
    end)
  end)

  it("systemd starts the service with options that it has", function()
    local unit = text_of "examples/systemd/vision.service"
    local words = unit:match "ExecStart=(.-[^\\])\n":gsub("\\\n", " ")
    local help = text_of "docs/commands/serve.md"
    for option in words:gmatch "%-%-[%w-]+" do
      assert.is_truthy(help:find("   " .. option .. " ", 1, true), option)
    end
  end)
end)
