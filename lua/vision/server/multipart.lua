-- SPDX-License-Identifier: MIT
-- A form with files (multipart/form-data, RFC 7578), taken apart while it arrives: a picture or
-- several, and small fields beside them.

local core = require "vision.core"
local errors = require "vision.base.error"

local multipart = {}

local HEAD_MAX = 8192   -- bytes of the headers of a part
local FIELD_MAX = 65536 -- bytes of a field that is no file
local PARTS_MAX = 64    -- beside the files, where there may be many

---@class vision.server.Multipart : vision.server.Receiver
local Multipart = {}
Multipart.__index = Multipart

local function refuse(message)
  return nil, errors.new("usage", "the form of the request: " .. message)
end

local function refuse_twice(name)
  return refuse(("the field '%s' stands twice"):format(name:sub(1, 40)))
end

-- The parameters of a Content-Disposition; a name in quotes may hold anything.
local function parameter(head, name)
  return head:match("[;%s]" .. name .. '="([^"\r\n]*)"')
    or head:match("[;%s]" .. name .. "=([^;%s]+)")
end

local function count(self, is_file)
  if is_file then
    self.files = self.files + 1
    if self.files <= self.most then return true end
    return refuse(self.most > 1 and ("it has more than %d files"):format(self.most)
      or "it has more than one file; several go to /api/v1/vision/batch")
  end
  self.parts = self.parts + 1
  if self.parts <= PARTS_MAX then return true end
  return refuse(("it has more than %d parts"):format(PARTS_MAX))
end

-- Of one file the fields are those of a picture; of many there is a list of such.
local function keep(self, image, file)
  local fields = self.fields
  if self.most > 1 then
    fields.images = fields.images or {}
    if type(fields.images) ~= "table" then return refuse_twice "images" end
    table.insert(fields.images, { image = image, file_name = file })
    return true
  end
  for _, name in ipairs { "image", "file_name" } do
    if fields[name] ~= nil then return refuse_twice(name) end
  end
  fields.image, fields.file_name = image, file
  return true
end

local function begin_part(self, head)
  local disposition = ("\n" .. head):match "\n[Cc]ontent%-[Dd]isposition:%s*form%-data([^\r\n]*)"
  local name = disposition and parameter(disposition, "name")
  if not name then return refuse "a part has no name (Content-Disposition: form-data; name=…)" end
  local file = parameter(disposition, "filename")
  local ok, err = count(self, file)
  if not ok then return nil, err end
  self.part = { name = name, is_file = file ~= nil, file = file, pieces = {}, bytes = 0,
    writer = file and core.image_writer() }
  return true
end

local function add(self, text)
  local part = self.part
  part.bytes = part.bytes + #text
  if not part.is_file and part.bytes > FIELD_MAX then
    return refuse(("the field '%s' has more than %d bytes"):format(part.name:sub(1, 40), FIELD_MAX))
  end
  if #text == 0 then return true end
  if part.is_file then
    local ok, err = part.writer:feed(text)
    if not ok then return nil, errors.from(err) end
    return true
  end
  part.pieces[#part.pieces + 1] = text
  return true
end

local function end_part(self)
  local part = self.part
  self.part = nil
  if part.is_file then
    local image, err = part.writer:finish()
    if not image then
      err = errors.from(err)
      return nil, errors.with(err, { message = ("%s: %s"):format(part.file, err.message) })
    end
    return keep(self, image, part.file)
  elseif self.fields[part.name] ~= nil then
    return refuse_twice(part.name)
  end
  self.fields[part.name] = table.concat(part.pieces)
  return true
end

-- Before the first boundary, between a boundary and the blank line, in a part, after the end: each
-- returns true when it wants to be called again, false when it wants more bytes.
local states = {}

-- What is waited for must come within the bytes of a head.
local function wait(self, message)
  if #self.rest > HEAD_MAX then return refuse(message) end
  return false
end

function states.preamble(self)
  local first, last = ("\r\n" .. self.rest):find("\r\n--" .. self.boundary, 1, true)
  if not first then return wait(self, "its first boundary is missing") end
  self.rest = self.rest:sub(last - 1)
  self.state = "boundary"
  return true
end

function states.boundary(self)
  if #self.rest < 2 then return false end
  if self.rest:sub(1, 2) == "--" then
    self.state, self.rest = "epilogue", ""
    return true
  end
  local last = select(2, self.rest:find("^[ \t]*\r\n"))
  if not last then return wait(self, "a boundary is not followed by a new line") end
  self.rest = self.rest:sub(last + 1)
  self.state = "head"
  return true
end

function states.head(self)
  local first, last = self.rest:find("\r\n\r\n", 1, true)
  if not first then return wait(self, "the headers of a part are too long") end
  local ok, err = begin_part(self, self.rest:sub(1, first + 1))
  if not ok then return nil, err end
  self.rest = self.rest:sub(last + 1)
  self.state = "part"
  return true
end

function states.part(self)
  local mark = "\r\n--" .. self.boundary
  local first, last = self.rest:find(mark, 1, true)
  local ok, err
  if not first then -- all but what may be the beginning of the boundary
    local sure = #self.rest - #mark + 1
    if sure <= 0 then return false end
    ok, err = add(self, self.rest:sub(1, sure))
    self.rest = self.rest:sub(sure + 1)
    if not ok then return nil, err end
    return false
  end
  ok, err = add(self, self.rest:sub(1, first - 1))
  if ok then ok, err = end_part(self) end
  if not ok then return nil, err end
  self.rest, self.state = self.rest:sub(last + 1), "boundary"
  return true
end

function states.epilogue(self)
  self.rest = ""
  return false
end

function Multipart:feed(chunk)
  self.rest = self.rest .. chunk
  local again, err
  repeat
    again, err = states[self.state](self)
    if again == nil then return nil, err end
  until not again
  return true
end

function Multipart:finish()
  if self.state ~= "epilogue" then return refuse "it ends before its last boundary" end
  return { fields = self.fields, is_form = true }
end

--- What receives a form.
---@param content_type string the header, with the boundary
---@param most integer how many files it may have; of more than one, `images` is the list of them
---@return vision.server.Receiver|nil
---@return vision.error? err usage
function multipart.receiver(content_type, most)
  local boundary = content_type:match 'boundary="([^"]+)"'
    or content_type:match "boundary=([^;%s]+)"
  if not boundary or #boundary > 70 then
    return refuse "the header Content-Type names no boundary of 1 to 70 characters"
  end
  return setmetatable({
    boundary = boundary, rest = "", state = "preamble", parts = 0, files = 0, most = most,
    fields = {},
  }, Multipart)
end

return multipart
