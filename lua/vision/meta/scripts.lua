---@meta
-- SPDX-License-Identifier: MIT
-- What the scripts of a user return; scripts/README.md says the same in prose.

---@class vision.PromptScript  prompts/NAME.lua
---@field description? string      one line for `vision prompts`
---@field system_prompt string     who the model is and how it works
---@field user_prompt string       what is asked of this picture; {name} stands for a variable
---@field variables? string[]      the names in braces; found in the prompts when left out

---@class vision.ModelsScript  models.lua
---@field date? string             when it was written
---@field defaults? table<string, { model: string, why: string }>      provider -> model
---@field unknown? table<string, vision.ModelEntry>                    provider -> what is assumed
---@field models? table<string, table<string, vision.ModelEntry>>      provider -> model -> entry
---@field approximate_prices? table

---@class vision.ModelEntry
---@field vision? boolean          false: nothing is sent
---@field pdf? boolean
---@field answer? "json_schema"|"json_object"|"tool"|"text"
---@field max_tokens_field? "max_tokens"|"max_completion_tokens"
---@field sampling? boolean        a temperature may be sent
---@field send? table              further fields of each request
---@field formats? ("png"|"jpeg"|"gif"|"webp")[]
---@field detail? boolean          knows low, high and auto
---@field limits? vision.ModelLimits
---@field image_tokens? vision.ImageTokens
---@field price? vision.Price
---@field retired? string          date
---@field ends? string             date
---@field instead? string          the model to use in its place

---@class vision.ModelLimits
---@field side? integer            pixels of the longer side
---@field bytes? number            of one file
---@field images? integer          in a request
---@field request_bytes? number
---@field many? { images: integer, side: integer }   above so many pictures this side is the limit

---@class vision.ImageTokens
---@field rule "tiles"|"patches"|"cells"|"fixed"
---@field base? integer            tiles: tokens of every picture
---@field tile? integer            tiles: tokens of each tile of 512 pixels
---@field factor? integer[]        patches: { numerator, denominator }
---@field high? table              patches: { patches =, side = } for the level; also low, auto
---@field cell? integer            cells: pixels of one
---@field tokens? integer          cells: the most; fixed: all
---@field side? integer            cells: the longest side in pixels
---@field least? integer           cells: smaller squares are scaled up to this side

---@class vision.Price  USD for a million tokens; `input` and `output`, or `image`, or all three
---@field input? number
---@field output? number
---@field input_per_1k? number     the same for a thousand
---@field output_per_1k? number
---@field image? number            USD for a picture; then tokens named as its own are not paid
---@field cached? number           input read from a cache; without it what input costs
---@field cache_write? number      input put into a cache; likewise
---@field image_input? number      input tokens of pictures, where they cost other than text
---@field above? vision.PriceTier|vision.PriceTier[]  what holds for longer questions
---@field date? string
---@field source? string

---@class vision.PriceTier  what it does not say is as below it
---@field tokens integer           input tokens above which it holds for the whole call
---@field input? number
---@field output? number
---@field cached? number
---@field cache_write? number
---@field image_input? number

-- ---- scripts that decide: each returns a table with one function -------------------------------
-- Times are milliseconds in `…_ms` and seconds elsewhere, money is USD, shares are 0 .. 1.

---One option a script declares: what it is, its default; of numbers min and max, of words one_of.
---@class vision.ScriptOption
---@field [1] string
---@field [2] any
---@field min? number
---@field max? number
---@field one_of? string[]

---@alias vision.ScriptOptions table<string, vision.ScriptOption>

---@alias vision.Selection string|vision.MadeAnswer|nil
---@alias vision.Route string|{ provider: string?, model: string?, prompt: string? }|nil
---@alias vision.Retry { retry: boolean, delay: number? }|nil
---@alias vision.Severity "info"|"warning"|"error"|"critical"
---@alias vision.Alert { severity: vision.Severity, message: string }|nil

---What is known of a job before it is done. Fields that are not known are nil.
---@class vision.Job
---@field id? string
---@field file? string             its name, without the folder
---@field format? string           "pdf", "png" …
---@field bytes? integer
---@field pages? integer
---@field width? integer           pixels of the first page
---@field height? integer
---@field prompt? string           name of the template
---@field provider? string         who was asked for
---@field model? string
---@field tags? string[]
---@field region? string
---@field turn integer             counts the jobs of this process from 1
---@field random number            drawn for this job, 0 <= random < 1
---@field elapsed? number          seconds since it began
---@field last_delay? number       retry: seconds of the wait before the attempt that failed

