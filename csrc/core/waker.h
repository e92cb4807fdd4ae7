// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_WAKER_H
#define VISION_CORE_WAKER_H

#include "loop.h"

// For a host that can wait for a unix socket, but not for the loop's
// descriptor (an nginx worker): a thread of its own waits there and writes a
// byte into the socket.
typedef struct waker waker;

// Listens at `path` for one connection, which this process makes itself. NULL:
// INPUT (the path is too long), UNREADABLE (nothing can be made there), MEMORY
// or INTERNAL.
waker *waker_new(loop *l, const char *path, error *e);

// Takes the connection, and the path away. -1: CONNECT (this process has made
// none, whoever else has) or INTERNAL.
int waker_accept(waker *w, error *e);

// Once accepted: a byte is written as soon as a step has something to do, by
// this call where it has now. Asked for again before that, it is still one.
void waker_arm(waker *w);

void waker_delete(waker *w); // NULL is allowed

#endif
