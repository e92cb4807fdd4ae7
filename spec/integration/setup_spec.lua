-- SPDX-License-Identifier: MIT
-- ./vision in a small checkout of its own, on a system of which cmake, dpkg, apt-get and id are
-- played: what is installed, built and said, and when.

-- Each stand-in writes its call to $calls, which is what the specs look at.
local STAND_INS = {
  cmake = [[echo "cmake $*" >>"$calls"
case $1 in -S) cat "$root/cmake.says" 2>/dev/null ;; esac
[ ! -e "$root/cmake.fails" ] ]],
  ["dpkg-query"] = [[echo dpkg >>"$calls"
shift 2
for name in "$@"; do grep -qx "$name" "$root/missing" || echo "ii $name"; done]],
  ["apt-get"] = [[echo "apt-get $*" >>"$calls"
case $1 in update) : >"$root/lists"; exit 0 ;; esac
[ -e "$root/lists" ] || { echo "Unable to locate package"; exit 100; }
: >"$root/missing"]],
  id = [[cat "$root/user"]],
  sudo = [[echo "sudo $*" >>"$calls"; exit 1]],
}

local root

local function shell(command)
  local pipe = assert(io.popen(command))
  local out = pipe:read "*a"
  pipe:close()
  return out
end

local function write(path, text)
  local file = assert(io.open(root .. "/" .. path, "w"))
  file:write(text)
  file:close()
end

local function calls()
  local file = io.open(root .. "/calls")
  local text = file and file:read "*a" or ""
  if file then file:close() end
  return text
end

-- Runs `command` in the checkout; what it printed, what it said, its exit status.
local function run(command, environment)
  local out = shell(("cd %s && env root=$PWD calls=$PWD/calls PATH=$PWD/fakes:$PATH %s %s "
    .. "</dev/null 2>said; echo \"status $?\""):format(root, environment or "", command))
  return out:match "^(.*)status", shell("cat " .. root .. "/said"), tonumber(out:match "%d+\n$")
end

before_each(function()
  root = shell("mktemp -d"):match "%S+"
  shell(("cp -r vision tools %s && cd %s && mkdir bin csrc fakes && touch CMakeLists.txt csrc/a.c")
    :format(root, root))
  write("bin/vision.lua", "print('ran', ...)")
  write("missing", "")
  write("user", "1000\n")
  for name, body in pairs(STAND_INS) do
    write("fakes/" .. name, "#!/bin/sh\n" .. body .. "\n")
  end
  shell("chmod +x " .. root .. "/fakes/*")
end)

after_each(function() shell("rm -rf " .. root) end)

