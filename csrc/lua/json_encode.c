// SPDX-License-Identifier: MIT
// JSON of a Lua value, keys sorted by their bytes. What JSON cannot say throws
// and names its place. A shape is a list of names that an object has at least,
// null where they are nil; and by name the shapes of objects in it.
#include "binding.h"

#include "../core/json_text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENCODER_CLASS "vision.json_encoder"

// Deeper than any answer of a provider, far from the C stack's end.
enum { DEPTH_MAX = 100 };

// Keys of an object that stay on Lua's stack: to look one up by its text again
// costs as much as to write it.
enum { KEYS_ON_STACK = 32 };

// Far above what is ever written; every buffer has a maximum.
static const size_t TEXT_MAX = (size_t)1 << 30;

typedef struct key_ref {
  const char *text; // the table that is written holds it
  size_t length;
  uint64_t head; // its first eight bytes as a number that sorts as they do
  int place;     // where it stands on Lua's stack; 0: it does not
  bool is_null;  // the object does not have it, its shape does
} key_ref;

// What is allocated: kept by a userdata, so that an error of Lua's leaks none.
typedef struct encoder {
  buffer out;
  key_ref *keys; // of the objects under way, the outermost first
  size_t key_count, key_capacity;
  bool busy; // writes a value now
} encoder;

// One call. The first arguments stay where they are on Lua's stack.
typedef struct run {
  lua_State *L;
  encoder *e;
  bool indented;
  int shape;                // of the value to be written next; 0: it has none
  int depth;                // of the value under way; 0: the whole
  int place[DEPTH_MAX + 1]; // stack index of the key at each depth
} run;

enum { VALUE = 1, NULL_MARK, ARRAY_CLASS, RAW_CLASS, INDENT, SHAPE, ENCODER };

static int encoder_gc(lua_State *L) {
  encoder *e = luaL_checkudata(L, 1, ENCODER_CLASS);
  buffer_free(&e->out);
  free(e->keys);
  e->keys = NULL;
  e->key_capacity = 0;
  return 0;
}

// Throws "cannot encode WHAT as JSON at 'a.b.3'".
static void bad_value(run *r, const char *what) {
  lua_State *L = r->L;
  luaL_Buffer path;
  luaL_checkstack(L, DEPTH_MAX + LUA_MINSTACK, NULL);
  luaL_buffinit(L, &path);
  for (int i = 1; i <= r->depth; i++) {
    if (i > 1)
      luaL_addchar(&path, '.');
    lua_pushvalue(L, r->place[i]);
    lua_tostring(L, -1);
    luaL_addvalue(&path);
  }
  luaL_pushresult(&path);
  luaL_error(L, "cannot encode %s as JSON at '%s'", what, lua_tostring(L, -1));
}

// Not zeroed first: that would cost more than most pieces do.
static void write_bytes(run *r, const char *bytes, size_t length) {
  buffer *out = &r->e->out;
  error e;
  if (length < out->capacity - out->length) { // as nearly always
    memcpy(out->data + out->length, bytes, length);
    out->length += length;
  } else if (buffer_append(&r->e->out, bytes, length, &e) < 0)
    luaL_error(r->L, "cannot encode as JSON: %s", e.message);
}

static void write_char(run *r, char c) {
  buffer *out = &r->e->out;
  if (out->length < out->capacity) // most that is written is single
    out->data[out->length++] = c;
  else
    write_bytes(r, &c, 1);
}

static void write_quoted(run *r, const char *text, size_t length) {
  error e;
  if (json_quote(&r->e->out, text, length, &e) < 0)
    luaL_error(r->L, "cannot encode as JSON: %s", e.message);
}

static void write_line_end(run *r, int depth) {
  if (!r->indented)
    return;
  write_char(r, '\n');
  for (int i = 0; i < depth; i++)
    write_bytes(r, "  ", 2);
}

// The digits of a whole number, with a point before the last `decimals`.
static void write_decimal(run *r, long long number, int decimals) {
  char text[32], *at = text + sizeof text;
  unsigned long long rest =
      number < 0 ? 0 - (unsigned long long)number : (unsigned long long)number;
  for (int i = 0; rest > 0 || i <= decimals; i++) {
    if (i == decimals && i > 0)
      *--at = '.';
    *--at = (char)('0' + rest % 10);
    rest /= 10;
  }
  if (number < 0)
    *--at = '-';
  write_bytes(r, at, (size_t)(text + sizeof text - at));
}

