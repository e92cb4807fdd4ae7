-- SPDX-License-Identifier: MIT
-- Writes schema/reading-1.schema.json from lua/vision/drawing/schema.lua; run it in the project's
-- folder after a change there: LUA_PATH='lua/?.lua' lua5.4 tools/write_schema.lua

local json = require "vision.base.json"
local schema = require "vision.drawing.schema"

local file = assert(io.open(("schema/reading-%d.schema.json"):format(schema.VERSION), "wb"))
file:write(json.encode(schema.reading(), { pretty = true }), "\n")
file:close()
