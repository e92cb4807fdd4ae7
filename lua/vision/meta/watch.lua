---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/watch.c.

---@class vision.core
local core = {}

---Has news when something in its folders may have changed: what has is for the caller to find out.
---Alone it keeps no loop alive.
---@class vision.core.Watch : vision.core.Operation
local Watch = {}

---@return integer # folders that the kernel watches; the others are only looked at
function Watch:folders() end

---Ends it. Any number of times.
function Watch:close() end

---@param folders string[] at most 64; they need not exist
---@param seconds number   between two looks, above 0 and at most a day
---@return vision.core.Watch?
---@return { reason: string, message: string }? err
function core.watch(folders, seconds) end

---@class vision.core.FolderEntry
---@field name string
---@field kind "file"|"folder"|"other"   where a link leads
---@field bytes number
---@field modified number  seconds since 1970
---@field id number        inode

---What lies in a folder, in no order. Reads the disk at once.
---@param path string
---@return vision.core.FolderEntry[]?
---@return { reason: string, message: string }? err not_found, unreadable, input, too_large
function core.folder(path) end

---Makes a folder and those it lies in, where they are not there yet.
---@param path string
---@return true?
---@return { reason: string, message: string }? err unreadable, input, not_found
function core.make_folder(path) end

---Makes a folder of this user's alone in one that is there; what stands there already must be such
---a folder, and no link.
---@param path string
---@return true?
---@return { reason: string, message: string }? err input (something else is there), not_found,
---  unreadable
function core.own_folder(path) end

---Makes a folder of this user's alone, of a name that nobody else has.
---@param place string the folder it is made in
---@return string? path
---@return { reason: string, message: string }? err not_found, unreadable, input
function core.private_folder(place) end

---Makes a new, empty file that is its owner's alone, whatever the umask.
---@param path string
---@return true?
---@return { reason: string, message: string }? err input (something of that name is there),
---  not_found (its folder), unreadable
function core.make_file(path) end

---The bytes of a small file, read at once. Nothing else is opened: a pipe would hold the program
---up.
---@param path string
---@param max_bytes number 1 .. 64 MiB
---@return string?
---@return { reason: string, message: string }? err not_found, unreadable,
---  is_directory, too_large
function core.read_file(path, max_bytes) end

return core
