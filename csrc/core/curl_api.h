// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_CURL_API_H
#define VISION_CORE_CURL_API_H

#include "error.h"

#include <curl/curl.h>

// What we use of libcurl. It is loaded with the first request, not with the
// module: a program that only reads drawings never pays its 8 ms.
#define CURL_FUNCTIONS(X)                                                      \
  X(easy_cleanup)                                                              \
  X(easy_getinfo)                                                              \
  X(easy_init)                                                                 \
  X(easy_pause)                                                                \
  X(easy_setopt)                                                               \
  X(easy_strerror)                                                             \
  X(free)                                                                      \
  X(global_init)                                                               \
  X(multi_add_handle)                                                          \
  X(multi_assign)                                                              \
  X(multi_cleanup)                                                             \
  X(multi_info_read)                                                           \
  X(multi_init)                                                                \
  X(multi_remove_handle)                                                       \
  X(multi_setopt)                                                              \
  X(multi_socket_action)                                                       \
  X(multi_timeout)                                                             \
  X(url)                                                                       \
  X(url_cleanup)                                                               \
  X(url_get)                                                                   \
  X(url_set)

typedef struct curl_api {
#define X(name) __typeof__ (&curl_##name)(name);
  CURL_FUNCTIONS(X)
#undef X
} curl_api;

// The functions, loaded at the first call and never unloaded. NULL:
// MISSING_LIBRARY with what to install.
const curl_api *curl_api_get(error *e);

#endif
