-- SPDX-License-Identifier: MIT
-- lua5.4 bench/service_load.lua [--check] [PART…]: `vision serve`, one process, with many clients:
--
--   pictures  64 pictures of 1 MB (1.4 MB as base64) in flight: its peak memory
--   slow      500 at once on a provider of 2 s: what is added to that, beside nginx
--   streams   2000 streams at a time, 200 a second come: memory of each, and how long the first
--             words of the provider are on their way
--   flight    5000 at once on a provider of 10 s: all are answered; memory of each
--   hostile   honest clients, each on a connection of its own, beside slow heads, slow bodies, idle
--             connections and a flood of requests that are refused
--
-- Without a part all of them. With --check it ends with 1 where a limit is passed.

package.path = "lua/?.lua;lua/?/init.lua;?.lua;" .. package.path
package.cpath = "build/5.4/lib/?.so;" .. package.cpath

local peers = require "bench.peers"
local server = require "bench.server"

local MB = 1024

-- Bytes of picture N, as KB.
local function kb_of(eights) return #server.picture(0, eights) / 1024 end

local part = {}

-- ---- memory ----

-- Several waves: what the first leaves behind is what the others begin with.
function part.pictures()
  local WAVES, CLIENTS, EIGHTS = 4, 64, 131072
  local upstream = server.start "--delay 1000"
  local vision = peers.vision(upstream)
  local request = peers.request(vision, "request", EIGHTS)
  for _ = 1, WAVES do
    local good = peers.run("crowd", vision.port, CLIENTS, 0, request.file, request.at)
    assert(good == CLIENTS, "not all were answered")
  end
  assert(server.stats(upstream).waiting_most == CLIENTS, "they were not in flight together")
  local _, peak = peers.memory(vision)
  local pictures = CLIENTS * kb_of(EIGHTS)
  print(("%d pictures of %.0f KB in flight: peak %.0f MB"):format(CLIENTS, kb_of(EIGHTS),
    peak / MB))
  peers.judge("MB beyond 1.3 times the pictures", (peak - 1.3 * pictures) / MB, 40)
  peers.stop(vision)
end

function part.flight()
  local CLIENTS = 5000
  local upstream = server.start "--delay 10000"
  for _, eights in ipairs { 256, 8192 } do
    local vision = peers.vision(upstream)
    local request = peers.request(vision, "request", eights)
    local before = peers.memory(vision)
    local good, bad, seconds = peers.run("crowd", vision.port, CLIENTS, 0, request.file, request.at)
    local _, peak = peers.memory(vision)
    print(("%d at once with %.0f KB each: all in %.1f s, %.0f MB before, peak %.0f MB"):format(
      CLIENTS, kb_of(eights), seconds, before / MB, peak / MB))
    peers.judge("not answered", bad, 0)
    peers.judge("KB each beyond its picture", (peak - before) / good - kb_of(eights), 110)
    peers.stop(vision)
  end
  print(("in flight together, by the provider's count: %d"):format(
    server.stats(upstream).waiting_most))
end

-- ---- time ----

function part.slow()
  local CLIENTS, ROUNDS, DELAY = 500, 3, 2
  local upstream = server.start("--delay " .. DELAY * 1000)
  local vision, nginx = peers.vision(upstream), peers.nginx(upstream)
  local ratios = {}
  for round = 1, ROUNDS do
    local added = {}
    for i, one in ipairs { vision, nginx } do
      local request = peers.request(one, "request", 256)
      local good, _, _, p50 = peers.run("crowd", one.port, CLIENTS, 0, request.file, request.at)
      assert(good == CLIENTS, one.name .. " did not answer all")
      added[i] = p50 / 1000 - DELAY * 1000
    end
    print(("  %d  added p50: vision %.1f ms, nginx %.1f ms"):format(round, added[1], added[2]))
    ratios[round] = added[1] / added[2]
  end
  peers.judge("added p50 beside proxy_pass", peers.median(ratios), 3)
  peers.stop(vision)
  peers.stop(nginx)
end

local CHUNK = [[data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"bench",]]
  .. [["choices":[{"index":0,"delta":{%s},"finish_reason":%s}]}]] .. "\n\n"
