// SPDX-License-Identifier: MIT
#include "value.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

// One byte says what follows.
enum tag {
  TAG_END, // of a table
  TAG_NIL,
  TAG_FALSE,
  TAG_TRUE,
  TAG_INTEGER, // int64_t
  TAG_NUMBER,  // double
  TAG_TEXT,    // uint32_t length, bytes
  TAG_TABLE,   // table_head, then keys and values in turn, TAG_END
};

typedef struct table_head {
  uint32_t list, fields; // how many of each, to make room at once
} table_head;

#if LUA_VERSION_NUM < 503
#define lua_isinteger(L, index) ((void)(L), (void)(index), 0)
#endif

// ---- writing ----

typedef struct writer {
  lua_State *L;
  buffer *out;
  value_look *look; // or NULL
  error *e;
  bool is_data; // functions of the outermost table are left out
} writer;

static int write_any(const writer *w, int index, int depth);

static int put(const writer *w, enum tag tag, const void *bytes,
               size_t length) {
  if (buffer_reserve(w->out, 1 + length, w->e) != 0)
    return -1;
  char *at = w->out->data + w->out->length;
  *at = (char)tag;
  if (length > 0)
    memcpy(at + 1, bytes, length);
  w->out->length += 1 + length;
  return 0;
}

static int write_number(const writer *w, int index) {
  if (lua_isinteger(w->L, index)) {
    int64_t whole = (int64_t)lua_tointeger(w->L, index);
    return put(w, TAG_INTEGER, &whole, sizeof whole);
  }
  double number = lua_tonumber(w->L, index);
  return put(w, TAG_NUMBER, &number, sizeof number);
}

static int write_text(const writer *w, int index) {
  size_t length;
  const char *text = lua_tolstring(w->L, index, &length);
  uint32_t stored = (uint32_t)length;
  if (length > w->out->maximum)
    return error_set(w->e, REASON_TOO_LARGE, "larger than %zu bytes",
                     w->out->maximum);
  if (put(w, TAG_TEXT, &stored, sizeof stored) != 0)
    return -1;
  return buffer_append(w->out, text, length, w->e);
}

// Puts the key below the top of the stack before the fault's place: ".name" or
// "[2]". Told from the inside out, it ends as a path: "answers[2].details: …".
static void add_place(const writer *w, int key, int depth) {
  char inner[ERROR_MESSAGE_MAX];
  const char *gap =
      w->e->message[0] == '.' || w->e->message[0] == '[' ? "" : ": ";
  snprintf(inner, sizeof inner, "%s", w->e->message);
  enum reason reason = w->e->reason;
  if (lua_type(w->L, key) == LUA_TSTRING)
    error_set(w->e, reason, "%s%s%s%s", depth > 0 ? "." : "",
              lua_tostring(w->L, key), gap, inner);
  else
    error_set(w->e, reason, "[%.14g]%s%s", lua_tonumber(w->L, key), gap, inner);
}

static int refuse_key(const writer *w, int key) {
  return error_set(w->e, REASON_INPUT, "a key that is a %s",
                   luaL_typename(w->L, key));
}

static bool is_skipped(const writer *w, int depth) {
  return depth == 0 && w->is_data && lua_isfunction(w->L, -1);
}

// The fields of the table at `index`; the count, or -1.
static int write_fields(const writer *w, int index, int depth) {
  lua_State *L = w->L;
  int count = 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    int key = lua_gettop(L) - 1, type = lua_type(L, key);
    if (is_skipped(w, depth))
      continue;
    if (type != LUA_TSTRING && type != LUA_TNUMBER)
      return refuse_key(w, key);
    if (write_any(w, key, depth + 1) != 0)
      return -1;
    if (write_any(w, key + 1, depth + 1) != 0) {
      add_place(w, key, depth);
      return -1;
    }
    count++;
  }
  return count;
}