describe("./vision", function()
  it("builds at the first run and hands its arguments on", function()
    local printed, said, status = run "./vision analyze 'a b'"
    assert.are.equal("ran\tanalyze\ta b\n", printed)
    assert.are.equal(0, status)
    assert.is_truthy(said:find "building")
    assert.is_truthy(calls():find "cmake %-S .*Release")
  end)

  it("serves under LuaJIT, and all else runs under Lua 5.4", function()
    write("bin/vision.lua", "print(jit and 'LuaJIT' or _VERSION, ...)")
    assert.are.equal("LuaJIT\tserve\t--port\t0\n", (run "./vision serve --port 0"))
    assert.is_truthy(calls():find "cmake %-S .*VISION_LUA=5.1")
    assert.is_nil(calls():find "VISION_LUA=5.4")
    assert.are.equal("Lua 5.4\tdoctor\n", (run "./vision doctor"))
    assert.is_truthy(calls():find "VISION_LUA=5.4")
  end)

  it("serves under Lua 5.4 where there is no LuaJIT and none may be installed", function()
    write("bin/vision.lua", "print(jit and 'LuaJIT' or _VERSION, ...)")
    for _, name in ipairs { "env", "sh", "cat", "dirname", "readlink", "find", "mkdir", "flock",
      "basename", "grep", "rm", "mv", "nproc", "tr", "sed", "lua5.4" } do
      shell(("ln -s $(command -v %s) %s/fakes/"):format(name, root))
    end
    local printed = run("./vision serve", "VISION_NO_INSTALL=1 PATH=$PWD/fakes")
    assert.are.equal("Lua 5.4\tserve\n", printed)
  end)

  it("installs the LuaJIT that goes together with what is there", function()
    write("user", "0\n")
    for _, case in ipairs {
      { "luajit\nluajit2\nlibluajit2-5.1-dev\n", "luajit2 libluajit2-5.1-dev" },
      { "luajit2\nlibluajit-5.1-dev\n", "libluajit-5.1-dev" },
    } do
      shell(("rm -rf %s/calls %s/build"):format(root, root))
      write("missing", case[1])
      local _, said = run "./vision serve"
      assert.is_truthy(said:find("(once): " .. case[2] .. "\n", 1, true))
    end
  end)

  it("asks neither dpkg nor cmake when nothing changed", function()
    run "./vision"
    shell("rm " .. root .. "/calls")
    local _, said = run "./vision"
    assert.are.equal("", calls())
    assert.are.equal("", said)
  end)

  it("builds again when a source is newer", function()
    run "./vision"
    shell(("rm %s/calls; touch -d '+1 hour' %s/csrc/a.c"):format(root, root))
    run "./vision"
    assert.is_truthy(calls():find "cmake %-%-build")
  end)

  it("runs from any folder and through a link", function()
    shell(("mkdir %s/elsewhere && ln -s ../vision %s/elsewhere/v"):format(root, root))
    local printed = run "sh -c 'cd elsewhere && ./v x'"
    assert.are.equal("ran\tx\n", printed)
  end)

  it("prints the line to type where it may not install", function()
    write("missing", "lua-lpeg\ncmake\n")
    local printed, said, status = run("./vision", "VISION_NO_INSTALL=1")
    assert.are.equal("", printed)
    assert.are.equal(2, status)
    assert.is_truthy(said:find("sudo apt-get install -y --no-install-recommends lua-lpeg cmake",
      1, true))
    assert.is_nil(calls():find "cmake")
  end)

  it("prints it too where sudo would ask", function()
    write("missing", "cmake\n")
    local _, said, status = run "./vision"
    assert.are.equal(2, status)
    assert.is_truthy(said:find("sudo apt-get install", 1, true))
    assert.is_truthy(calls():find("sudo -n true", 1, true))
    assert.is_nil(calls():find("sudo env", 1, true))
  end)

  it("installs as root, with fresh lists where the old ones do not serve", function()
    write("missing", "cmake\n")
    write("user", "0\n")
    local printed, said, status = run "./vision --json"
    assert.are.equal("ran\t--json\n", printed)
    assert.are.equal(0, status)
    assert.is_truthy(said:find "installing .*: cmake\n")
    assert.is_truthy(calls():find "apt%-get install .*apt%-get update.*apt%-get install .* cmake\n")
  end)

  it("shows the end of a build that failed, and builds again the next time", function()
    write("cmake.says", "libuv is missing: apt-get install libuv1-dev\n")
    write("cmake.fails", "")
    local printed, said, status = run "./vision"
    assert.are.equal("", printed)
    assert.are.equal(1, status)
    assert.is_truthy(said:find("libuv is missing", 1, true))
    os.remove(root .. "/cmake.fails")
    assert.are.equal("ran\n", (run "./vision"))
  end)

  it("builds once when two start side by side", function()
    local printed = run "sh -c './vision one & ./vision two; wait'"
    assert.is_truthy(printed:find "ran\tone" and printed:find "ran\ttwo")
    local _, builds = calls():gsub("cmake %-%-build", "")
    assert.are.equal(1, builds)
  end)
end)

describe("rockspec/make", function()
  it("writes the rockspec of the version and the address", function()
    local path = shell("rockspec/make https://example.org/v.tar.gz " .. root):match "%S+"
    local rockspec = {}
    local chunk = assert(io.open(path)):read "*a"
    assert(load(chunk, path, "t", rockspec))()
    assert.are.equal(require "vision.version" .. "-1", rockspec.version)
    assert.are.equal("https://example.org/v.tar.gz", rockspec.source.url)
    assert.are.equal("cmake", rockspec.build.type)
  end)
end)
