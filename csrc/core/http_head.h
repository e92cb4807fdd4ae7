// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_HTTP_HEAD_H
#define VISION_CORE_HTTP_HEAD_H

#include "buffer.h"
#include "http_client.h"

#include <stdbool.h>

// Status and header lines of an answer, as they come in line by line.
typedef struct http_head {
  buffer lines; // "name:value\n" each; names in lower case
  int status;   // of the answer being read, 100..599; 0 before the first line
  bool complete;
} http_head;

void http_head_init(http_head *h);
void http_head_free(http_head *h);

// Takes one line with its line end. Interim answers (100 Continue, a proxy's)
// are forgotten when the next begins, trailers are dropped. 0, or -1 with
// RESPONSE_TOO_LARGE or MEMORY.
int http_head_line(http_head *h, const char *line, size_t length, error *e);

// See http_request_next_header; here also while the head is incomplete.
bool http_head_next(const http_head *h, size_t *position, http_header *header);

#endif
