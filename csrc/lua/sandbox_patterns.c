// SPDX-License-Identifier: MIT
// find, match, gmatch and gsub of a script, as in Lua 5.4, over a matcher whose
// work is counted.

#include "sandbox.h"

#include "../core/pattern.h"

#include <string.h>

enum { BYTES_PER_STEP = 16 }; // of a plain search

// ---- between the matcher and the state ----

static void begin_pattern(lua_State *S, pattern *p, const char *subject,
                          size_t subject_length, const char *text,
                          size_t length) {
  pattern_init(p, subject, subject_length, text, length,
               sandbox_steps_left(sandbox_of(S)));
}

// One attempt; its steps are charged, and what is wrong with the pattern
// thrown.
static const char *attempt(lua_State *S, pattern *p, const char *start) {
  int64_t before = p->steps;
  const char *end = pattern_match(p, start);
  sandbox_charge(S, (uint64_t)(before - p->steps));
  if (p->fault)
    luaL_error(S, "%s", p->fault);
  return end;
}

static void push_capture(lua_State *S, const pattern *p, int i) {
  const pattern_capture *c = &p->captures[i];
  if (c->length == PATTERN_POSITION)
    lua_pushinteger(S, c->start - p->subject + 1);
  else
    lua_pushlstring(S, c->start, (size_t)c->length);
}

// Pushes all captures, or the whole match where there is none; the count.
static int push_captures(lua_State *S, const pattern *p, const char *start,
                         const char *end) {
  luaL_checkstack(S, PATTERN_CAPTURES_MAX, "too many captures");
  for (int i = 0; i < p->count; i++)
    push_capture(S, p, i);
  if (p->count == 0)
    lua_pushlstring(S, start, (size_t)(end - start));
  return p->count > 0 ? p->count : 1;
}

// ---- find and match ----

// The offset an `init` argument means: from 1, or from the end.
static size_t offset_of(lua_Integer init, size_t length) {
  if (init > 0)
    return (size_t)init - 1;
  size_t back = 0 - (size_t)init; // the least integer has no opposite
  return init == 0 || back > length ? 0 : length - back;
}

static int find_plain(lua_State *S, const char *subject, size_t subject_length,
                      const char *text, size_t length, size_t offset) {
  sandbox_charge(S, subject_length / BYTES_PER_STEP);
  const char *found =
      memmem(subject + offset, subject_length - offset, text, length);
  if (!found)
    return 0;
  lua_pushinteger(S, found - subject + 1);
  lua_pushinteger(S, found - subject + (lua_Integer)length);
  return 2;
}

static bool is_plain(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (text[i] != '\0' && strchr("^$*+?.([%-", text[i]))
      return false;
  return true;
}

static int search(lua_State *S, bool find) {
  size_t subject_length, length;
  const char *subject = luaL_checklstring(S, 1, &subject_length);
  const char *text = luaL_checklstring(S, 2, &length);
  size_t offset = offset_of(luaL_optinteger(S, 3, 1), subject_length);
  if (offset > subject_length)
    return 0;
  sandbox_charge(S, length / BYTES_PER_STEP);
  if (find && (lua_toboolean(S, 4) || is_plain(text, length)))
    return find_plain(S, subject, subject_length, text, length, offset);
  bool anchored = length > 0 && *text == '^';
  pattern p;
  begin_pattern(S, &p, subject, subject_length, text + anchored,
                length - anchored);
  const char *start = subject + offset;
  do {
    const char *end = attempt(S, &p, start);
    if (!end)
      continue;
    if (!find)
      return push_captures(S, &p, start, end);
    lua_pushinteger(S, start - subject + 1);
    lua_pushinteger(S, end - subject);
    return 2 + (p.count > 0 ? push_captures(S, &p, start, end) : 0);
  } while (++start <= p.subject_end && !anchored);
  return 0;
}

// Nothing found is nil, as in Lua.
static int found_or_nil(lua_State *S, int count) {
  if (count == 0)
    lua_pushnil(S);
  return count == 0 ? 1 : count;
}

int sandbox_find(lua_State *S) { return found_or_nil(S, search(S, true)); }

int sandbox_match(lua_State *S) { return found_or_nil(S, search(S, false)); }

// ---- gmatch ----

// Where the next search begins, and where the last match ended: an empty match
// right after another one does not count.
enum { SUBJECT = 1, PATTERN, NEXT, LAST };

