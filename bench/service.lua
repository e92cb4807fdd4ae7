-- SPDX-License-Identifier: MIT
-- lua5.4 bench/service.lua [--check] [--seconds N]: `vision serve` beside nginx's proxy_pass and
-- Portkey's gateway (from npm; left out where that is not to be had), each before a provider that
-- answers at once; every request has another picture. Then a hit of the cache beside nginx's
-- `return 200`. 16 clients, one process of each; rounds in turn. The figure is mostly the processor
-- time of a request, so that what else the machine does counts little.

package.path = "lua/?.lua;lua/?/init.lua;?.lua;" .. package.path
package.cpath = "build/5.4/lib/?.so;" .. package.cpath

local peers = require "bench.peers"
local server = require "bench.server"

local CLIENTS, ROUNDS = 16, 5
local seconds = tonumber((table.concat(arg, " "):match "%-%-seconds (%S+)")) or 2

-- µs of processor time a request, and requests a second.
local function measure(one, request)
  local before = peers.used(one)
  local good, bad, took = peers.run("load", one.port, CLIENTS, seconds, request.file,
    request.at or "")
  assert(bad == 0, one.name .. " answered wrongly: " .. bad)
  return (peers.used(one) - before) / good * 1e6, good / took
end

-- Rounds in turn. For each but the first the medians of the rounds' ratios to it: time of a
-- request, requests a second.
local function compare(list, requests)
  local times, rates = {}, {}
  for i = 2, #list do times[i], rates[i] = {}, {} end
  for round = 1, ROUNDS do
    local line, our_us, our_rate = ("  %d"):format(round), measure(list[1], requests[1])
    line = line .. ("  %s %7.1f µs, %6.0f/s"):format(list[1].name, our_us, our_rate)
    for i = 2, #list do
      local us, rate = measure(list[i], requests[i])
      times[i][round], rates[i][round] = our_us / us, our_rate / rate
      line = line .. ("   %s %7.1f µs, %6.0f/s"):format(list[i].name, us, rate)
    end
    print(line)
  end
  for i = 2, #list do times[i], rates[i] = peers.median(times[i]), peers.median(rates[i]) end
  return times, rates
end

local function at_once(list, eights)
  local requests = {}
  for i, one in ipairs(list) do requests[i] = peers.request(one, "request-" .. one.name, eights) end
  print(("bodies of %d bytes"):format(requests[1].bytes))
  return compare(list, requests)
end

local function hits(upstream, nginx)
  print "the same picture of 2 KB again: a hit of the cache"
  local cached = peers.vision(upstream, true)
  local request = peers.request(cached, "request-hit", 140)
  request.at = nil
  peers.write("hit", "GET /hit HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
  local _, rates = compare({ cached, nginx }, { request, { file = "build/bench/service/hit" } })
  peers.judge("requests a second beside return 200", rates[2], 0.2, true)
end

peers.bench({ "load" }, arg[1] == "--check", function()
  local upstream = server.start()
  local nginx, portkey = peers.nginx(upstream), peers.portkey(upstream)
  local list = { peers.vision(upstream), nginx, portkey }
  if not portkey then print "no npm, or no registry in its reach: Portkey's gateway is left out" end
  local times, rates = at_once(list, 140)
  peers.judge("processor time of a request beside proxy_pass", times[2], 7)
  if portkey then peers.judge("requests a second beside Portkey's", rates[3], 8, true) end
  times = at_once(list, 131072)
  peers.judge("processor time of a request beside proxy_pass", times[2], 2.2)
  if portkey then peers.judge("processor time beside Portkey's", times[3], 1 / 8) end
  hits(upstream, nginx)
end)
