-- SPDX-License-Identifier: MIT
-- The pattern functions of a sandbox against Lua's own, on patterns drawn at random.
local core = require "vision.core"

local SEED = 20261125
local ROUNDS = 2500
local is_5_4 = _VERSION == "Lua 5.4"

local box = assert(core.sandbox(16 * 1024 * 1024))
assert(box:load([[
  local function pack(...) return { n = select("#", ...), ... } end
  return {
    find = function(s, p, i) return pack(s:find(p, i)) end,
    plain = function(s, p, i) return pack(s:find(p, i, true)) end,
    match = function(s, p, i) return pack(s:match(p, i)) end,
    gsub = function(s, p, r, n) return pack(s:gsub(p, r, n)) end,
    gmatch = function(s, p)
      local all = {}
      for a, b in s:gmatch(p) do all[#all + 1] = { a, b } end
      return all
    end,
  }]], "=", 1e7))

local function ours(name, ...)
  return box:call(name, 1e7, ...)
end

local unpack = table.unpack or unpack

local function pack(...) return { n = select("#", ...), ... } end

local own = {
  find = function(s, p, i) return pack(s:find(p, i)) end,
  plain = function(s, p, i) return pack(s:find(p, i, true)) end,
  match = function(s, p, i) return pack(s:match(p, i)) end,
  gsub = function(s, p, r, n) return pack(s:gsub(p, r, n)) end,
  gmatch = function(s, p)
    local all = {}
    for a, b in s:gmatch(p) do all[#all + 1] = { a, b } end
    return all
  end,
}

-- Pieces of patterns, whole and broken.
local PIECES = {
  "a", "b", ".", "%a", "%d", "%s", "%w", "%x", "%p", "%u", "%l", "%c", "%A", "%D", "%S", "%W",
  "%%", "%.", "[ab]", "[^a]", "[a-c]", "[%a_]", "[]]", "[^]]", "[a-]", "[%]]", "*", "+", "-", "?",
  "(", ")", "()", "(a)", "(.-)", "%1", "%2", "^", "$", "%b()", "%bab", "%f[%w]", "%f[^a]", "[", "%",
  "%f", "%b", " ", "1", "\255",
}
if is_5_4 then PIECES[#PIECES + 1] = "\0" end -- ends a pattern of LuaJIT's

local LETTERS = { "a", "b", "c", "A", "1", " ", "(", ")", "_", ".", "-", "\0", "\255", "\n" }

local function drawn(from, most)
  local parts = {}
  for i = 1, math.random(0, most) do parts[i] = from[math.random(#from)] end
  return table.concat(parts)
end

local function compare(name, ...)
  local ok, expected = pcall(own[name], ...)
  local result, err = ours(name, ...)
  local shown = ("%s %q %q (seed %d)"):format(name, (...), select(2, ...), SEED)
  if name == "gsub" and err and err.message:find("unfinished", 1, true) then
    return -- Lua says so only when the replacement uses captures
  elseif ok then
    assert.same(expected, result, shown .. (err and err.message or ""))
  else
    assert.is_nil(result, shown .. " " .. tostring(expected))
  end
end

describe("patterns of a sandbox", function()
  it("are Lua's", function()
    math.randomseed(SEED)
    for _ = 1, ROUNDS do
      local subject, pattern = drawn(LETTERS, 12), drawn(PIECES, 6)
      local init = math.random(-14, #subject + 1) -- beyond it the two Luas differ
      compare("find", subject, pattern, init)
      compare("match", subject, pattern, init)
      compare("plain", subject, drawn(LETTERS, 2), init)
      if is_5_4 then
        compare("gmatch", subject, pattern)
        compare("gsub", subject, pattern, drawn({ "x", "%0", "%1", "%%", "" }, 3),
          math.random(0, 5))
      end
    end
  end)

  it("replace by text, table and function", function()
    local cases = {
      { { "hello world", "o", "0" }, { "hell0 w0rld", 2 } },
      { { "hello world", "(%w+)", "<%1>" }, { "<hello> <world>", 2 } },
      { { "hello", "", "-" }, { "-h-e-l-l-o-", 6 } },
      { { "abc", "%w*", "x" }, { "x", 1 } },
      { { "$name is $age", "%$(%w+)", { name = "Ann", age = 7 } }, { "Ann is 7", 2 } },
      { { "a b", "%w", { a = false } }, { "a b", 2 } },
      { { "aaa", "a", "b", 2 }, { "bba", 2 } },
      { { "aaa", "^a", "b" }, { "baa", 1 } },
      { { "x", "x", "%%" }, { "%", 1 } },
    }
    for _, case in ipairs(cases) do
      local result = ours("gsub", unpack(case[1]))
      assert.same(case[2], { result[1], result[2] })
    end
    assert(box:load([[return { f = function(s)
      return { s:gsub("(%a)(%d?)", function(a, b) if b ~= "" then return b .. a end end) }
    end }]], "=", 1e7))
    assert.same({ "1a b", 2 }, (ours("f", "a1 b")))
  end)

  it("say what is wrong with a pattern", function()
    local fresh = assert(core.sandbox(16 * 1024 * 1024))
    assert(fresh:load("return { f = function(p, r) return ('a'):gsub(p, r or '') end }", "=", 1e7))
    for pattern, words in pairs {
      ["["] = "missing ']'", ["%"] = "ends with '%'", ["%f"] = "missing '[' after '%f'",
      ["%b"] = "arguments to '%b'", ["("] = "unfinished capture", [")"] = "invalid pattern capture",
      ["%1"] = "invalid capture index", [("()"):rep(33)] = "too many captures",
      [("(a?"):rep(201)] = "too ",
    } do
      local result, err = fresh:call("f", 1e6, pattern)
      assert.is_nil(result)
      assert.truthy(err.message:find(words, 1, true), err.message)
    end
    local _, err = fresh:call("f", 1e6, "a", "%2")
    assert.truthy(err.message:find("in the replacement", 1, true), err.message)
    _, err = fresh:call("f", 1e6, "a", true)
    assert.truthy(err.message:find("a text, table or function expected", 1, true), err.message)
  end)
end)