---@class vision.Answer            one provider's answer to a job
---@field name string              the endpoint: "openai", or "openai/gpt-4o"
---@field ok boolean               false: it failed, `error` says why
---@field error? string            the reason in one word, for instance "timeout"
---@field confidence? number       nil: it says none
---@field summary? string
---@field details? string[]
---@field latency_ms? number
---@field cost_usd? number         nil: not known
---@field weight? number           1 where none is configured

---@class vision.MadeAnswer        an answer that a selection makes of several
---@field summary string
---@field details? string[]
---@field confidence? number
---@field from? string[]           names of the answers it is made of

---@class vision.SelectionScript   selection/NAME.lua
---@field description? string
---@field early? boolean           true: the first good answer ends the waiting for the others
---@field options? vision.ScriptOptions
---@field select fun(answers: vision.Answer[], job: vision.Job, options: table): vision.Selection

---@class vision.Endpoint
---@field name string
---@field priority number          lower is earlier
---@field weight number
---@field region? string
---@field health "healthy"|"degraded"|"unhealthy"|"unknown"
---@field latency_ms? number       average; nil: never measured
---@field in_flight integer        requests under way
---@field consecutive_failures integer
---@field cost_usd? number         of this job there, estimated; nil: not known

---@class vision.FailoverScript    failover/NAME.lua
---@field description? string
---@field options? vision.ScriptOptions
---@field order fun(endpoints: vision.Endpoint[], job: vision.Job, options: table): string[]?

---@class vision.RoutingScript     routing/NAME.lua
---@field description? string
---@field options? vision.ScriptOptions
---@field route fun(job: vision.Job, options: table): vision.Route

---@class vision.FailedAttempt
---@field reason string            "timeout", "rate_limited", "overloaded" …
---@field code string              "EXTERNAL_SERVICE_ERROR" …
---@field retryable boolean        whether the same call may succeed later
---@field fault "caller"|"refusal"|"provider"|"ours"
---@field status? integer          HTTP status
---@field retry_after? number      seconds the provider asked to wait
---@field provider? string
---@field message? string

---@alias vision.RetryFunction fun(
---  attempt: integer, error: vision.FailedAttempt, job: vision.Job, options: table): vision.Retry

---@class vision.RetryScript       retry/NAME.lua
---@field description? string
---@field options? vision.ScriptOptions
---@field decide vision.RetryFunction

---@class vision.HealthChange      what a health check found
---@field provider string
---@field from "healthy"|"degraded"|"unhealthy"|"unknown"
---@field to "healthy"|"degraded"|"unhealthy"
---@field consecutive_failures integer
---@field failure_threshold integer   failures in a row from which a provider is unhealthy
---@field latency_ms? number       average
---@field success_rate? number
---@field last_error? string

---@class vision.AlertScript       alerts/NAME.lua
---@field description? string
---@field options? vision.ScriptOptions
---@field alert fun(change: vision.HealthChange, options: table): vision.Alert

---@class vision.ReportData
---@field from string              date
---@field to string                date, the last day
---@field timezone string
---@field granularity "hour"|"day"|"week"|"month"
---@field provider? string         whose requests alone
---@field overall vision.ProviderStats
---@field previous vision.ProviderStats    of as many days before
---@field providers vision.NamedStats[]    most requests first
---@field models vision.NamedStats[]       "provider/model"
---@field trends vision.TrendData
---@field tags { name: string, requests: integer }[]
---@field errors { reason: string, requests: integer }[]
---@field insights string[]
---@field findings { text: string, kind: string, subject: string, against: string? }[]

---@class vision.NamedStats : vision.ProviderStats
---@field name string

---@alias vision.ReportUnit "text"|"count"|"number"|"usd"|"share"|"ms"

---@class vision.ReportFigure
---@field label string
---@field value? number|false      false or nil: not known
---@field before? number|false
---@field unit? vision.ReportUnit  "number"

---@class vision.ReportChart
---@field kind "bars"|"columns"|"line"
---@field unit? vision.ReportUnit  "number"
---@field labels string[]
---@field series { name: string, values: (number|false)[] }[]  each as long as `labels`

---@class vision.ReportSection
---@field title string
---@field text? string
---@field chart? vision.ReportChart
---@field columns? (string|{ [1]: string, [2]: vision.ReportUnit })[]
---@field rows? (string|number|false)[][]  each as long as `columns`

---@class vision.Report
---@field title string
---@field figures? vision.ReportFigure[]
---@field insights? string[]
---@field sections vision.ReportSection[]

---@class vision.ReportScript      reports/NAME.lua
---@field description? string
---@field days? integer            how far back it goes where nobody says
---@field granularity? "hour"|"day"|"week"|"month"
---@field options? vision.ScriptOptions
---@field report fun(data: vision.ReportData, options: table): vision.Report
