-- SPDX-License-Identifier: MIT
local contract = require "spec.support.shelf_contract"
local folder = require "spec.support.folder"
local shelves = require "vision.server.shelf"
local task = require "vision.base.task"

describe("the shelf of a process", function()
  contract.describe(it, function() return shelves.open "memory:" end)
end)

describe("the shelf in a file", function()
  local root
  before_each(function() root = os.tmpname() end)
  after_each(function() os.execute(("rm -f '%s' '%s'-*"):format(root, root)) end)

  contract.describe(it, function()
    os.remove(root)
    return shelves.open(root)
  end)

  it("is one for all who name it", function()
    os.remove(root)
    local one, other = assert(shelves.open(root)), assert(shelves.open("sqlite:" .. root))
    assert(one:put("a", "x", 60))
    assert(other:append("l", "1", 60))
    assert(one:append("l", "2", 60))
    assert.equal("x", other:get "a")
    assert.same({ "2", "1" }, other:newest("l", 5))
    one:close()
    other:close()
  end)
end)

describe("a shelf", function()
  it("that cannot be opened says so at each use, and is tried again later", function()
    folder.with(function(place)
      local shelf = shelves.lazy(place .. "/not/there.db")
      local work = task.spawn(function()
        local text, err = shelf:get "a"
        assert.is_nil(text)
        assert.matches("not/there", err.message, 1, true)
        return select(2, shelf:put("a", "b", 1)) == err
      end)
      assert.is_true(work:join())
      shelf:close()
    end)
    assert.equal("invalid_option", select(2, shelves.open "ftp://x").reason)
  end)

  it("is opened once for all who ask at the same time", function()
    local shelf = shelves.lazy "memory:"
    task.gather { function() shelf:put("a", "1", 9) end, function() shelf:put("b", "2", 9) end }
    assert.same({ "1", "2" }, { shelf:get "a", shelf:get "b" })
    shelf:close()
    shelf:close()
    assert.is_false(shelf:get "a") -- it was opened anew
  end)
end)
