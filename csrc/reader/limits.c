// SPDX-License-Identifier: MIT
#include "limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static int64_t *limit_field(reader_limits *l, const char *name, size_t length) {
  static const char *const names[] = {
#define X(name, value, text) #name,
      READER_LIMITS(X)
#undef X
  };
  int64_t *const fields[] = {
#define X(name, value, text) &l->name,
      READER_LIMITS(X)
#undef X
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
      return fields[i];
  return NULL;
}

static int parse_limit(reader_limits *l, const char *argument, error *e) {
  const char *value = strchr(argument, '=');
  int64_t *field = NULL;
  if (strncmp(argument, "--", 2) == 0 && value)
    field = limit_field(l, argument + 2, (size_t)(value - argument - 2));
  if (!field)
    return error_set(e, REASON_INVALID_OPTION, "no such option: %s", argument);
  char *end;
  errno = 0;
  long long number = strtoll(value + 1, &end, 10);
  if (errno || *end || end == value + 1 || number <= 0)
    return error_set(e, REASON_INVALID_OPTION,
                     "a number above 0 expected in %s", argument);
  *field = number;
  return 0;
}

int limits_parse(reader_limits *l, int count, char **arguments, error *e) {
  *l = (reader_limits){
#define X(name, value, text) .name = (value),
      READER_LIMITS(X)
#undef X
  };
  for (int i = 1; i < count; i++)
    if (parse_limit(l, arguments[i], e) < 0)
      return -1;
  return 0;
}

static int set_limit(int resource, const char *name, int64_t value, error *e) {
  struct rlimit limit;
  getrlimit((__rlimit_resource_t)resource, &limit);
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < (rlim_t)value)
    value = (int64_t)limit.rlim_max; // the system is stricter: so be it
  limit.rlim_cur = limit.rlim_max = (rlim_t)value;
  if (setrlimit((__rlimit_resource_t)resource, &limit) < 0)
    return error_set(e, REASON_INTERNAL, "cannot limit %s: %s", name,
                     strerror(errno));
  return 0;
}

// AddressSanitizer reserves terabytes of address space for its shadow.
#if defined(__SANITIZE_ADDRESS__)
enum { CAN_LIMIT_MEMORY = 0 };
#else
enum { CAN_LIMIT_MEMORY = 1 };
#endif

int limits_apply(const reader_limits *l, error *e) {
  if (CAN_LIMIT_MEMORY &&
      set_limit(RLIMIT_AS, "memory", l->memory * 1024 * 1024, e) < 0)
    return -1;
  if (set_limit(RLIMIT_NOFILE, "descriptors", l->files, e) < 0)
    return -1;
  return set_limit(RLIMIT_CORE, "core files", 0, e);
}

void limits_begin_job(const reader_limits *l) {
  struct rusage used;
  struct rlimit limit;
  getrusage(RUSAGE_SELF, &used);
  getrlimit(RLIMIT_CPU, &limit);
  int64_t until = used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1 + l->seconds;
  if (limit.rlim_max == RLIM_INFINITY || until < (int64_t)limit.rlim_max)
    limit.rlim_cur = (rlim_t)until;
  setrlimit(RLIMIT_CPU, &limit); // soft only: the next job may raise it
}
