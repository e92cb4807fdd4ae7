-- SPDX-License-Identifier: MIT
-- What the loops over image bytes cost, beside what one would use instead, on an image of 1.05 MB:
--
--   base64, SHA-256   against OpenSSL
--   a JSON text with the image in it   json_lift and lua-cjson on what is left, against lua-cjson
--
-- Run in the project's folder after ./vision has built it once:
-- `lua5.4 bench/kernels.lua [--check]`. CPU time, medians; the two sides of a ratio run in turn.
-- With --check it ends with 1 where a limit is missed: each may cost at most that times its peer.

package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath
local core = require "vision.core"
local cjson = require "cjson"

local ROUNDS, IMAGE_BYTES, CHUNK = 31, 1050000, 65536
local LIMITS = {
  ["base64-encode"] = 0.5,
  ["base64-decode"] = 0.5,
  ["sha256"] = 1.1,
  ["json"] = 0.5,
}

local failed = false

local function report(name, ours_us, peer_us)
  local ratio, limit = ours_us / peer_us, LIMITS[name]
  local verdict = ""
  if limit then
    verdict = ("   limit %.1f"):format(limit)
    if ratio > limit then
      failed = true
      verdict = verdict .. "  MISSED"
    end
  end
  print(("%-24s %8.0f us   peer %8.0f us   ratio %.2f%s"):format(name, ours_us, peer_us, ratio,
    verdict))
end

-- ---- C against C ----

local SOURCES = "bench/kernels.c csrc/core/base64.c csrc/core/base64_avx2.c csrc/core/digest.c "
  .. "csrc/core/error.c"

local function compare_in_c()
  local command = "mkdir -p build/bench && cc -std=c11 -D_GNU_SOURCE -O2 -o build/bench/kernels "
    .. SOURCES .. " -lcrypto && build/bench/kernels"
  local pipe = assert(io.popen(command, "r"))
  for name, ours, peer in pipe:read("*a"):gmatch("(%S+) (%S+) (%S+)") do
    report(name, tonumber(ours), tonumber(peer))
  end
  assert(pipe:close(), command)
end

-- ---- a JSON text that holds the image ----

local function json_text()
  local png = "\137PNG\r\n\26\n" .. "\0\0\0\13IHDR\0\0\4\0\0\0\4\0\8\2\0\0\0\0\0\0\0"
  local data = ("\17\99\200abc"):rep(math.floor(IMAGE_BYTES / 6))
  local length = string.char(math.floor(#data / 65536 / 256), math.floor(#data / 65536) % 256,
    math.floor(#data / 256) % 256, #data % 256)
  png = png .. length .. "IDAT" .. data .. "\0\0\0\0" .. "\0\0\0\0IEND\0\0\0\0"
  return '{"image":"' .. core.base64_encode(png) .. '","options":{"detail":"high"}}', png
end

local text, png = json_text()

local function lifted()
  local lift = assert(core.json_lift())
  for from = 1, #text, CHUNK do
    assert(lift:feed(text:sub(from, from + CHUNK - 1)))
  end
  local left, images = lift:finish()
  assert(cjson.decode(left).options.detail == "high")
  return images[1]
end

local function plain()
  local image = cjson.decode(text).image
  return assert(core.image_from_base64(image))
end

local function median(list)
  table.sort(list)
  return list[math.floor(#list / 2) + 1]
end

local function cost_us(body)
  collectgarbage()
  local start = os.clock()
  body()
  return (os.clock() - start) * 1e6
end

-- Both ends make a whole image, its SHA-256 included.
local function compare_in_lua()
  assert(lifted():bytes() == png and plain():bytes() == png)
  local ours, peer = {}, {}
  for round = 1, ROUNDS do
    ours[round] = cost_us(lifted)
    peer[round] = cost_us(plain)
  end
  report("json", median(ours), median(peer))
end

compare_in_c()
compare_in_lua()
os.exit(not (failed and arg[1] == "--check"))