local FIRST = CHUNK:format([["role":"assistant","content":"{\"summary\":\"@0000000000000000"]],
  "null")
local REST = CHUNK:format([["content":"\",\"details\":[\"Diameter: 20 mm\"],\"confidence\":0.92}"]],
  "null") .. CHUNK:format("", [["stop"]]) .. "data: [DONE]\n\n"

function part.streams()
  local CLIENTS, RATE, SECONDS, BYTES_MAX = 5000, 200, 10, 80
  peers.write("first", FIRST)
  local upstream = server.start_with(REST,
    ("--first build/bench/service/first --delay %d"):format(SECONDS * 1000))
  local vision = peers.vision(upstream)
  local request = peers.request(vision, "request", 256, { path = vision.path .. "/stream" })
  local before = peers.memory(vision)
  local good, bad, _, _, _, first_p50, first_p99 = peers.run("crowd", vision.port, CLIENTS, RATE,
    request.file, request.at)
  local _, peak = peers.memory(vision)
  local most = server.stats(upstream).waiting_most
  print(("%d streams, %d at a time; the first words p50 %.2f ms; %.2f ms of processor time each")
    :format(good, most, first_p50 / 1000, peers.used(vision) / good * 1000))
  peers.judge("not answered", bad, 0)
  peers.judge("streams at a time", most, RATE * SECONDS * 0.95, true)
  peers.judge("KB each", (peak - before) / most, BYTES_MAX)
  peers.judge("ms to the first words, p99", first_p99 / 1000, 5)
  peers.stop(vision)
end

-- ---- who means no good ----

local KEYS = "build/bench/service/keys.json"

local function new_key(name, more)
  local pipe = assert(io.popen(("lua5.4 bin/vision.lua keys new %s --keys %s %s"):format(name, KEYS,
    more or "")))
  local key = pipe:read "*l"
  pipe:close()
  return { headers = ("X-API-Key: %s\r\n"):format(assert(key)) }
end

-- The 99th percentile of honest clients, in ms.
local function honest_p99(vision, request)
  local COUNT, RATE = 1000, 200
  local _, bad, _, _, p99 = peers.run("crowd", vision.port, COUNT, RATE, request.file,
    request.at)
  if bad > 0 then print(("  %d of %d honest clients were not answered"):format(bad, COUNT)) end
  return bad == 0 and p99 / 1000 or math.huge
end

local ATTACKS = { { "idle", 10000 }, { "head", 10000 }, { "body", 10000 }, { "flood", 1000 } }

-- Each round: nobody else, then beside each attack.
function part.hostile()
  local ROUNDS = 3
  local upstream = server.start()
  local honest, flood = new_key "honest", new_key("flood", "--per-minute 60")
  local vision = peers.vision(upstream, false, "--require-keys --keys " .. KEYS)
  local request = peers.request(vision, "honest", 256, honest)
  local refused = peers.request(vision, "flood", 256, flood)
  local ratios = {}
  honest_p99(vision, request)
  for round = 1, ROUNDS do
    local alone = honest_p99(vision, request)
    local line = ("  %d  p99 alone %.2f ms"):format(round, alone)
    for i, attack in ipairs(ATTACKS) do
      local stop = peers.start("hostile", vision.port, attack[1], attack[2],
        attack[1] == "flood" and refused.file or "")
      local p99 = honest_p99(vision, request)
      stop()
      ratios[i] = ratios[i] or {}
      ratios[i][round] = p99 / alone
      line = line .. (", beside %s %.2f"):format(attack[1], p99)
    end
    print(line)
  end
  for i, attack in ipairs(ATTACKS) do
    peers.judge(("p99 beside %d of %s"):format(attack[2], attack[1]), peers.median(ratios[i]), 3)
  end
  local _, peak = peers.memory(vision)
  print(("peak %.0f MB"):format(peak / MB))
  peers.stop(vision)
end

peers.bench({ "crowd", "hostile" }, arg[1] == "--check", function()
  local any = false
  for _, name in ipairs(arg) do
    if name ~= "--check" then
      any = true
      assert(part[name], "there is no part " .. name)()
    end
  end
  if any then return end
  for _, name in ipairs { "pictures", "slow", "streams", "flight", "hostile" } do part[name]() end
end)