// Most numbers have six decimals at most. The quotient of two exact doubles is
// rounded like a decimal that is read, so that the digits of one that comes out
// the same are the number's; and being 15 at most, its fewest.
static bool write_short_decimal(run *r, double number) {
  static const double scales[] = {1, 10, 100, 1e3, 1e4, 1e5, 1e6};
  if (!(fabs(number) >= 1e-4 && fabs(number) < 1e9))
    return false;
  for (int decimals = 1; decimals <= 6; decimals++) {
    double scaled = nearbyint(number * scales[decimals]);
    if (scaled / scales[decimals] == number) {
      write_decimal(r, (long long)scaled, decimals);
      return true;
    }
  }
  return false;
}

// The fewest of 15 to 17 digits that give the same number again.
static void write_double(run *r, double number) {
  char text[32];
  int n = 0;
  for (int digits = 15; digits <= 17; digits++) {
    n = snprintf(text, sizeof text, "%.*g", digits, number);
    if (strtod(text, NULL) == number)
      break;
  }
  for (char *c = text; *c; c++)
    if (*c == ',')
      *c = '.'; // a host's locale may write a decimal comma
  write_bytes(r, text, (size_t)n);
}

static void write_number(run *r) {
#if LUA_VERSION_NUM >= 503
  if (lua_isinteger(r->L, -1)) {
    write_decimal(r, lua_tointeger(r->L, -1), 0);
    return;
  }
#endif
  double number = lua_tonumber(r->L, -1);
  if (!isfinite(number))
    bad_value(r, "a number that is not finite");
  else if (number == floor(number) && fabs(number) < 0x1p53 &&
           !(number == 0 && signbit(number)))
    write_decimal(r, (long long)number, 0);
  else if (!write_short_decimal(r, number))
    write_double(r, number);
}

// Whether the value on top has the metatable that an argument is.
static bool is_of(lua_State *L, int class) {
  if (!lua_getmetatable(L, -1))
    return false;
  bool same = lua_rawequal(L, -1, class);
  lua_pop(L, 1);
  return same;
}

// A list is marked as one, or has only the keys 1 to its length.
static bool is_list(lua_State *L, size_t *count) {
  *count = lua_rawlen(L, -1);
  if (is_of(L, ARRAY_CLASS))
    return true;
  if (*count == 0)
    return false;
  lua_pushinteger(L, (lua_Integer)*count);
  if (!lua_next(L, -2))
    return true;
  lua_pop(L, 2);
  return false;
}

static int compare_keys(const void *a, const void *b) {
  const key_ref *x = a, *y = b;
  if (x->head != y->head)
    return x->head < y->head ? -1 : 1;
  size_t shorter = x->length < y->length ? x->length : y->length;
  int order = memcmp(x->text, y->text, shorter);
  if (order != 0)
    return order;
  return (x->length > y->length) - (x->length < y->length);
}

// By insertion where there are few, as nearly always.
static void sort_keys(key_ref *keys, size_t count) {
  if (count > KEYS_ON_STACK) {
    qsort(keys, count, sizeof *keys, compare_keys);
    return;
  }
  for (size_t i = 1; i < count; i++) {
    key_ref key = keys[i];
    size_t at = i;
    for (; at > 0 && compare_keys(&keys[at - 1], &key) > 0; at--)
      keys[at] = keys[at - 1];
    keys[at] = key;
  }
}

static void push_key(run *r, key_ref key) {
  encoder *e = r->e;
  if (e->key_count == e->key_capacity) {
    size_t capacity = e->key_capacity ? 2 * e->key_capacity : 64;
    key_ref *keys = realloc(e->keys, capacity * sizeof *keys);
    if (!keys) {
      luaL_error(r->L, "cannot encode as JSON: not enough memory");
      return;
    }
    e->keys = keys;
    e->key_capacity = capacity;
  }
  e->keys[e->key_count++] = key;
}

static uint64_t head_of(const char *text, size_t length) {
  uint64_t head = 0;
  for (size_t i = 0; i < 8; i++)
    head = head << 8 | (i < length ? (uint8_t)text[i] : 0);
  return head;
}

