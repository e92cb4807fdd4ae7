-- SPDX-License-Identifier: MIT
-- The curl lines of the service's pages, against `vision serve`; and each path of it is there.

local application = require "spec.support.application"
local folder = require "spec.support.folder"
local output = require "spec.support.output"
local pictures = require "spec.support.pictures"
local served = require "spec.support.served"
local service = require "spec.support.service"
local task = require "vision.base.task"

local text_of = output.of

local PAGES = { "docs/service.md", "docs/openai.md" }

local function script()
  local blocks = {}
  for _, path in ipairs(PAGES) do
    for block in text_of(path):gmatch "```sh\n(.-)```" do blocks[#blocks + 1] = block end
  end
  return table.concat(blocks)
end

-- What fails says which line it was.
local HEAD = [[
set -eu
cd '%s'
curl() {
  command curl -sS --fail-with-body --max-time 60 "$@" || { echo "failed: $*" >&2; return 1; }
}
]]

local function run(lines, place, port)
  folder.write(place .. "/page.sh", HEAD:format(place) .. lines:gsub("localhost:8000",
    "127.0.0.1:" .. port))
  local pipe = io.popen(("bash '%s/page.sh' 2>&1; echo \"=$?\""):format(place))
  local said, status = pipe:read("*a"):match "^(.*)=(%d+)\n$"
  pipe:close()
  return tonumber(status), said
end

-- The method of a line of curl, as curl itself takes it.
local function method_of(line)
  return line:match "%-X (%u+)" or line:find " %-G " and "GET"
    or (line:find " %-F " or line:find " %-d " or line:find "%-%-data%-binary") and "POST" or "GET"
end

-- Those that are shown on other pages, and one that depends on what the service is set up with.
local ELSEWHERE = { page = true, page_file = true, page_picture = true, provider_model = true }

local function with_drawings(body)
  folder.with(function(place)
    local small = pictures.png(20, 10, function() return 200 end)
    for _, name in ipairs { "shaft.png", "small.png", "flange.pdf" } do
      folder.write(place .. "/" .. name, small)
    end
    body(place)
  end)
end

describe("the pages of the service", function()
  it("show lines that work", function()
    with_drawings(function(place)
      folder.write(place .. "/vision.lua", "return {}")
      local running = served.start(place, { "--provider", "stub", "--store",
        place .. "/records.db" })
      local ok, status, said = pcall(run, script(), place, running.port)
      local left, err = running:finish()
      assert(ok, status)
      assert.equal(0, status, said)
      assert.matches("<!DOCTYPE html>", text_of(place .. "/quality.html"), 1, true)
      assert.matches("^record_id,", text_of(place .. "/records.csv"))
      assert.equal(0, left, err)
    end)
  end)

  it("show lines that work inside nginx, too", function()
    with_drawings(function(place)
      local status, said = task.spawn(function()
        local server = service.nginx { reads = { records = { store = place .. "/records.db" } } }
        local ok, status, said = pcall(run, script(), place,
          server.url:match "%d+$")
        server:stop()
        return ok and status, ok and said or status
      end):join()
      assert.equal(0, status, said)
      assert.matches("^record_id,", text_of(place .. "/records.csv"))
    end)
  end)

  it("show each path of the service", function()
    application.with({}, function(_, app)
      local shown = {}
      for line in script():gsub("\\\n", " "):gmatch "[^\n]*curl[^\n]*" do
        local path = line:match "localhost:8000(/[^%s'\"?)]*)"
        local route = path and app.router:find(method_of(line), path)
        assert.is_table(route, line)
        shown[route.name] = true
      end
      for _, route in ipairs(app.routes) do
        assert.is_true(shown[route.name] or ELSEWHERE[route.name], route.name)
      end
    end)
  end)
end)
