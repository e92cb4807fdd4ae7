-- SPDX-License-Identifier: MIT
-- vision doctor: what is installed, what is missing and how to get it.

local output = require "vision.cli.output"

local doctor = {}

doctor.summary = "Show what is installed, what is missing and how to get it"
doctor.description = [[
Looks for everything the program uses: Lua, its modules, libcurl, the reader, poppler, the languages
of Tesseract, scripts, configuration, certificates and keys. Keys are said to be set or not and
never shown. Ends with 1 where something is missing that reading a drawing on this machine needs,
and where a script or the configuration is faulty.]]

doctor.examples = {
  { "vision doctor", "the list, with what to type" },
  { "vision doctor --json", "the same for a program" },
}

function doctor.configure(command)
  command:flag "--json" :description "Print the checks as one JSON object."
end

---@class vision.cli.Check
---@field name string
---@field state "ok"|"missing"|"off"   off: not there, and nothing needs it
---@field detail string
---@field advice string?               what to type

local function ok(name, detail)
  return { name = name, state = "ok", detail = detail }
end

local function missing(name, detail, advice)
  return { name = name, state = "missing", detail = detail, advice = advice }
end

local function off(name, detail, advice)
  return { name = name, state = "off", detail = detail, advice = advice }
end

local function install(package)
  return "apt-get install " .. package
end

local function output_of(command)
  local pipe = io.popen(command .. " 2>&1")
  local text = pipe and pipe:read "*a" or ""
  if pipe then pipe:close() end
  return text
end

-- ---- the checks ----

local function check_lua()
  local jit = rawget(_G, "jit")
  return ok("Lua", jit and jit.version or _VERSION)
end

local function check_module(name, package)
  local loaded, module = pcall(require, name)
  if not loaded then return missing(name, "not found", install(package)) end
  return ok(name, type(module) == "table" and tostring(module._VERSION or "found") or "found")
end

local function check_core()
  local loaded, message = pcall(require, "vision.core")
  if loaded then
    -- Both Luas have it, the plain 5.1 of the linter's list has not.
    return ok("vision.core", rawget(package, "searchpath")("vision.core", package.cpath))
  end
  return missing("vision.core", message:match "^[^\n]*", "run ./vision in the checkout to build it")
end

-- A module beside the core, built where its library is.
local function check_database(name, package)
  if rawget(_G.package, "searchpath")(name, _G.package.cpath) then return ok(name, "found") end
  return off(name, "not built; needed for stores and queues there",
    install(package) .. ", then build again")
end

local function check_curl()
  if package.loadlib("libcurl.so.4", "*") then return ok("libcurl", "found") end
  return off("libcurl", "not found; needed to ask a provider over the network", install "libcurl4")
end

local function check_certificates(context)
  local path = context.environment "SSL_CERT_FILE" or "/etc/ssl/certs/ca-certificates.crt"
  if not require("vision.base.file").exists(path) then
    return off("certificates", path .. " is not there", install "ca-certificates")
  end
  return ok("certificates", path)
end

local function check_reader()
  local about, err = require("vision.reading.reader").available()
  if not about then return missing("vision-reader", err.message) end
  return ok("vision-reader", "with Tesseract " .. about.tesseract)
end

local SANDBOXES = {
  seccomp = "the reader can make no socket (seccomp)",
  namespace = "the reader has a network of its own without a way out (namespace)",
}

local function check_sandbox()
  local about = require("vision.reading.reader").available()
  if not about then return off("sandbox", "cannot be asked without the reader") end
  local found = SANDBOXES[about.sandbox]
  if found then return ok("sandbox", found) end
  return off("sandbox", "none: this system keeps a decoder from no network; read only drawings "
    .. "that you trust, or run it where there is no network")
end

local function check_poppler()
  local version = output_of("pdftotext -v"):match "version ([%d.]+)"
  if version then return ok("poppler", version) end
  return missing("poppler", "pdftotext not found; needed for PDF", install "poppler-utils")
end

local function check_languages()
  local about = require("vision.reading.reader").available()
  if not about then return off("languages", "cannot be asked without the reader") end
  local list = table.concat(about.languages, ", ")
  for _, language in ipairs(about.languages) do
    if language == "eng" then return ok("languages", list) end
  end
  return missing("languages", ("%s; eng is not among them"):format(list == "" and "none" or list),
    install "tesseract-ocr-eng")