// Notes the names of a shape that an object does not have.
static void collect_nulls(run *r, int object, int shape) {
  lua_State *L = r->L;
  int count = (int)lua_rawlen(L, shape);
  for (int i = 1; i <= count; i++) {
    lua_rawgeti(L, shape, i); // the shape holds its text
    lua_pushvalue(L, -1);
    lua_rawget(L, object);
    if (lua_isnil(L, -1)) {
      key_ref key = {.is_null = true};
      key.text = lua_tolstring(L, -2, &key.length);
      key.head = head_of(key.text, key.length);
      push_key(r, key);
    }
    lua_pop(L, 2);
  }
}

// Notes the keys of an object, in order; the first of them stay on the stack.
static void collect_keys(run *r, int object, int shape) {
  lua_State *L = r->L;
  size_t first = r->e->key_count;
  luaL_checkstack(L, KEYS_ON_STACK + LUA_MINSTACK, "JSON is nested too deeply");
  lua_pushnil(L);
  while (lua_next(L, object)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      bad_value(r, "a table that is neither a list nor an object");
    key_ref key = {0};
    key.text = lua_tolstring(L, -2, &key.length);
    key.head = head_of(key.text, key.length);
    lua_pop(L, 1);
    if (r->e->key_count - first < KEYS_ON_STACK) {
      key.place = lua_gettop(L);
      lua_pushvalue(L, -1);
    }
    push_key(r, key);
  }
  if (shape > 0)
    collect_nulls(r, object, shape);
  if (r->e->key_count > first) // there may be no array of keys yet
    sort_keys(r->e->keys + first, r->e->key_count - first);
}

static void push_text(lua_State *L, const key_ref *key) {
  if (key->place > 0)
    lua_pushvalue(L, key->place);
  else
    lua_pushlstring(L, key->text, key->length);
}

static void write_value(run *r);

// The item on top, whose key is below it; both are taken away.
static void write_item(run *r) {
  r->place[r->depth] = lua_gettop(r->L) - 1;
  write_value(r);
  lua_pop(r->L, 2);
}

static void write_list(run *r, size_t count) {
  write_char(r, '[');
  r->depth++;
  for (size_t i = 1; i <= count; i++) {
    if (i > 1)
      write_char(r, ',');
    write_line_end(r, r->depth);
    lua_pushinteger(r->L, (lua_Integer)i);
    lua_rawgeti(r->L, -2, (int)i);
    write_item(r);
  }
  r->depth--;
  if (count > 0)
    write_line_end(r, r->depth);
  write_char(r, ']');
}

// The item of a key, with its shape where the object's has one for it.
static void write_member(run *r, const key_ref *key, int object, int shape) {
  lua_State *L = r->L;
  push_text(L, key);
  lua_pushvalue(L, -1);
  lua_rawget(L, object);
  if (shape == 0 || !lua_istable(L, -1)) {
    write_item(r);
    return;
  }
  lua_pushvalue(L, -2);
  lua_rawget(L, shape);
  lua_insert(L, -3); // shape, key, value
  r->shape = lua_istable(L, -3) ? lua_gettop(L) - 2 : 0;
  write_item(r);
  lua_pop(L, 1);
}

static void write_object(run *r, int shape) {
  size_t first = r->e->key_count;
  int object = lua_gettop(r->L);
  collect_keys(r, object, shape);
  size_t last = r->e->key_count;
  write_char(r, '{');
  r->depth++;
  for (size_t i = first; i < last; i++) {
    key_ref key = r->e->keys[i]; // a copy: the array may move
    if (i > first)
      write_char(r, ',');
    write_line_end(r, r->depth);
    write_quoted(r, key.text, key.length);
    write_bytes(r, ": ", r->indented ? 2 : 1);
    if (key.is_null)
      write_bytes(r, "null", 4);
    else
      write_member(r, &key, object, shape);
  }
  lua_settop(r->L, object);
  r->depth--;
  r->e->key_count = first;
  if (last > first)
    write_line_end(r, r->depth);
  write_char(r, '}');
}

