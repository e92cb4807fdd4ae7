// SPDX-License-Identifier: MIT
#include "../core/watch.h"

#include "../core/folder.h"
#include "../core/regular_file.h"

#include "binding.h"

#include <limits.h>
#include <string.h>

#define WATCH_CLASS "vision.watch"
#define TEXT_CLASS "vision.file_text"

static const double INTERVAL_MAX = 86400; // seconds
static const double TEXT_MAX = 64 << 20;  // bytes

static watch **check_handle(lua_State *L) {
  return luaL_checkudata(L, 1, WATCH_CLASS);
}

static int watch_id(lua_State *L) {
  watch **w = check_handle(L);
  return binding_push_id(L, *w ? watch_completion(*w) : NULL);
}

static int watch_folders(lua_State *L) {
  watch **w = check_handle(L);
  lua_pushinteger(L, *w ? (lua_Integer)watch_count(*w) : 0);
  return 1;
}

static int watch_close(lua_State *L) {
  watch **w = check_handle(L);
  watch_delete(*w);
  *w = NULL;
  return 0;
}

// The texts of the list at `index`; they stay on the stack.
static size_t check_folders(lua_State *L, int index, const char **folders) {
  luaL_checktype(L, index, LUA_TTABLE);
  size_t count = lua_rawlen(L, index);
  luaL_argcheck(L, count <= WATCH_FOLDERS_MAX, index, "at most 64 folders");
  luaL_checkstack(L, (int)count + 4, "no room for the folders");
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, index, (int)i + 1);
    folders[i] = luaL_checkstring(L, -1);
  }
  return count;
}

static int core_watch(lua_State *L) {
  const char *folders[WATCH_FOLDERS_MAX];
  double interval = luaL_checknumber(L, 2);
  luaL_argcheck(L, interval > 0 && interval <= INTERVAL_MAX, 2,
                "seconds above 0 and at most a day expected");
  size_t count = check_folders(L, 1, folders);
  error e = {0};
  loop *l = binding_loop(L, &e);
  if (!l)
    return binding_fail(L, &e);
  watch **w = binding_new(L, sizeof *w, WATCH_CLASS);
  *w = watch_new(l, folders, count, (int64_t)(interval * 1e6), &e);
  return *w ? 1 : binding_fail(L, &e);
}

// ---- the list of a folder ----

// Where entries go: the list on top of the stack. An error of Lua's (no memory)
// would leave the folder open: each entry is put there protected.
typedef struct collection {
  lua_State *L;
  int count;
  const folder_entry *entry;
} collection;

static int push_entry(lua_State *L) {
  collection *c = lua_touserdata(L, 2);
  const folder_entry *entry = c->entry;
  lua_createtable(L, 0, 5);
  lua_pushstring(L, entry->name);
  lua_setfield(L, -2, "name");
  lua_pushstring(L, entry->is_file     ? "file"
                    : entry->is_folder ? "folder"
                                       : "other");
  lua_setfield(L, -2, "kind");
  lua_pushnumber(L, (lua_Number)entry->bytes);
  lua_setfield(L, -2, "bytes");
  lua_pushnumber(L, (lua_Number)entry->modified_ns / 1e9);
  lua_setfield(L, -2, "modified");
  lua_pushnumber(L, (lua_Number)entry->id);
  lua_setfield(L, -2, "id");
  lua_rawseti(L, 1, ++c->count);
  return 0;
}

// The function and its arguments have their places on the stack from the start.
static int collect(void *context, const folder_entry *entry) {
  collection *c = context;
  c->entry = entry;
  lua_pushvalue(c->L, 2);
  lua_pushvalue(c->L, 3);
  lua_pushvalue(c->L, 4);
  return lua_pcall(c->L, 2, 0, 0) == 0 ? 0 : 1;
}

static int core_folder(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  collection c = {L, 0, NULL};
  error e = {0};
  lua_settop(L, 1);
  lua_pushcfunction(L, push_entry);
  lua_newtable(L);
  lua_pushlightuserdata(L, &c);
  int status = folder_list(path, collect, &c, &e);
  if (status > 0)
    return lua_error(L);
  if (status < 0)
    return binding_fail(L, &e);
  lua_pushvalue(L, 3);
  return 1;
}

static int make_folder(lua_State *L, int (*make)(const char *, error *)) {
  error e = {0};
  if (make(luaL_checkstring(L, 1), &e) != 0)
    return binding_fail(L, &e);
  lua_pushboolean(L, 1);
  return 1;
}

static int core_make_folder(lua_State *L) {
  return make_folder(L, folder_make);
}

static int core_own_folder(lua_State *L) {
  return make_folder(L, folder_make_own);
}

static int core_private_folder(lua_State *L) {
  char path[PATH_MAX];
  error e = {0};
  if (folder_make_private(luaL_checkstring(L, 1), path, sizeof path, &e) != 0)
    return binding_fail(L, &e);
  lua_pushstring(L, path);
  return 1;
}

// ---- a file ----

static int core_make_file(lua_State *L) {
  size_t length;
  const char *path = luaL_checklstring(L, 1, &length);
  luaL_argcheck(L, length == strlen(path), 1,
                "a path without zero bytes expected");
  error e = {0};
  if (regular_file_make(path, &e) != 0)
    return binding_fail(L, &e);
  lua_pushboolean(L, 1);
  return 1;
}

static int text_gc(lua_State *L) {
  buffer_free(lua_touserdata(L, 1));
  return 0;
}

static int core_read_file(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  double most = luaL_checknumber(L, 2);
  luaL_argcheck(L, most >= 1 && most <= TEXT_MAX, 2,
                "from 1 byte to 64 MiB expected");
  buffer *text = binding_new(L, sizeof *text, TEXT_CLASS);
  buffer_init(text, (size_t)most);
  error e = {0};
  if (regular_file_read(path, text, &e) != 0)
    return binding_fail(L, &e);
  lua_pushlstring(L, text->length > 0 ? text->data : "", text->length);
  buffer_free(text);
  return 1;
}

void open_watch(lua_State *L) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  static const luaL_Reg methods[] = {{"id", watch_id},
                                     {"folders", watch_folders},
                                     {"close", watch_close},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {{"watch", core_watch},
                                       {"folder", core_folder},
                                       {"make_folder", core_make_folder},
                                       {"own_folder", core_own_folder},
                                       {"private_folder", core_private_folder},
                                       {"make_file", core_make_file},
                                       {"read_file", core_read_file},
                                       {NULL, NULL}};
  binding_class(L, WATCH_CLASS, methods, watch_close);
  binding_class(L, TEXT_CLASS, none, text_gc);
  luaL_setfuncs(L, functions, 0);
}
