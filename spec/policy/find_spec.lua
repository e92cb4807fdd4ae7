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
