// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_REGULAR_FILE_H
#define VISION_CORE_REGULAR_FILE_H

#include "buffer.h"

#include <sys/stat.h>
#include <sys/types.h>

// Opens a file for reading, and nothing else: a pipe nobody writes to would
// hold the program up for ever. The descriptor, or -1: NOT_FOUND, UNREADABLE
// (no right, a pipe, a device), IS_DIRECTORY.
int regular_file_open(const char *path, struct stat *about, error *e);

// Appends the bytes of a small file. Reads the disk at once. 0, or -1 as
// above, and TOO_LARGE (for the buffer), MEMORY.
int regular_file_read(const char *path, buffer *out, error *e);

// Makes a new, empty file that is its owner's alone (0600), whatever the umask.
// 0, or -1: INPUT (something of that name is there, a link too), NOT_FOUND (its
// folder), UNREADABLE.
int regular_file_make(const char *path, error *e);

// Bytes, 0 at the end, or -1 with errno; a signal does not end it.
ssize_t regular_file_read_some(int fd, void *out, size_t room);

// What errno says of a file that cannot be opened or read. Returns -1.
int regular_file_failed(const char *path, error *e);

#endif
