-- SPDX-License-Identifier: MIT
-- What the benchmarks that need a server share: instant_server.c, compiled and started; pictures
-- for it; how much memory this process has.

local http = require "vision.base.http"
local json = require "vision.base.json"

local server = {}

local ANSWER = [[{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"bench",
"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","refusal":null,
"content":"{\"summary\":\"A flange.\",\"details\":[\"Diameter: 20 mm\"],\"confidence\":0.92}"}}],
"usage":{"prompt_tokens":812,"completion_tokens":17,"total_tokens":829}}]]

local COMPILE = "mkdir -p build/bench && "
  .. "cc -std=c11 -D_GNU_SOURCE -O2 -o build/bench/%s bench/%s.c %s"

--- Compiles a program of this folder into build/bench.
---@param name? string     instant_server without one
---@param libraries? string  flags for the compiler
function server.compile(name, libraries)
  name = name or "instant_server"
  local ok = os.execute(COMPILE:format(name, name, libraries or ""))
  assert(ok == true or ok == 0, "cannot compile " .. name)
end

local pipes = {} -- kept: a collected pipe would wait for the end of its program

--- Starts a server that answers with a reading. It ends with this process.
---@param options? string  of instant_server
---@return string url
function server.start(options) return server.start_with(ANSWER, options) end

--- The same with an answer of one's own.
---@param answer string
---@param options? string
---@return string url
function server.start_with(answer, options)
  local file = assert(io.open("build/bench/answer.json", "w"))
  file:write(answer)
  file:close()
  local pipe = io.popen("exec build/bench/instant_server --answer build/bench/answer.json "
    .. (options or ""), "r")
  pipes[#pipes + 1] = pipe
  return ("http://127.0.0.1:%d"):format(pipe:read "*n")
end

--- What a server has counted.
---@return { requests: integer, bytes: integer, waiting: integer, waiting_most: integer }
function server.stats(url)
  return assert(json.decode(assert(http.request { url = url .. "/stats" }).body))
end

local function big_endian(number)
  return string.char(math.floor(number / 2 ^ 24) % 256, math.floor(number / 2 ^ 16) % 256,
    math.floor(number / 2 ^ 8) % 256, number % 256)
end

--- The header of a 64 × 64 PNG and 2 KB behind it: nobody decodes it here.
---@param number integer  makes it one of its own
---@param eights? integer  of bytes behind its header, 256 by default
---@return string bytes
function server.picture(number, eights)
  eights = eights or 256
  local data = ("%08d"):format(number):rep(eights)
  return "\137PNG\r\n\26\n\0\0\0\13IHDR\0\0\0\64\0\0\0\64\8\2\0\0\0\0\0\0\0"
    .. big_endian(8 * eights) .. "IDAT" .. data .. "\0\0\0\0" .. "\0\0\0\0IEND\174\66\96\130"
end

--- Resident memory of this process.
---@return integer kilobytes
function server.resident_kb()
  for line in io.lines "/proc/self/status" do
    local kb = line:match "^VmRSS:%s+(%d+)"
    if kb then return tonumber(kb) end
  end
end

return server
