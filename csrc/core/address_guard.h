// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_ADDRESS_GUARD_H
#define VISION_CORE_ADDRESS_GUARD_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

// Where a request may go whose URL somebody else chose: to public addresses,
// and to the networks that were allowed. It judges the address that is about to
// be connected to, so no name and no second look-up can get around it.

enum { ADDRESS_NETWORKS_MAX = 64 };

typedef struct address_network {
  uint8_t bytes[16]; // in network order; of IPv4 the first four
  unsigned bits;     // how many of them count
  int family;        // AF_INET or AF_INET6
} address_network;

typedef struct address_guard {
  address_network allowed[ADDRESS_NETWORKS_MAX];
  size_t count;
} address_guard;

// Allows networks beside the public ones: "10.0.0.0/8", "fd00::/8", or one
// address. -1: INVALID_OPTION, naming the one that is none, or too many.
int address_guard_init(address_guard *g, const char *const *networks,
                       size_t count, error *e);

// NULL where `address` may be connected to; otherwise what it is, a word that
// lives for ever ("loopback", "private", "link-local" …). An IPv4 address
// within an IPv6 one (mapped, or NAT64's 64:ff9b::/96) is judged as IPv4; other
// tunnels to IPv4 (6to4, Teredo) are refused.
const char *address_guard_refuses(const address_guard *g,
                                  const struct sockaddr *address);

#endif
