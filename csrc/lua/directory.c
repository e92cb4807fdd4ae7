// SPDX-License-Identifier: MIT
#include "binding.h"

#include "../core/directory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DIRECTORY_CLASS "vision.directory"

typedef struct directory_handle {
  directory *directory;
} directory_handle;

static directory *check_directory(lua_State *L) {
  directory_handle *handle = luaL_checkudata(L, 1, DIRECTORY_CLASS);
  luaL_argcheck(L, handle->directory, 1, "this folder is closed");
  return handle->directory;
}

static int core_directory(lua_State *L) {
  error e = {0};
  size_t length;
  const char *path = luaL_checklstring(L, 1, &length);
  luaL_argcheck(L, length == strlen(path), 1, "a path without zero bytes");
  loop *l = binding_loop(L, &e);
  if (!l)
    return binding_fail(L, &e);
  directory_handle *handle = binding_new(L, sizeof *handle, DIRECTORY_CLASS);
  handle->directory = directory_new(l, path, &e);
  return handle->directory ? 1 : binding_fail(L, &e);
}

static int directory_id(lua_State *L) {
  directory_handle *handle = luaL_checkudata(L, 1, DIRECTORY_CLASS);
  directory *d = handle->directory;
  return binding_push_id(L, d ? directory_completion(d) : NULL);
}

static int directory_read(lua_State *L) {
  directory *d = check_directory(L);
  error e = {0};
  luaL_argcheck(L, !directory_is_busy(d), 1, "it is being read");
  if (directory_step(d, &e) < 0)
    return binding_fail(L, &e);
  lua_pushboolean(L, 1);
  return 1;
}

static void push_entry(lua_State *L, directory_entry entry) {
  static const char *const kinds[] = {[ENTRY_FILE] = "file",
                                      [ENTRY_FOLDER] = "folder",
                                      [ENTRY_OTHER] = "other"};
  lua_createtable(L, 0, 2);
  lua_pushstring(L, entry.name);
  lua_setfield(L, -2, "name");
  lua_pushstring(L, kinds[entry.kind]);
  lua_setfield(L, -2, "kind");
}

// Nothing at all while it is being read.
static int directory_entries(lua_State *L) {
  directory *d = check_directory(L);
  error e = {0};
  if (directory_is_busy(d))
    return 0;
  int count = directory_count(d, &e);
  if (count < 0)
    return binding_fail(L, &e);
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    push_entry(L, directory_at(d, i));
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static int directory_identity_method(lua_State *L) {
  char text[48];
  directory_identity who = directory_who(check_directory(L));
  snprintf(text, sizeof text, "%" PRIu64 ":%" PRIu64, who.device, who.inode);
  lua_pushstring(L, text);
  return 1;
}

static int directory_close(lua_State *L) {
  directory_handle *handle = luaL_checkudata(L, 1, DIRECTORY_CLASS);
  directory_delete(handle->directory);
  handle->directory = NULL;
  return 0;
}

void open_directory(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"id", directory_id},           {"read", directory_read},
      {"entries", directory_entries}, {"identity", directory_identity_method},
      {"close", directory_close},     {NULL, NULL}};
  static const luaL_Reg functions[] = {{"directory", core_directory},
                                       {NULL, NULL}};
  binding_class(L, DIRECTORY_CLASS, methods, directory_close);
  luaL_setfuncs(L, functions, 0);
}
