-- SPDX-License-Identifier: MIT
-- The description of the service that programs read (OpenAPI 3.1), made of the routes: what they
-- take is what they check, so the two cannot differ.

local json = require "vision.base.json"
local option_lists = require "vision.base.options"
local schemas = require "vision.server.schemas"
local version = require "vision.version"

local openapi = {}

-- ---- options as schemas ----

local BASE64 = { type = "string", contentEncoding = "base64" }

local function table_schema(spec)
  if spec.is_map then return { type = "object" } end
  return { type = "array", items = { type = spec.items or "string" } }
end

-- What a value of an option looks like.
local function schema_of(spec)
  local schema = {}
  local own = spec.schema or spec.type == "table" and table_schema(spec)
    or spec.type == "any" and BASE64 or { type = spec.type }
  for name, value in pairs(own) do schema[name] = value end
  schema.description, schema.default = spec[1], spec.default
  schema.minimum, schema.maximum, schema.exclusiveMinimum = spec.min, spec.max, spec.above
  schema.enum = spec.one_of and json.array(spec.one_of)
  return schema
end

-- ---- parameters ----

local function path_parameters(list, path)
  for name in path:gmatch "{([%w_]+)}" do
    list[#list + 1] = { name = name, ["in"] = "path", required = true,
      schema = { type = "string" } }
  end
end

-- Pictures do not go into a target, but for small ones where there is no body.
local function query_parameters(list, route)
  local specs = route.query or route.fields or {}
  for _, name in ipairs(option_lists.names(specs)) do
    local spec = specs[name]
    if spec.type ~= "any" and not spec.schema or not route.body then
      local schema = schema_of(spec)
      local described = schema.description
      schema.description = nil
      list[#list + 1] = { name = name, ["in"] = "query", description = described, schema = schema,
        style = "form", explode = schema.type ~= "array" }
    end
  end
end

local IDEMPOTENCY_KEY = { name = "Idempotency-Key", ["in"] = "header",
  description = "asked again under the same key within a day, it has the same answer and is paid "
    .. "once", schema = { type = "string", minLength = 1, maxLength = 255 } }

local function parameters_of(route)
  local list = json.array {}
  path_parameters(list, route.path)
  query_parameters(list, route)
  if route.method == "POST" then list[#list + 1] = IDEMPOTENCY_KEY end
  return list
end

-- ---- bodies ----

local function fields_schema(route)
  local properties = {}
  for name, spec in pairs(route.fields or {}) do
    if name ~= "image" then properties[name] = schema_of(spec) end
  end
  return { type = "object", properties = properties, additionalProperties = false }
end

-- In a form a picture is a file, under whatever name.
local function form_schema(route)
  local properties = { file = { type = "string", contentMediaType = "application/octet-stream" } }
  for name, schema in pairs(fields_schema(route).properties) do
    if not name:find "^images?_?" and name ~= "file_name" then properties[name] = schema end
  end
  return { type = "object", properties = properties }
end

local PICTURES = { "image/png", "image/jpeg", "image/gif", "image/webp", "image/tiff", "image/bmp",
  "application/pdf", "application/octet-stream" }

local function body_of(route)
  if not route.body then return nil end
  local content = { ["application/json"] = { schema = route.takes or fields_schema(route) } }
  if route.body == "picture" or route.body == "pictures" then
    content["multipart/form-data"] = { schema = form_schema(route) }
  end
  for _, name in ipairs(route.body == "picture" and PICTURES or {}) do
    content[name] = { schema = {} }
  end
  return { required = true, content = content }
end

-- ---- answers ----

local function answers_of(route)
  local content = {}
  if route.answer then content["application/json"] = { schema = route.answer } end
  for _, name in ipairs(route.texts or {}) do content[name] = { schema = { type = "string" } } end
  if route.events then content["text/event-stream"] = { schema = { type = "string" } } end
  local failure = { description = "It failed: why, for people (error) and programs (code, reason)",
    content = { ["application/json"] = { schema = route.failure or schemas.ref "Failure" } } }
  return {
    [tostring(route.status or 200)] = { description = route.summary,
      content = next(content) and content or nil },
    default = failure,
  }
end

-- ---- the whole ----

local SECURITY = json.array { { bearer = json.array {} }, { key = json.array {} } }

local function operation_of(route, is_guarded)
  return {
    operationId = route.name, summary = route.summary, parameters = parameters_of(route),
    requestBody = body_of(route), responses = answers_of(route),
    security = is_guarded and route.scope and SECURITY or nil,
    ["x-scope"] = route.scope or nil,
  }
end

--- The document, as a table that encodes.
---@param routes vision.Route[]
---@param is_guarded boolean whether keys are asked for
---@return table
function openapi.document(routes, is_guarded)
  local paths = {}
  for _, route in ipairs(routes) do
    paths[route.path] = paths[route.path] or {}
    paths[route.path][route.method:lower()] = operation_of(route, is_guarded)
  end
  return {
    openapi = "3.1.0",
    info = { title = "vision", version = version,
      description = "Reads engineering drawings with several vision models.",
      license = { name = "MIT", identifier = "MIT" } },
    servers = json.array { { url = "/" } },
    paths = paths,
    components = {
      schemas = schemas.COMPONENTS,
      securitySchemes = { bearer = { type = "http", scheme = "bearer" },
        key = { type = "apiKey", ["in"] = "header", name = "X-API-Key" } },
    },
  }
end

return openapi
