-- SPDX-License-Identifier: MIT
local core = require "vision.core"
local folder = require "spec.support.folder"
local task = require "vision.base.task"

local DEADLINE = 20 -- seconds until a spec fails: what it waits for comes within milliseconds

describe("make_file", function()
  it("makes a file that is its owner's alone, and takes no other's place", function()
    folder.with(function(path)
      assert(core.make_file(path .. "/new"))
      local pipe = io.popen("stat -c %a '" .. path .. "/new'")
      assert.equal("600", pipe:read "*l")
      pipe:close()
      os.execute("ln -s /nowhere '" .. path .. "/link'")
      for _, name in ipairs { "new", "link", "prompts" } do
        local made, err = core.make_file(path .. "/" .. name)
        assert.is_nil(made)
        assert.equal("input", err.reason)
      end
      assert.equal("not_found", select(2, core.make_file(path .. "/no/such")).reason)
      assert.has_error(function() core.make_file(path .. "/a\0b") end)
    end)
  end)
end)

describe("watch", function()
  local function wait(watch)
    return task.timeout(DEADLINE, function() return task.wait(watch) end)
  end

  it("says that a file was written, made and removed", function()
    folder.with(function(path)
      local watch = assert(core.watch({ path, "/nonexistent" }, 3600))
      assert.equal(1, watch:folders())
      for _, change in ipairs {
        function() folder.write(path .. "/a", "x") end,
        function() folder.write(path .. "/a", "y") end,
        function() os.rename(path .. "/a", path .. "/b") end,
        function() os.remove(path .. "/b") end,
      } do
        task.spawn(change)
        assert.is_true(wait(watch))
      end
      watch:close()
      watch:close()
    end)
  end)

  it("looks every so often where the kernel sees nothing", function()
    local watch = assert(core.watch({ "/nonexistent" }, 0.01))
    assert.equal(0, watch:folders())
    assert.is_true(wait(watch))
    assert.is_true(wait(watch))
    watch:close()
  end)

  it("keeps no loop alive", function()
    local said = require("spec.support.command").script [[
      local core = require "vision.core"
      local watch = assert(core.watch({ "/" }, 3600))
      print(core.loop():wait())]]
    assert.equal("false\n", said)
  end)

  it("refuses what makes no sense", function()
    assert.has_error(function() core.watch({}, 0) end)
    assert.has_error(function() core.watch({}, 0 / 0) end)
    assert.has_error(function() core.watch("x", 1) end)
    local many = {}
    for i = 1, 65 do many[i] = "/" end
    assert.has_error(function() core.watch(many, 1) end)
  end)
end)

describe("folder", function()
  it("lists what lies there", function()
    folder.with(function(path)
      folder.write(path .. "/a.lua", "return {}")
      os.execute(("ln -s a.lua '%s/link'; ln -s nowhere '%s/broken'"):format(path, path))
      local found = {}
      for _, entry in ipairs(assert(core.folder(path))) do found[entry.name] = entry end
      assert.same({ "file", 9 }, { found["a.lua"].kind, found["a.lua"].bytes })
      assert.equal("folder", found.prompts.kind)
      assert.equal("file", found.link.kind)
      assert.equal(found["a.lua"].id, found.link.id)
      assert.is_nil(found.broken)
      assert.is_true(found["a.lua"].modified > 1e9)
    end)
  end)

  it("says why there is nothing to list", function()
    local entries, err = core.folder "/nonexistent"
    assert.is_nil(entries)
    assert.same({ "not_found", "/nonexistent: No such file or directory" },
      { err.reason, err.message })
    entries, err = core.folder "README.md"
    assert.is_nil(entries)
    assert.equal("input", err.reason)
  end)

  it("is made with those it lies in", function()
    folder.with(function(path)
      assert.is_true(core.make_folder(path .. "/x/y/z"))
      assert.is_true(core.make_folder(path .. "/x/y/z/"))
      assert.same({}, core.folder(path .. "/x/y/z"))
      folder.write(path .. "/file", "")
      local ok, err = core.make_folder(path .. "/file/z")
      assert.is_nil(ok)
      assert.truthy(err.message:find("/file: Not a directory", 1, true), err.message)
      assert.is_nil((core.make_folder(("x/"):rep(3000))))
      assert.is_nil((core.make_folder ""))
    end)
  end)

  it("is its owner's alone, and nothing else is taken for it", function()
    folder.with(function(path)
      local own = path .. "/own"
      assert.is_true(core.own_folder(own))
      assert.is_true(core.own_folder(own))
      assert.equal("700", io.popen(("stat -c %%a '%s'"):format(own)):read "*l")
      folder.write(path .. "/file", "")
      os.execute(("ln -s own '%s/link'; mkdir -m 750 '%s/open'"):format(path, path))
      for name, reason in pairs { file = "input", link = "input", open = "input",
        ["no/where"] = "not_found" } do
        local ok, err = core.own_folder(path .. "/" .. name)
        assert.is_nil(ok)
        assert.equal(reason, err.reason, err.message)
      end
    end)
  end)
end)
