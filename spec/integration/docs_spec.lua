-- SPDX-License-Identifier: MIT
-- Runs the Lua that stands on the pages, against a server that plays the providers. The blocks of a
-- page are one program; one that returns something is a script or a configuration file.

local command = require "spec.support.command"
local folders = require "spec.support.folder"
local mock_provider = require "spec.support.mock_provider"
local pictures = require "spec.support.pictures"

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

local function pages()
  local found = {}
  for path in io.popen("ls README.md scripts/README.md docs/*.md docs/*/*.md"):lines() do
    found[#found + 1] = path
  end
  return found
end

-- The program of a page, and what returns something.
local function blocks_of(text)
  local program, tables = {}, {}
  for block in text:gmatch "```lua\n(.-)```" do
    local list = ("\n" .. block):find "\nreturn " and tables or program
    list[#list + 1] = block
  end
  return table.concat(program, "\n"), tables
end

describe("the Lua on the page", function()
  local mock
  setup(function() mock = mock_provider.start() end)
  teardown(function() mock:stop() end)

  -- A folder as a reader of the page has one; the drawings are small, for this is not about them.
  local function with_folder(program, body)
    folders.with(function(root)
      assert(os.execute(("chmod 700 '%s' && mkdir '%s/drawings'"):format(root, root)))
      for i, name in ipairs { "flange.pdf", "shaft.png", "drawings/a.png" } do
        folders.write(root .. "/" .. name, pictures.png(40, 40, function() return i end))
      end
      folders.write(root .. "/page.lua", (program:gsub("/run/user/1000/vision", root)))
      body(root)
    end)
  end

  local function absolute(paths)
    local here = io.popen("pwd"):read "*l"
    return (paths:gsub("[^;]+", function(path)
      return path:sub(1, 1) == "/" and path or here .. "/" .. path
    end))
  end

  local function run(program)
    local status, said
    with_folder(program, function(root)
      local pipe = io.popen(("cd '%s' && env -i PATH=\"$PATH\" HOME='%s' LUA_PATH='%s' "
        .. "LUA_CPATH='%s' OPENAI_API_KEY=k OPENAI_BASE_URL='%s' ANTHROPIC_API_KEY=k "
        .. "ANTHROPIC_BASE_URL='%s' timeout 60 %s page.lua 2>&1; echo \"=$?\""):format(root, root,
        absolute(package.path), absolute(package.cpath), mock:base "ok", mock:base("ok", ""),
        command.INTERPRETER))
      said, status = pipe:read("*a"):match "^(.*)=(%d+)\n$"
      pipe:close()
    end)
    return tonumber(status), said
  end

  for _, path in ipairs(pages()) do
    local program, tables = blocks_of(read(path))
    if program ~= "" then
      it(path .. " runs", function()
        local status, said = run(program)
        assert.equal(0, status, said)
      end)
    end
    for i, block in ipairs(tables) do
      it(("%s, table %d, is one"):format(path, i), function()
        assert.is_table(assert((rawget(_G, "loadstring") or load)(block))())
      end)
    end
  end
end)
