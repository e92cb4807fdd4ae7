// SPDX-License-Identifier: MIT
#include "sql_request.h"

#include <string.h>

// What stands before the text of a statement.
typedef struct head {
  uint32_t length;
  uint32_t parameters;
  bool must_change;
} head;

// A value is a byte for its type, then 8 bytes, or 4 of length and the bytes.
enum { SHARED = SQL_BLOB + 1 };

static int write_bytes(buffer *b, uint8_t type, const void *bytes, size_t size,
                       error *e) {
  uint32_t length = (uint32_t)size;
  if (buffer_reserve(b, 1 + sizeof length + size, e) < 0)
    return -1;
  buffer_append(b, &type, 1, e);
  buffer_append(b, &length, sizeof length, e);
  return buffer_append(b, bytes, size, e);
}

static int write_fixed(buffer *b, uint8_t type, const void *eight, error *e) {
  if (buffer_reserve(b, 9, e) < 0)
    return -1;
  buffer_append(b, &type, 1, e);
  return buffer_append(b, eight, 8, e);
}

static int write_value(buffer *b, const sql_value *v, error *e) {
  uint8_t type = (uint8_t)v->type;
  switch (v->type) {
  case SQL_NULL:
    return buffer_append(b, &type, 1, e);
  case SQL_INTEGER:
    return write_fixed(b, type, &v->integer, e);
  case SQL_REAL:
    return write_fixed(b, type, &v->real, e);
  case SQL_TEXT:
  case SQL_BLOB:
    break;
  }
  if (!v->shared)
    return write_bytes(b, type, v->bytes, v->size, e);
  uint64_t address = (uintptr_t)v->shared;
  if (write_fixed(b, SHARED, &address, e) < 0)
    return -1;
  blob_ref(v->shared);
  return 0;
}

static const char *take(const char *at, void *out, size_t size) {
  memcpy(out, at, size);
  return at + size;
}

sql_value sql_next_value(const char **at) {
  int type = (unsigned char)**at;
  sql_value v = {.type = (enum sql_type)type};
  uint32_t length = 0;
  uint64_t address = 0;
  ++*at;
  switch (type) {
  case SQL_INTEGER:
    *at = take(*at, &v.integer, 8);
    break;
  case SQL_REAL:
    *at = take(*at, &v.real, 8);
    break;
  case SQL_TEXT:
  case SQL_BLOB:
    v.bytes = take(*at, &length, sizeof length);
    v.size = length;
    *at = (const char *)v.bytes + length;
    break;
  case SHARED:
    *at = take(*at, &address, 8);
    v.type = SQL_BLOB;
    v.shared = (blob *)(uintptr_t)address;
    v.bytes = v.shared->data;
    v.size = v.shared->size;
    break;
  default:
    break;
  }
  return v;
}

// ---- requests ----

void sql_request_init(sql_request *r) {
  *r = (sql_request){0};
  buffer_init(&r->bytes, SQL_BYTES_MAX);
}

void sql_request_free(sql_request *r) {
  const char *at = NULL;
  sql_statement s;
  while (r->shared_bytes > 0 && sql_next_statement(r, &at, &s))
    for (size_t i = 0; i < s.parameters; i++)
      blob_unref(sql_next_value(&s.values).shared);
  buffer_free(&r->bytes);
  sql_request_init(r);
}

int sql_request_statement(sql_request *r, const char *sql, size_t length,
                          bool must_change, error *e) {
  head h = {.length = (uint32_t)length, .must_change = must_change};
  size_t begin = r->bytes.length;
  if (buffer_reserve(&r->bytes, sizeof h + length + 1, e) < 0)
    return -1;
  buffer_append(&r->bytes, &h, sizeof h, e);
  buffer_append(&r->bytes, sql, length, e);
  buffer_append(&r->bytes, "", 1, e);
  r->last = begin;
  r->statements++;
  return 0;
}

int sql_request_value(sql_request *r, const sql_value *v, error *e) {
  if (write_value(&r->bytes, v, e) < 0)
    return -1;
  head h;
  memcpy(&h, r->bytes.data + r->last, sizeof h);
  h.parameters++;
  memcpy(r->bytes.data + r->last, &h, sizeof h);
  r->shared_bytes += v->shared ? v->shared->size + 1 : 0;
  return 0;
}

size_t sql_request_size(const sql_request *r) {
  return r->bytes.capacity + r->shared_bytes;
}

bool sql_next_statement(const sql_request *r, const char **at,
                        sql_statement *out) {
  const char *begin = *at ? *at : r->bytes.data;
  if (!begin || begin == r->bytes.data + r->bytes.length)
    return false;
  head h;
  out->sql = take(begin, &h, sizeof h);
  out->length = h.length;
  out->parameters = h.parameters;
  out->must_change = h.must_change;
  out->values = out->sql + h.length + 1;
  *at = out->values;
  for (uint32_t i = 0; i < h.parameters; i++)
    sql_next_value(at);
  return true;
}

// ---- rows ----

void sql_rows_init(sql_rows *r) {
  *r = (sql_rows){0};
  buffer_init(&r->values, SQL_BYTES_MAX);
}

void sql_rows_free(sql_rows *r) {
  buffer_free(&r->values);
  sql_rows_init(r);
}

int sql_rows_value(sql_rows *r, const sql_value *v, error *e) {
  return write_value(&r->values, v, e);
}
