// SPDX-License-Identifier: MIT
#include "server.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// The protocol of sd_notify(3): a datagram to the socket that systemd names.

static struct sockaddr_un manager = {.sun_family = AF_UNIX};
static socklen_t manager_length; // 0: nobody wants to hear

void server_notify_take(void) {
  const char *path = getenv("NOTIFY_SOCKET");
  size_t length = path ? strlen(path) : 0;
  if (length > 1 && length < sizeof manager.sun_path && strchr("/@", *path)) {
    memcpy(manager.sun_path, path, length);
    if (*path == '@') // an abstract one, whose name begins with a zero byte
      manager.sun_path[0] = '\0';
    manager_length =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  }
  unsetenv("NOTIFY_SOCKET");
}

void server_notify(const char *news, size_t length) {
  int fd = manager_length ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
  if (fd < 0)
    return;
  sendto(fd, news, length, MSG_NOSIGNAL, (struct sockaddr *)&manager,
         manager_length);
  close(fd);
}
