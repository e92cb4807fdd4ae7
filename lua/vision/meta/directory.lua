---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/directory.c.

---@class vision.core
local core = {}

---A folder that is read in steps on the thread pool.
---@class vision.core.Directory : vision.core.Operation
local Directory = {}

---Starts to read the next entries, at most 1024; then `task.wait` for it. Misuse while it is being
---read.
---@return true? started
---@return { reason: string, message: string }? err
function Directory:read() end

---@class vision.core.DirectoryEntry
---@field name string
---@field kind "file"|"folder"|"other" what a link leads to; one that leads nowhere is a "file"

---The entries that were read last; nothing while it is being read.
---@return vision.core.DirectoryEntry[]? entries empty at the end
---@return { reason: string, message: string }? err not_found, input (no folder), unreadable
function Directory:entries() end

---Which folder it is, whatever path led to it; once entries were read.
---@return string # "device:inode"
function Directory:identity() end

---@param path string
---@return vision.core.Directory? directory nothing is opened yet
---@return { reason: string, message: string }? err
function core.directory(path) end

return core
