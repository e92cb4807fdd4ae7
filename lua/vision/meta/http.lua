---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/http.c. `vision.base.http` is what the rest of Lua uses.

---@class vision.core
local core = {}

---A piece of a request's body: a text as it is, or a picture that becomes base64 while it is sent.
---@alias vision.HttpSegment string|{ base64: vision.core.Image }

---@class vision.core.HttpOptions
---@field url string                    http or https; must be a URL, or nil, "invalid_option"
---@field method? "GET"|"POST"          "POST" where there is a body, else "GET"
---@field headers? string[]             "Name: value", at most 64
---@field body? vision.HttpSegment[]    at most 4096 segments and 1 GB
---@field connect_timeout? number       seconds for name, connection and TLS (10)
---@field idle_timeout? number          seconds without payload, once connected (60)
---@field total_timeout? number         seconds for everything (600)
---@field max_response? integer         bytes of the answer's body, up to 1 GB (16 MB)
---@field stream? boolean               the answer is read in chunks, with back-pressure (false)
---@field guard? string[]               for a URL that somebody else chose: only public addresses,
---  and these networks ("10.0.0.0/8"), are connected to, on a connection of its own, by no proxy

---One request. It has news when it has ended; a stream also when its head is there, and when it can
---be read again.
---@class vision.core.HttpRequest : vision.core.Operation
local HttpRequest = {}

---How it stands.
---@return boolean? done true: ended well; nil alone: not ended
---@return { reason: string, message: string }? err timeout (which of the three and how long), dns,
---  connect, refused_connection, forbidden_address, tls, network (no answer), cut_stream (half an
---  answer), redirect, response_too_large, cancelled, out_of_memory
function HttpRequest:done() end

---@return integer? # 200 .. 599, nil until the head of the answer is complete
function HttpRequest:status() end

---@param name string in lower case
---@return string? # the first header of that name
function HttpRequest:header(name) end

---@return table<string, string> # by lower-case name; repeated ones joined by ", "
function HttpRequest:headers() end

---@return string? # the whole answer; nil until it has ended well. Not for streams.
function HttpRequest:body() end

---The next chunk of a stream. While more than 64 KB are unread, the sender is held back.
---@return string? chunk
---@return "wait"|"end"|{ reason: string, message: string }|nil why there is none
function HttpRequest:read() end

---Restarts the idle timer. Bytes sent, the head of the answer and, of a whole answer, chunks that
---are not only white space do so by themselves; of a stream nothing else does.
function HttpRequest:payload() end

---Seconds since the start; 0 for what was not reached.
---@class vision.HttpTiming
---@field connect number      name found, connection open, TLS agreed
---@field first_byte number
---@field total number        of an ended request

---@return vision.HttpTiming
function HttpRequest:timing() end

---Ends it with "cancelled", whatever it is doing. Nothing happens to one that has ended.
function HttpRequest:cancel() end

---Starts a request, which copies what it is given but refers to pictures. Options of a wrong type
---or out of range throw.
---@param options vision.core.HttpOptions
---@return vision.core.HttpRequest? request
---@return { reason: string, message: string }? err invalid_option (URL, method, a header: its value
---  is never shown), queue_full (16384 requests), missing_library (libcurl), out_of_memory
function core.http(options) end

---Whether `guard` of these options is one that `core.http` takes. No library is needed for it.
---@param options { guard: string[]? }
---@return true?
---@return { reason: string, message: string }? err invalid_option, naming what is no network
function core.check_guard(options) end

return core
