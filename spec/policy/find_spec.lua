-- SPDX-License-Identifier: MIT
local environment = require "spec.support.environment"
local find = require "vision.policy.find"
local folder = require "spec.support.folder"

describe("find", function()
  it("finds what ships with the program", function()
    environment.with({ VISION_SCRIPTS = "/nonexistent" }, function()
      local path, origin = find.script "prompts/general.lua"
      assert.truthy(path:find("prompts/general.lua", 1, true))
      assert.equal("shipped", origin)
      assert.is_nil(find.script "prompts/no_such.lua")
      assert.same({ "architectural", "circuit_diagram", "engineering_drawing", "flowchart",
        "general" }, find.names "prompts")
    end)
  end)

  it("puts the user's file before the shipped one of the same name", function()
    folder.with(function(path)
      folder.write(path .. "/prompts/general.lua", "return {}")
      folder.write(path .. "/prompts/mine.lua", "return {}")
      folder.write(path .. "/prompts/notes.txt", "")
      environment.with({ VISION_SCRIPTS = path }, function()
        local found, origin = find.script "prompts/general.lua"
        assert.equal(path .. "/prompts/general.lua", found)
        assert.equal("user", origin)
        assert.truthy(table.concat(find.names "prompts", " "):find("general mine", 1, true))
      end)
    end)
  end)

  it("opens no pipe and no device, which might never begin or have no end", function()
    folder.with(function(path)
      local function link(target, name)
        assert(os.execute(("ln -s '%s' '%s/%s'"):format(target, path, name)))
      end
      local function refused(name, words)
        local text, err = find.read(path .. "/" .. name)
        assert.is_nil(text)
        assert.equal("script", err.reason)
        assert.truthy(err.message:find(words, 1, true), err.message)
      end
      assert(os.execute(("mkfifo '%s/pipe.lua'"):format(path)))
      link("/dev/zero", "zero.lua")
      link("circle.lua", "circle.lua")
      link("prompts", "folder.lua")
      folder.write(path .. "/long.lua", (" "):rep(1024 * 1024 + 1))
      refused("pipe.lua", "is a pipe or a device, not a file")
      refused("zero.lua", "is a pipe or a device, not a file")
      refused("circle.lua", "cannot read " .. path .. "/circle.lua: ")
      refused("folder.lua", "is a directory")
      refused("long.lua", "larger than 1048576 bytes")
      environment.with({ VISION_SCRIPTS = path }, function()
        for _, name in ipairs { "pipe", "zero", "circle" } do
          assert.is_nil(find.script(name .. ".lua"))
        end
      end)
    end)
  end)

  it("knows where a user's scripts are kept", function()
    environment.with({ VISION_SCRIPTS = false, XDG_CONFIG_HOME = "/x" }, function()
      assert.equal("/x/vision/scripts", find.user_folder())
    end)
    environment.with({ VISION_SCRIPTS = "", XDG_CONFIG_HOME = false, HOME = "/h" }, function()
      assert.equal("/h/.config/vision/scripts", find.user_folder())
    end)
    environment.with({ VISION_SCRIPTS = false, XDG_CONFIG_HOME = false, HOME = false }, function()
      assert.is_nil(find.user_folder())
    end)
  end)
end)
