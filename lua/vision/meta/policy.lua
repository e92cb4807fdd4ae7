---@meta vision.policy
-- SPDX-License-Identifier: MIT
-- How the rest of the program asks scripts. What each kind is given and gives back:
--
--   kind       input                          output, checked
--   selection  answers, job                   a name, or { summary, details, confidence?, from }
--   failover   endpoints, job                 names in the order to try; one left out is not used
--   routing    job                            { provider?, model?, prompt? }
--   retry      attempt, error, job            { retry, delay }   seconds; attempt: failures so far
--   alerts     change                         { severity, message }
--   reports    data                           { title, sections }
--
-- The classes of these fields are in meta/scripts.lua. Every input may have `options`: values for
-- this call that stand over the script's own (a layer's max_retries). Where a script of selection,
-- failover or retry returns nothing, the shipped one of its name, then the kind's default is asked;
-- nil from it (no good answer), from routing or from alerts means: the caller's own default stands.

local policy = {}

---@alias vision.policy.KindName "selection"|"failover"|"routing"|"retry"|"alerts"|"reports"

---The scripts in force now; kept by a job from its beginning to its end.
---@return vision.policy.Generation
function policy.begin() end

---@class vision.policy.Generation
---@field number integer
local Generation = {}

---@param kind vision.policy.KindName
---@param name? string  "priority"; the kind's default where it is nil
---@param input table
---@return any output   nil: nothing decided
---@return vision.error? err  a faulty script: it is logged, `output` is the shipped script's
function Generation:decide(kind, name, input) end

---@param kind vision.policy.KindName
---@param name? string
---@return vision.policy.Script?  name, path, origin, description, options, early
---@return vision.error? err  invalid_option: there is none of that name; script: it is faulty
function Generation:script(kind, name) end

---As `policy.begin():decide(…)`.
---@param kind vision.policy.KindName
---@param name? string
---@param input table
---@return any output
---@return vision.error? err
function policy.decide(kind, name, input) end

---As `policy.begin():script(…)`: to check a name when something is configured.
---@param kind vision.policy.KindName
---@param name? string
---@return vision.policy.Script?
---@return vision.error? err
function policy.script(kind, name) end

---Reads and checks the user's folder and puts it in force as a whole.
---@param pause? fun() called before each script: others may do something
---@return vision.policy.Generation? # nil: nothing has changed
---@return vision.error[] faults  file:line: reason each
function policy.reload(pause) end

---Takes changes up from now on, in a task; for what is long-lived. policy.unwatch() ends that.
function policy.watch() end
function policy.unwatch() end

---Writes each decision from now on into a file, one JSON object a line; nil ends that.
---@param path? string
---@return true?
---@return vision.error? err
function policy.record(path) end

---Gives the scripts' options their values, from the configuration: kind -> name -> option -> value.
---@param values? table<string, table<string, table<string, any>>>
function policy.configure(values) end

---@return table<string, table<string, table<string, any>>> # what `configure` was given last
function policy.configured() end

return policy
