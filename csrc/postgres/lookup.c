// SPDX-License-Identifier: MIT
#include "connection_internal.h"

#include <stdio.h>

static int add_addresses(connection *c, const struct addrinfo *found,
                         error *e) {
  for (; found; found = found->ai_next) {
    char address[INET6_ADDRSTRLEN] = "";
    if (found->ai_family == AF_INET)
      uv_ip4_name((const struct sockaddr_in *)found->ai_addr, address,
                  sizeof address);
    else if (found->ai_family == AF_INET6)
      uv_ip6_name((const struct sockaddr_in6 *)found->ai_addr, address,
                  sizeof address);
    if (*address && target_add_address(&c->target, address, e) != 0)
      return -1;
  }
  return 0;
}

static void lose_unknown_host(connection *c, int status) {
  char message[ERROR_MESSAGE_MAX];
  snprintf(message, sizeof message, "the host %s cannot be found: %s", c->name,
           uv_strerror(status));
  connection_lose(c, REASON_STORE_UNAVAILABLE, message);
}

static void on_addresses(uv_getaddrinfo_t *request, int status,
                         struct addrinfo *found) {
  connection *c = request->data;
  error e = {0};
  if (c->state == CONNECTION_LOOKING_UP) {
    if (status < 0)
      lose_unknown_host(c, status);
    else if (add_addresses(c, found, &e) != 0)
      connection_lose(c, e.reason, e.message);
    else
      connection_look_up(c);
  }
  uv_freeaddrinfo(found);
  connection_release(c);
}

void connection_look_up(connection *c) {
  error e = {0};
  int status;
  if (!target_next_name(&c->target, c->name, sizeof c->name, &status, &e)) {
    if (status == 0)
      connection_begin(c);
    else
      connection_lose(c, e.reason, e.message);
    return;
  }
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
  c->lookup.data = c;
  status = uv_getaddrinfo(core->loop_uv(c->loop), &c->lookup, on_addresses,
                          c->name, NULL, &hints);
  if (status == 0)
    c->open++;
  else
    lose_unknown_host(c, status);
}
