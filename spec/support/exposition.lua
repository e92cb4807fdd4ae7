-- SPDX-License-Identifier: MIT
-- Reads a page for Prometheus and refuses what is none, as `promtool check metrics` does; and
-- histograms that do not add up.

local exposition = {}

local function labels_of(text, line)
  local labels, rest = {}, text
  while rest ~= "" do
    local name, value, after = rest:match '^([%a_][%w_]*)="(.-[^\\])",?(.*)$'
    if not name or value:find '^"' then
      name, after = rest:match '^([%a_][%w_]*)="",?(.*)$'
      value = ""
    end
    assert(name, "labels: " .. line)
    assert(labels[name] == nil, "a label twice: " .. line)
    labels[name], rest = value, after
  end
  return labels
end

local function number_of(text)
  return text == "+Inf" and math.huge or tonumber(text)
end

local function add_sample(page, line)
  local name, labels, value = line:match "^([%a_:][%w_:]*)(%b{}) (%S+)$"
  if not name then
    name, value = line:match "^([%a_:][%w_:]*) (%S+)$"
    labels = ""
  end
  assert(name and number_of(value), "no sample: " .. line)
  local key = name .. labels
  assert(page.values[key] == nil, "twice: " .. line)
  page.values[key] = number_of(value)
  local family = page.current
  assert(name == family or page.types[family] == "histogram"
    and name:match "^(.*)_%l+$" == family, "outside its family: " .. line)
  page.samples[#page.samples + 1] = { name = name, labels = labels_of(labels:sub(2, -2), line),
    value = number_of(value), family = family }
end

local function add_line(page, line)
  local kind, name, rest = line:match "^# (%u+) (%S+) (.+)$"
  if kind == "HELP" then
    assert(not page.helps[name], "a second HELP: " .. line)
    page.helps[name], page.current = rest, name
  elseif kind == "TYPE" then
    assert(page.current == name and not page.types[name], "a stray TYPE: " .. line)
    assert(rest == "counter" or rest == "gauge" or rest == "histogram", line)
    assert((rest == "counter") == (name:find "_total$" ~= nil), "named otherwise: " .. line)
    page.types[name] = rest
  else
    add_sample(page, line)
  end
end

local function check_histogram(page, family)
  local last = {}
  for _, sample in ipairs(page.samples) do
    if sample.family == family and sample.name == family .. "_bucket" then
      local le = number_of(sample.labels.le)
      sample.labels.le = nil
      local parts = {}
      for name, value in pairs(sample.labels) do parts[#parts + 1] = name .. value end
      table.sort(parts)
      local key = table.concat(parts, " ")
      local before = last[key] or { le = -1, value = 0 }
      assert(le > before.le and sample.value >= before.value, "buckets of " .. family)
      last[key] = { le = le, value = sample.value }
    end
  end
  for _, bucket in pairs(last) do assert(bucket.le == math.huge, "no +Inf: " .. family) end
end

--- Reads a page; throws where it is none.
---@param text string
---@return { samples: table[], values: table<string, number>, types: table<string, string> }
function exposition.read(text)
  assert(text:sub(-1) == "\n", "no line's end")
  local page = { samples = {}, values = {}, types = {}, helps = {} }
  for line in text:gmatch "([^\n]*)\n" do add_line(page, line) end
  for family, kind in pairs(page.types) do
    if kind == "histogram" then check_histogram(page, family) end
  end
  return page
end

--- What `promtool check metrics` says of a page; nil where it is not installed.
---@param text string
---@return string?
function exposition.promtool(text)
  local is_there = os.execute "command -v promtool >/dev/null 2>&1"
  if is_there ~= true and is_there ~= 0 then return nil end
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  local pipe = assert(io.popen("promtool check metrics <'" .. path .. "' 2>&1; echo $?"))
  local said = pipe:read "*a"
  pipe:close()
  os.remove(path)
  return said
end

return exposition