static int write_table(const writer *w, int index, int depth) {
  if (depth == VALUE_DEPTH_MAX)
    return error_set(w->e, REASON_INPUT,
                     "tables nested deeper than %d levels, or in a cycle",
                     VALUE_DEPTH_MAX);
  if (w->look)
    w->look(w->L);
  luaL_checkstack(w->L, 4, "no room for a table");
  table_head head = {0, 0};
  size_t at = w->out->length + 1;
  if (put(w, TAG_TABLE, &head, sizeof head) != 0)
    return -1;
  int count = write_fields(w, index, depth);
  if (count < 0)
    return -1;
  // A border may lie anywhere beyond a hole: never more room than fields.
  size_t border = lua_rawlen(w->L, index);
  head.list = (uint32_t)(border < (size_t)count ? border : (size_t)count);
  head.fields = (uint32_t)count - head.list;
  memcpy(w->out->data + at, &head, sizeof head);
  return put(w, TAG_END, NULL, 0);
}

static int write_any(const writer *w, int index, int depth) {
  switch (lua_type(w->L, index)) {
  case LUA_TNIL:
    return put(w, TAG_NIL, NULL, 0);
  case LUA_TBOOLEAN:
    return put(w, lua_toboolean(w->L, index) ? TAG_TRUE : TAG_FALSE, NULL, 0);
  case LUA_TNUMBER:
    return write_number(w, index);
  case LUA_TSTRING:
    return write_text(w, index);
  case LUA_TTABLE:
    return write_table(w, index, depth);
  default:
    return error_set(w->e, REASON_INPUT, "a %s is no plain value",
                     luaL_typename(w->L, index));
  }
}

static int write_from(writer *w, int index) {
  int top = lua_gettop(w->L);
  int status = write_any(w, lua_absindex(w->L, index), 0);
  lua_settop(w->L, top);
  return status;
}

int value_write(lua_State *L, int index, buffer *out, value_look *look,
                error *e) {
  writer w = {L, out, look, e, false};
  return write_from(&w, index);
}

int value_write_data(lua_State *L, int index, buffer *out, value_look *look,
                     error *e) {
  writer w = {L, out, look, e, true};
  return write_from(&w, index);
}

// ---- reading ----

typedef struct reader {
  lua_State *L;
  const char *at; // what value_write wrote is whole: no end is looked for
} reader;

static void take(reader *r, void *bytes, size_t length) {
  memcpy(bytes, r->at, length);
  r->at += length;
}

static bool push_any(reader *r);

static void push_table(reader *r) {
  table_head head;
  take(r, &head, sizeof head);
  luaL_checkstack(r->L, 4, "no room for a table");
  lua_createtable(r->L, (int)head.list, (int)head.fields);
  while (push_any(r)) { // the key
    push_any(r);
    lua_rawset(r->L, -3);
  }
}

static void push_text(reader *r) {
  uint32_t length;
  take(r, &length, sizeof length);
  lua_pushlstring(r->L, r->at, length);
  r->at += length;
}

static void push_integer(reader *r) {
  int64_t whole;
  take(r, &whole, sizeof whole);
  lua_pushinteger(r->L, (lua_Integer)whole);
}

static void push_number(reader *r) {
  double number;
  take(r, &number, sizeof number);
  lua_pushnumber(r->L, number);
}

// False, with nothing pushed, at the end of a table.
static bool push_any(reader *r) {
  switch (*r->at++) {
  case TAG_NIL:
    lua_pushnil(r->L);
    break;
  case TAG_FALSE:
  case TAG_TRUE:
    lua_pushboolean(r->L, r->at[-1] == TAG_TRUE);
    break;
  case TAG_INTEGER:
    push_integer(r);
    break;
  case TAG_NUMBER:
    push_number(r);
    break;
  case TAG_TEXT:
    push_text(r);
    break;
  case TAG_TABLE:
    push_table(r);
    break;
  default:
    return false;
  }
  return true;
}

int value_read(lua_State *L, const buffer *in) {
  reader r = {L, in->data};
  int count = 0;
  while (r.at < in->data + in->length) {
    luaL_checkstack(L, 2, "no room for the values");
    push_any(&r);
    count++;
  }
  return count;
}
