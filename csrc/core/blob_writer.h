// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_BLOB_WRITER_H
#define VISION_CORE_BLOB_WRITER_H

#include "blob.h"

// A blob in the making: it grows where it is, without being copied at the end.
// The bytes written so far are writer->blob->data[0 … writer->blob->size).
typedef struct blob_writer {
  blob *blob;     // NULL before the first reservation
  size_t maximum; // blob->size never exceeds this
} blob_writer;

void blob_writer_init(blob_writer *w, size_t maximum);
void blob_writer_free(blob_writer *w);

// Room for `extra` more bytes, at blob->data + blob->size; whoever writes them
// raises blob->size. 0, or -1 with TOO_LARGE or MEMORY.
int blob_writer_reserve(blob_writer *w, size_t extra, error *e);

// Bytes that may be written now, after a reservation.
size_t blob_writer_room(const blob_writer *w);

// Gives the blob away; the writer is as after its init. NULL: nothing was ever
// reserved. The blob keeps its room: pages that were never written cost
// nothing.
blob *blob_writer_take(blob_writer *w);

#endif
