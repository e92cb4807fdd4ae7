// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_ERROR_H
#define VISION_CORE_ERROR_H

// Why something failed, in one word. The same words stand in
// lua/vision/base/error.lua, which gives each its code and class; a spec
// compares the two lists.
#define ERROR_REASONS(X)                                                       \
  X(INTERNAL, "internal")                                                      \
  X(MEMORY, "out_of_memory")                                                   \
  X(CANCELLED, "cancelled")                                                    \
  X(INVALID_OPTION, "invalid_option")                                          \
  X(MISSING_LIBRARY, "missing_library")                                        \
  X(QUEUE_FULL, "queue_full")                                                  \
  X(INPUT, "input")                                                            \
  X(NOT_FOUND, "not_found")                                                    \
  X(IS_DIRECTORY, "is_directory")                                              \
  X(UNREADABLE, "unreadable")                                                  \
  X(EMPTY, "empty")                                                            \
  X(TOO_LARGE, "too_large")                                                    \
  X(UNSUPPORTED_FORMAT, "unsupported_format")                                  \
  X(INVALID_IMAGE, "invalid_image")                                            \
  X(TRUNCATED_IMAGE, "truncated_image")                                        \
  X(INVALID_BASE64, "invalid_base64")                                          \
  X(INVALID_JSON, "invalid_json")                                              \
  X(ENCRYPTED, "encrypted")                                                    \
  X(TOO_MANY_PAGES, "too_many_pages")                                          \
  X(READER_CRASHED, "reader_crashed")                                          \
  X(READER_TIMEOUT, "reader_timeout")                                          \
  X(READER_MEMORY, "reader_memory")                                            \
  X(SCRIPT, "script")                                                          \
  X(TIMEOUT, "timeout")                                                        \
  X(FORBIDDEN_ADDRESS, "forbidden_address")                                    \
  X(DNS, "dns")                                                                \
  X(CONNECT, "connect")                                                        \
  X(REFUSED_CONNECTION, "refused_connection")                                  \
  X(TLS, "tls")                                                                \
  X(REDIRECT, "redirect")                                                      \
  X(NETWORK, "network")                                                        \
  X(CUT_STREAM, "cut_stream")                                                  \
  X(RESPONSE_TOO_LARGE, "response_too_large")                                  \
  X(INVALID_RESPONSE, "invalid_response")                                      \
  X(UNMET, "unmet")                                                            \
  X(STORE_UNAVAILABLE, "store_unavailable")                                    \
  X(STORE_FULL, "store_full")                                                  \
  X(STORE_DAMAGED, "store_damaged")                                            \
  X(STORE_NEWER, "store_newer")

enum reason {
  REASON_NONE,
#define X(name, word) REASON_##name,
  ERROR_REASONS(X)
#undef X
      REASON_COUNT
};

#define ERROR_MESSAGE_MAX 384 // bytes, the terminating zero included

// A failure: filled by the callee, owned by the caller. All zero is "none".
typedef struct error {
  enum reason reason;
  char message[ERROR_MESSAGE_MAX]; // for people; UTF-8; never holds a secret
} error;

// The word of a reason, as Lua sees it; "none" for REASON_NONE.
const char *reason_word(enum reason reason);

// Fills `e` (which may be NULL); a message too long is cut. Returns -1, so that
// a function can end with `return error_set(…)`.
int error_set(error *e, enum reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The one message for a failed allocation. Returns -1.
int error_memory(error *e);

#endif