static void write_table(run *r) {
  lua_State *L = r->L;
  size_t count;
  int shape = r->shape;
  r->shape = 0;
  if (lua_rawequal(L, -1, NULL_MARK)) {
    write_bytes(r, "null", 4);
  } else if (is_of(L, RAW_CLASS)) {
    lua_getfield(L, -1, "text");
    const char *text = lua_tolstring(L, -1, &count);
    write_bytes(r, text, count);
    lua_pop(L, 1);
  } else if (r->depth >= DEPTH_MAX) {
    luaL_error(L, "cannot encode a table nested deeper than %d as JSON",
               DEPTH_MAX);
  } else if (is_list(L, &count)) {
    write_list(r, count);
  } else {
    write_object(r, shape);
  }
}

// The value on top of the stack, which stays there.
static void write_value(run *r) {
  lua_State *L = r->L;
  luaL_checkstack(L, 8, "JSON is nested too deeply");
  size_t length;
  const char *text;
  switch (lua_type(L, -1)) {
  case LUA_TSTRING:
    text = lua_tolstring(L, -1, &length);
    write_quoted(r, text, length);
    break;
  case LUA_TNUMBER:
    write_number(r);
    break;
  case LUA_TBOOLEAN:
    write_bytes(r, lua_toboolean(L, -1) ? "true" : "false",
                lua_toboolean(L, -1) ? 4 : 5);
    break;
  case LUA_TTABLE:
    write_table(r);
    break;
  default:
    lua_pushfstring(L, "a %s", luaL_typename(L, -1));
    bad_value(r, lua_tostring(L, -1));
  }
}

static encoder *new_encoder(lua_State *L) {
  encoder *e = binding_new(L, sizeof *e, ENCODER_CLASS);
  buffer_init(&e->out, TEXT_MAX);
  return e;
}

static int encode(lua_State *L) {
  encoder *e = lua_touserdata(L, ENCODER);
  run r = {.L = L, .e = e, .indented = lua_toboolean(L, INDENT)};
  r.shape = lua_istable(L, SHAPE) ? SHAPE : 0;
  lua_pushvalue(L, VALUE);
  write_value(&r);
  lua_pushlstring(L, e->out.data, e->out.length);
  return 1;
}

// All calls have one encoder, so that its memory is there already. A finalizer
// that encodes while a value is written gets one of its own.
static encoder *push_encoder(lua_State *L) {
  encoder *e = lua_touserdata(L, lua_upvalueindex(1));
  if (e->busy)
    return new_encoder(L);
  lua_pushvalue(L, lua_upvalueindex(1));
  return e;
}

// (value, null, array class, raw class, indented, shape) -> text
static int core_json_encode(lua_State *L) {
  luaL_checkany(L, VALUE);
  luaL_checktype(L, NULL_MARK, LUA_TTABLE);
  luaL_checktype(L, ARRAY_CLASS, LUA_TTABLE);
  luaL_checktype(L, RAW_CLASS, LUA_TTABLE);
  lua_settop(L, SHAPE);
  lua_pushcfunction(L, encode);
  lua_insert(L, VALUE);
  encoder *e = push_encoder(L);
  e->out.length = 0;
  e->key_count = 0;
  e->busy = true;
  int status = lua_pcall(L, ENCODER, 1, 0);
  e->busy = false;
  if (e->out.capacity > 1 << 20) // a rare long text must not stay for ever
    buffer_free(&e->out);
  return status == 0 ? 1 : lua_error(L);
}

// (object, names, null) -> a shallow copy in which each name has a value.
static int core_json_with_nulls(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_checkany(L, 3);
  lua_settop(L, 3);
  int count = (int)lua_rawlen(L, 2);
  lua_createtable(L, 0, count); // mostly no others are there
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 4);
  }
  for (int i = 1; i <= count; i++) {
    lua_rawgeti(L, 2, i);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, 4), lua_isnil(L, -1)) {
      lua_pushvalue(L, -2);
      lua_pushvalue(L, 3);
      lua_rawset(L, 4);
    }
    lua_pop(L, 2);
  }
  return 1;
}

void open_json_encode(lua_State *L) {
  static const luaL_Reg methods[] = {{NULL, NULL}};
  binding_class(L, ENCODER_CLASS, methods, encoder_gc);
  new_encoder(L);
  lua_pushcclosure(L, core_json_encode, 1);
  lua_setfield(L, -2, "json_encode");
  lua_pushcfunction(L, core_json_with_nulls);
  lua_setfield(L, -2, "json_with_nulls");
}
