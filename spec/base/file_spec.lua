-- SPDX-License-Identifier: MIT
local file = require "vision.base.file"
local folder = require "spec.support.folder"

describe("a file", function()
  it("is there, or is not", function()
    folder.with(function(place)
      assert.is_false(file.exists(place .. "/one"))
      folder.write(place .. "/one", "")
      assert.is_true(file.exists(place .. "/one"))
      assert.is_false(file.exists(place .. "/one/two"))
    end)
  end)
end)