end

-- "a/b/../c" -> "a/c"
local function tidy(path)
  local count
  repeat
    path, count = path:gsub("[^/.][^/]*/%.%./", "", 1)
  until count == 0
  return path
end

local function check_scripts()
  local find = require "vision.policy.find"
  if #require("vision.policy.prompts").names() == 0 then
    return missing("scripts", "none in " .. find.shipped_folder())
  end
  local _, faults = require("vision.policy.reload").read(0, {})
  for _, err in ipairs(require("vision.policy.check").strays()) do faults[#faults + 1] = err end
  if #faults > 0 then
    return missing("scripts", faults[1].message, #faults == 1 and "mend that file or take it away"
      or ("and %d more: see 'vision policy check'"):format(#faults - 1))
  end
  return ok("scripts", ("%s; your own in %s"):format(tidy(find.shipped_folder()),
    find.user_folder() or "(no home folder)"))
end

local function check_configuration()
  local config = require "vision.policy.config"
  local settings, err = config.load()
  if err then return missing("configuration", err.message, "see 'vision config check'") end
  if settings.path then return ok("configuration", settings.path) end
  return off("configuration", ("no file %s: the defaults hold"):format(config.path()
    or "without a home folder"))
end

-- A key that was pasted with its line break is refused later; here is where one looks first.
local function key_state(value)
  if not value or value == "" then return nil end
  return value:find "[%c%s]" and "set, but there is a space or a line break in it" or "set"
end

local function check_key(variable, context)
  local state = key_state(context.environment(variable))
  if not state then return off(variable, "not set") end
  if state ~= "set" then return missing(variable, state, "set it again without") end
  return ok(variable, state)
end

local KEYS = {
  "DEEPSEEK_API_KEY", "OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "ANTHROPIC_API_KEY",
  "VISION_COMPATIBLE_API_KEY",
}

-- In the order in which they are shown.
local CHECKS = {
  { "Lua", check_lua },
  { "cjson", function() return check_module("cjson", "lua-cjson") end },
  { "lpeg", function() return check_module("lpeg", "lua-lpeg") end },
  { "vision.core", check_core },
  { "vision.postgres", function() return check_database("vision.postgres", "libpq-dev") end },
  { "vision.redis", function() return check_database("vision.redis", "libhiredis-dev") end },
  { "vision-reader", check_reader },
  { "sandbox", check_sandbox },
  { "poppler", check_poppler },
  { "languages", check_languages },
  { "scripts", check_scripts },
  { "configuration", check_configuration },
  { "libcurl", check_curl },
  { "certificates", check_certificates },
}

--- All checks. One that cannot even be made, for what it stands on is missing, is itself a finding.
---@param context vision.cli.Context
---@return vision.cli.Check[]
function doctor.checks(context)
  local checks = {}
  for i, check in ipairs(CHECKS) do
    local made, result = pcall(check[2], context)
    checks[i] = made and result or missing(check[1], tostring(result):match "^[^\n]*")
  end
  for _, variable in ipairs(KEYS) do
    checks[#checks + 1] = check_key(variable, context)
  end
  return checks
end

local MARKS = { ok = { "green", "ok" }, missing = { "red", "missing" }, off = { "dim", "-" } }

local function show(checks, context)
  local page = output.page(context.terminal(1))
  for _, check in ipairs(checks) do
    local colour, mark = MARKS[check.state][1], MARKS[check.state][2]
    local lead = page:paint(colour, ("%-8s"):format(mark)) .. ("%-26s"):format(check.name)
    page:paragraph(check.detail, lead, (" "):rep(34))
    if check.advice then page:add((" "):rep(34) .. "-> " .. check.advice) end
  end
  context.out:write(page:text())
end

function doctor.run(given, context)
  local checks = doctor.checks(context)
  local good = true
  for _, check in ipairs(checks) do
    good = good and check.state ~= "missing"
  end
  if given.json then
    context.out:write(require("vision.base.json").encode { ok = good, checks = checks }, "\n")
  else
    show(checks, context)
  end
  return good and 0 or 1
end

return doctor
