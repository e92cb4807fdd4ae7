-- SPDX-License-Identifier: MIT
-- A batch over a folder of 100 000 drawings: when the first one is there beside `ls -f`, which has
-- to see all names, and how the memory grows while all of them go through a provider that answers
-- at once.
--
-- Run in the project's folder after ./vision has built it: `lua5.4 bench/batch.lua [--check]`

package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = (os.getenv "VISION_BUILD" or "build/5.4") .. "/lib/?.so;" .. package.cpath

local core = require "vision.core"
local vision = require "vision"

local FILES = 100000
local FIRST_MS, GROWTH_KB = 50, 8192

local check = arg[1] == "--check"

-- The smallest GIF there is, and a number behind its end so that no two are alike.
local PICTURE = "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;"

local function fill(folder)
  assert(os.execute("mkdir -p " .. folder))
  for i = 1, FILES do
    local file = assert(io.open(("%s/%06d.gif"):format(folder, i), "wb"))
    file:write(PICTURE, i)
    file:close()
  end
end

local function resident_kb()
  for line in io.lines "/proc/self/status" do
    local kb = line:match "^VmRSS:%s*(%d+)"
    if kb then return tonumber(kb) end
  end
end

local function milliseconds(body)
  local started = core.mono()
  body()
  return (core.mono() - started) * 1000
end

local folder = os.tmpname()
os.remove(folder)
fill(folder)

local images
local first = milliseconds(function()
  images = assert(vision.load_images_from_directory(folder))
  assert(images())
end)
local peer = milliseconds(function() os.execute("ls -f " .. folder .. " >/dev/null") end)
print(("the first of %d: %.1f ms (ls -f of all: %.1f ms)"):format(FILES, first, peer))

local provider = assert(vision.create_vision_provider "stub")
local done, early, most = 0, nil, 0
local seconds = milliseconds(function()
  local result = assert(vision.process_images_batch(provider,
    assert(vision.load_images_from_directory(folder)), {
      on_result = function()
        done = done + 1
        if done % 1000 == 0 then
          early = early or done >= 5000 and resident_kb() or nil
          most = math.max(most, resident_kb())
        end
      end,
    }))
  assert(result.completed == FILES, "not all were read")
end) / 1000
os.execute("rm -r " .. folder)
local growth = most - early
print(("all of them in %.1f s, %.0f a second; memory after the first 5000 grows by %d KB")
  :format(seconds, FILES / seconds, growth))
if check and (first > FIRST_MS or growth > GROWTH_KB) then os.exit(1) end
