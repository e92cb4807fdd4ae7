// SPDX-License-Identifier: MIT
#include "descriptors.h"

#include <stdint.h>
#include <sys/resource.h>

size_t descriptors_allow(size_t wanted) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
    return 0;
  if (limit.rlim_cur < wanted) {
    struct rlimit more = limit;
    more.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &more) == 0)
      limit = more;
  }
  return limit.rlim_cur < SIZE_MAX ? (size_t)limit.rlim_cur : SIZE_MAX;
}
