-- SPDX-License-Identifier: MIT
local folder = require "vision.drawing.folder"
local folders = require "spec.support.folder"
local readers = require "spec.support.readers"
local task = require "vision.base.task"

local function fill(root, names)
  for _, name in ipairs(names) do
    os.execute(("mkdir -p '%s'"):format((root .. "/" .. name):match "^(.*)/"))
    folders.write(root .. "/" .. name, readers.PICTURE)
  end
end

-- What an iterator gives: names below the root, failures with their reason.
local function listed(root, images)
  local list = {}
  for image, path, err in images do
    local name = path:sub(#root + 2)
    list[#list + 1] = image and name or ("%s: %s"):format(name, err.reason)
  end
  return list
end

describe("vision.drawing.folder", function()
  it("gives the drawings of a folder by name", function()
    folders.with(function(root)
      fill(root, { "b.png", "a.PDF", "c.jpeg", "._a.png", "notes.txt", "deep/d.png" })
      local images = assert(folder.load_images_from_directory(root))
      assert.same({ "a.PDF", "b.png", "c.jpeg" }, listed(root, images))
      images = assert(folder.load_images_from_directory(root .. "/", { recursive = true }))
      assert.equal(4, assert(images:count()))
      assert.same({ "a.PDF", "b.png", "c.jpeg", "deep/d.png" },
        listed(root, assert(folder.load_images_from_directory(root, { recursive = true }))))
    end)
  end)

  it("goes into folders in order, and into none twice", function()
    folders.with(function(root)
      fill(root, { "1/x.png", "2/y.png", "2/1/w.png", "3/z.png" })
      os.execute(("ln -s .. '%s/2/up'; ln -s ../1 '%s/3/again'"):format(root, root))
      local images = assert(folder.load_images_from_directory(root, { recursive = true }))
      assert.same({ "1/x.png", "2/y.png", "2/1/w.png", "2/up: input", "3/z.png" },
        listed(root, images))
    end)
  end)

  it("goes on behind what cannot be read", function()
    folders.with(function(root)
      fill(root, { "a.png", "z.png" })
      folders.write(root .. "/broken.png", "no picture")
      folders.write(root .. "/empty.png", "")
      os.execute(("ln -s round.png '%s/round.png'; ln -s gone '%s/gone.png'; mkfifo '%s/p.png'")
        :format(root, root, root))
      local images = assert(folder.load_images_from_directory(root))
      assert.same({ "a.png", "broken.png: unsupported_format", "empty.png: empty",
        "gone.png: not_found", "round.png: unreadable", "z.png" }, listed(root, images))
    end)
  end)

  it("says that there are none", function()
    folders.with(function(root)
      local images = assert(folder.load_images_from_directory(root)) -- it holds one folder
      local image, path, err = images()
      assert.is_false(image)
      assert.equal(root, path)
      assert.matches("no drawings in .*%(recursive%)", err.message)
      assert.is_nil(images())
      fill(root, { "deep/d.png" })
      images = assert(folder.load_images_from_directory(root, { recursive = true }))
      assert.same({ "deep/d.png" }, listed(root, images))
    end)
  end)

  it("refuses what is no folder", function()
    local _, err = folder.load_images_from_directory "/nowhere"
    assert.equal("not_found", err.reason)
    _, err = folder.load_images_from_directory "README.md"
    assert.equal("input", err.reason)
    assert.matches("README.md is not a folder", err.message)
    _, err = folder.load_images_from_directory(".", { recurse = true })
    assert.matches("did you mean 'recursive'", err.message)
  end)

  it("takes files and folders together", function()
    folders.with(function(root)
      fill(root, { "a.png", "in/b.png", "in/c.png" })
      local images = folder.load_images { root .. "/in", root .. "/absent.png", root .. "/a.png" }
      assert.same({ "in/b.png", "in/c.png", "absent.png: not_found", "a.png" },
        listed(root, images))
      assert.equal(4, images:count())
    end)
  end)

  it("gives the first of many at once", function()
    folders.with(function(root)
      os.execute(("cd '%s' && seq -f '%%05g.png' 3000 | xargs touch"):format(root))
      local images = assert(folder.load_images_from_directory(root))
      local image, path = images()
      assert.is_false(image) -- it is empty, but there it is
      assert.matches("%d+%.png$", path)
      assert.equal(3000, images:count())
    end)
  end)

  it("is left by who is cancelled", function()
    folders.with(function(root)
      fill(root, { "a.png" })
      local images = assert(folder.load_images_from_directory(root))
      local work = task.spawn(function() return images:count() end)
      work:cancel()
      local total, err = work:join()
      assert.is_nil(total)
      assert.equal("cancelled", err.reason)
      assert.equal(1, images:count())
    end)
  end)
end)