static int next_match(lua_State *S) {
  size_t subject_length, length;
  const char *subject =
      lua_tolstring(S, lua_upvalueindex(SUBJECT), &subject_length);
  const char *text = lua_tolstring(S, lua_upvalueindex(PATTERN), &length);
  const char *start = subject + lua_tointeger(S, lua_upvalueindex(NEXT));
  const char *last = subject + lua_tointeger(S, lua_upvalueindex(LAST));
  pattern p;
  begin_pattern(S, &p, subject, subject_length, text, length);
  for (; start <= p.subject_end; start++) {
    const char *end = attempt(S, &p, start);
    if (!end || end == last)
      continue;
    lua_pushinteger(S, end - subject);
    lua_replace(S, lua_upvalueindex(NEXT));
    lua_pushinteger(S, end - subject);
    lua_replace(S, lua_upvalueindex(LAST));
    return push_captures(S, &p, start, end);
  }
  return 0;
}

int sandbox_gmatch(lua_State *S) {
  luaL_checkstring(S, 1);
  luaL_checkstring(S, 2);
  lua_settop(S, 2);
  lua_pushinteger(S, 0);
  lua_pushinteger(S, -1);
  lua_pushcclosure(S, next_match, 4);
  return 1;
}

// ---- gsub ----

enum { REPLACEMENT = 3 }; // its argument

static void add_escape(lua_State *S, luaL_Buffer *out, const pattern *p,
                       char which, const char *start, const char *end) {
  int i = which - '1';
  if (which == '%') {
    luaL_addchar(out, '%');
  } else if (which == '0' || (which == '1' && p->count == 0)) {
    luaL_addlstring(out, start, (size_t)(end - start));
  } else if (i >= 0 && i < p->count) {
    push_capture(S, p, i);
    luaL_addvalue(out);
  } else {
    luaL_error(S, "invalid capture index or use of '%%' in the replacement");
  }
}

static void add_template(lua_State *S, luaL_Buffer *out, const pattern *p,
                         const char *start, const char *end) {
  size_t length;
  const char *text = lua_tolstring(S, REPLACEMENT, &length);
  sandbox_charge(S, length); // "%0" of an empty match makes nothing, often
  for (size_t i = 0; i < length; i++) {
    if (text[i] != '%')
      luaL_addchar(out, text[i]);
    else // a text ends with a zero: there is always one more
      add_escape(S, out, p, text[++i], start, end);
  }
}

// The value that a function or a table gives for a match; false or nil keeps
// it.
static void add_value(lua_State *S, luaL_Buffer *out, const pattern *p,
                      const char *start, const char *end) {
  if (lua_isfunction(S, REPLACEMENT)) {
    lua_pushvalue(S, REPLACEMENT);
    lua_call(S, push_captures(S, p, start, end), 1);
  } else {
    if (p->count > 0)
      push_capture(S, p, 0);
    else
      lua_pushlstring(S, start, (size_t)(end - start));
    lua_rawget(S, REPLACEMENT);
  }
  if (!lua_toboolean(S, -1)) {
    lua_pop(S, 1);
    lua_pushlstring(S, start, (size_t)(end - start));
  } else if (!lua_isstring(S, -1)) {
    luaL_error(S, "invalid replacement value (a %s)", luaL_typename(S, -1));
  }
  luaL_addvalue(out);
}

static void add_replacement(lua_State *S, luaL_Buffer *out, const pattern *p,
                            const char *start, const char *end) {
  if (lua_type(S, REPLACEMENT) == LUA_TSTRING)
    add_template(S, out, p, start, end);
  else
    add_value(S, out, p, start, end);
}

static void check_replacement(lua_State *S) {
  int type = lua_type(S, REPLACEMENT);
  if (type == LUA_TNUMBER)
    lua_tostring(S, REPLACEMENT);
  else if (type != LUA_TSTRING && type != LUA_TTABLE && type != LUA_TFUNCTION)
    luaL_argerror(S, REPLACEMENT, "a text, table or function expected");
}

int sandbox_gsub(lua_State *S) {
  size_t subject_length, length;
  const char *subject = luaL_checklstring(S, 1, &subject_length);
  const char *text = luaL_checklstring(S, 2, &length);
  check_replacement(S);
  lua_Integer most = luaL_optinteger(S, 4, (lua_Integer)subject_length + 1);
  lua_Integer count = 0;
  bool anchored = length > 0 && *text == '^';
  lua_settop(S, 4);
  pattern p;
  begin_pattern(S, &p, subject, subject_length, text + anchored,
                length - anchored);
  luaL_Buffer out;
  luaL_buffinit(S, &out);
  const char *start = subject, *last = NULL;
  while (count < most) {
    const char *end = attempt(S, &p, start);
    if (end && end != last) {
      count++;
      add_replacement(S, &out, &p, start, end);
      start = last = end;
    } else if (start < p.subject_end) {
      luaL_addchar(&out, *start++);
    } else {
      break;
    }
    if (anchored)
      break;
  }
  luaL_addlstring(&out, start, (size_t)(p.subject_end - start));
  luaL_pushresult(&out);
  lua_pushinteger(S, count);
  return 2;
}
