// SPDX-License-Identifier: MIT
#include "curl_api.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

static void *open_library(void) {
  static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library)
      return library;
  }
  return NULL;
}

// ISO C has no cast from void * to a pointer to a function.
static bool find_function(void *library, const char *name, void *slot) {
  void *symbol = dlsym(library, name);
  memcpy(slot, &symbol, sizeof symbol);
  return symbol != NULL;
}

static int load(curl_api *api, error *e) {
  void *library = open_library();
  if (!library)
    return error_set(e, REASON_MISSING_LIBRARY,
                     "libcurl is not installed and no request can be sent "
                     "without it: apt-get install libcurl4");
#define X(name)                                                                \
  if (!find_function(library, "curl_" #name, &api->name))                      \
    return error_set(e, REASON_MISSING_LIBRARY,                                \
                     "this libcurl has no curl_" #name                         \
                     ": install 7.85 or newer");
  CURL_FUNCTIONS(X)
#undef X
  if (api->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return error_set(e, REASON_MISSING_LIBRARY, "libcurl does not start");
  return 0;
}

const curl_api *curl_api_get(error *e) {
  static curl_api api;
  static bool loaded;
  if (!loaded && load(&api, e) < 0)
    return NULL;
  loaded = true;
  return &api;
}
