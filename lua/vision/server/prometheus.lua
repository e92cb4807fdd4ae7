-- SPDX-License-Identifier: MIT
-- Figures as Prometheus reads them (text exposition format 0.0.4).
--
--   local page = prometheus.page()
--   page:counter("vision_cache_hits_total", "Answered without a call", 12)
--   page:gauge("vision_circuit_open", "1: it is open", 1, { { "endpoint", "openai" } })
--   page:text()

local json = require "vision.base.json"

local prometheus = {}

prometheus.CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

-- Bytes of a label's value; beyond them it is cut.
local LABEL_MAX = 128

---@alias vision.server.Labels { [1]: string, [2]: string }[]  name and value, in order

---@class vision.server.PrometheusPage
---@field package families table[]             in the order in which they came
---@field package by_name table<string, table>
local Page = {}
Page.__index = Page

local ESCAPES = { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n" }

local function value_text(text)
  text = json.valid_utf8(tostring(text))
  if #text > LABEL_MAX then
    text = text:sub(1, LABEL_MAX - 3):gsub("[\192-\255]?[\128-\191]*$", "") .. "…"
  end
  return (text:gsub('[\\"\n]', ESCAPES))
end

local function labels_text(labels)
  local parts = {}
  for i, label in ipairs(labels or {}) do
    parts[i] = ('%s="%s"'):format(label[1], value_text(label[2]))
  end
  return parts[1] and "{" .. table.concat(parts, ",") .. "}" or ""
end

local function number_text(value)
  if value == math.huge then return "+Inf" end
  if value % 1 == 0 and math.abs(value) < 2 ^ 53 then return ("%d"):format(value) end
  return ("%.15g"):format(value)
end

-- What comes twice under the same labels is added up.
local function add(self, kind, name, help, sample, labels, value)
  local family = self.by_name[name]
  if not family then
    family = { name = name, kind = kind, help = help, order = {}, values = {} }
    self.by_name[name] = family
    self.families[#self.families + 1] = family
  end
  local key = sample .. labels_text(labels)
  if not family.values[key] then family.order[#family.order + 1] = key end
  family.values[key] = (family.values[key] or 0) + value
end

--- What only grows; its name ends in _total.
---@param name string
---@param help string one line
---@param value number
---@param labels? vision.server.Labels
function Page:counter(name, help, value, labels)
  add(self, "counter", name, help, name, labels, value)
end

---@param name string
---@param help string
---@param value number
---@param labels? vision.server.Labels
function Page:gauge(name, help, value, labels)
  add(self, "gauge", name, help, name, labels, value)
end

---@class vision.server.Buckets
---@field bounds number[]   growing
---@field counts integer[]  of each bound: values that are at most as great
---@field count integer     of all
---@field sum number

---@param name string
---@param help string
---@param buckets vision.server.Buckets
---@param labels? vision.server.Labels
function Page:histogram(name, help, buckets, labels)
  local function bucket(bound, count)
    local all = {}
    for i, label in ipairs(labels or {}) do all[i] = label end
    all[#all + 1] = { "le", number_text(bound) }
    add(self, "histogram", name, help, name .. "_bucket", all, count)
  end
  for i, bound in ipairs(buckets.bounds) do bucket(bound, buckets.counts[i]) end
  bucket(math.huge, buckets.count)
  add(self, "histogram", name, help, name .. "_sum", labels, buckets.sum)
  add(self, "histogram", name, help, name .. "_count", labels, buckets.count)
end

---@return string
function Page:text()
  local lines = {}
  for _, family in ipairs(self.families) do
    lines[#lines + 1] = ("# HELP %s %s"):format(family.name, family.help)
    lines[#lines + 1] = ("# TYPE %s %s"):format(family.name, family.kind)
    for _, key in ipairs(family.order) do
      lines[#lines + 1] = key .. " " .. number_text(family.values[key])
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

---@return vision.server.PrometheusPage
function prometheus.page()
  return setmetatable({ families = {}, by_name = {} }, Page)
end

return prometheus
