-- SPDX-License-Identifier: MIT
-- A bare connection, for what no HTTP client would send. It waits as a task does, since the server
-- it talks to may live in the same process.

local socket = require "socket"
local task = require "vision.base.task"

local Client = {}
Client.__index = Client

local SECONDS = 10

--- Sends all of a text.
function Client:send(text)
  local from = 1
  while from <= #text do
    local last, err, partial = self.socket:send(text, from)
    if not last and err ~= "timeout" then return nil, err end
    from = (last or partial) + 1
    if from <= #text then task.sleep(0.001) end
  end
  return true
end

local function receive(self)
  local text, err, partial = self.socket:receive(65536)
  self.text = self.text .. (text or partial or "")
  return err
end

local function wait(self, is_enough)
  for _ = 1, SECONDS * 1000 do
    local err = receive(self)
    if is_enough(self.text, err) then return self.text end
    if err == "closed" then error("the connection was closed after: " .. self.text, 2) end
    task.sleep(0.001)
  end
  error(("nothing more within %d s after: %s"):format(SECONDS, self.text), 2)
end

--- Everything that has come, once it matches a pattern.
function Client:read_until(pattern)
  return wait(self, function(text) return text:find(pattern) end)
end

--- So many bytes more, and no byte beyond them.
function Client:read_bytes(count)
  local pieces = {}
  for _ = 1, SECONDS * 1000 do
    local text, err, partial = self.socket:receive(count)
    text = text or partial
    pieces[#pieces + 1], count = text, count - #text
    if count == 0 then return table.concat(pieces) end
    if err == "closed" then error(("closed, %d bytes too early"):format(count), 2) end
    if #text == 0 then task.sleep(0.001) end
  end
  error(("%d bytes did not come within %d s"):format(count, SECONDS), 2)
end

--- Everything up to the end of the connection.
function Client:read_to_end()
  return wait(self, function(_, err) return err == "closed" end)
end

function Client:close() self.socket:close() end

local module = {}

---@param port integer on the loopback
---@param room? integer  bytes that it takes from the network before they are read
function module.connect(port, room)
  local made = assert(socket.tcp4())
  if room then assert(made:setoption("recv-buffer-size", room)) end
  assert(made:connect("127.0.0.1", port))
  made:settimeout(0)
  return setmetatable({ socket = made, text = "" }, Client)
end

return module
