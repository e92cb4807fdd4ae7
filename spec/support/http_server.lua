-- SPDX-License-Identifier: MIT
-- Starts spec/support/http_server.py, the server that misbehaves on request.

local http = require "vision.base.http"
local json = require "vision.base.json"

local http_server = {}
http_server.__index = http_server

local function make_certificate(folder)
  local made = os.execute(("mkdir -p %s && openssl req -x509 -newkey ec -pkeyopt "
    .. "ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=other.example "
    .. "-addext subjectAltName=DNS:other.example -keyout %s/key.pem -out %s/cert.pem 2>/dev/null")
    :format(folder, folder, folder))
  assert(made == true or made == 0, "openssl made no certificate")
end

--- `url` serves the scenarios; `deaf` accepts and says nothing; `secure` serves them by TLS with
--- the certificate in `certificate`, which is for another host.
function http_server.start()
  local folder = os.tmpname()
  os.remove(folder)
  make_certificate(folder)
  local pipe = assert(io.popen(("exec python3 spec/support/http_server.py %s/cert.pem %s/key.pem")
    :format(folder, folder)))
  local plain, deaf, secure = pipe:read("*n", "*n", "*n")
  assert(secure, "the HTTP server did not start")
  return setmetatable({
    pipe = pipe,
    folder = folder,
    certificate = folder .. "/cert.pem",
    url = "http://127.0.0.1:" .. plain,
    deaf = "https://127.0.0.1:" .. deaf,
    secure = "https://127.0.0.1:" .. secure,
  }, http_server)
end

--- What it has seen so far: connections, closed, sent (bytes), seen (requests by scenario).
function http_server:stats()
  return assert(json.decode(assert(http.request { url = self.url .. "/stats" }).body))
end

--- The webhooks it got, in their order: path, id, body; is_signed and is_stamped say whether their
--- signatures are those of "my-secret-key".
---@param path? string only those to it
function http_server:hooks(path)
  local list = {}
  for _, hook in ipairs(json.decode(assert(http.request { url = self.url .. "/hooks" }).body)) do
    if not path or hook.path == path then list[#list + 1] = hook end
  end
  return list
end

function http_server:stop()
  self.pipe:close() -- it ends when nobody reads any more
  os.execute("rm -rf " .. self.folder)
end

return http_server
