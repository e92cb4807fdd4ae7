rockspec_format = "3.0"
package = "vision"
version = "scm-1"
source = {
  -- Where the released source lies is said by `rockspec/make VERSION URL`; this one is for
  -- `luarocks make` in a checkout.
  url = "git+file://.",
}
description = {
  summary = "Reads engineering drawings, with vision models or on its own",
  detailed = [[
A C core (libuv, libcurl) driven by Lua: several providers of vision models, a local reading with
no key, one checked answer. For Lua 5.4 and LuaJIT on Linux.]],
  license = "MIT",
  labels = { "vision", "ocr", "drawing", "llm" },
}
supported_platforms = { "linux" }
dependencies = {
  "lua >= 5.1, < 5.5", -- 5.4, or 5.1 as LuaJIT
  "lua-cjson >= 2.1",
  "lpeg >= 1.0",
  "argparse >= 0.7",
}
external_dependencies = {
  -- By library: Debian keeps curl's headers where LuaRocks does not look.
  LIBUV = { library = "uv" },
  LIBCURL = { library = "curl" },
  OPENSSL = { library = "crypto" },
  -- Optional, so not listed: Leptonica and Tesseract (`libleptonica-dev libtesseract-dev`) for the
  -- program that decodes and reads pictures. Without them all else works, and `vision doctor` says so.
}
build = {
  type = "cmake",
  variables = {
    CMAKE_BUILD_TYPE = "Release",
    CMAKE_INSTALL_PREFIX = "$(PREFIX)",
    VISION_BIN_DIR = "$(BINDIR)",
    VISION_LUA_DIR = "$(LUADIR)",
    VISION_LIB_DIR = "$(LIBDIR)",
    VISION_LUA_INCLUDE_DIR = "$(LUA_INCDIR)",
  },
}
