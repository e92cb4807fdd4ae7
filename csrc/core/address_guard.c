// SPDX-License-Identifier: MIT
#include "address_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

typedef struct range {
  uint8_t bytes[16];
  unsigned bits;
  const char *kind;
} range;

// https://www.iana.org/assignments/iana-ipv4-special-registry
static const range NOT_PUBLIC_4[] = {
    {{0}, 8, "unspecified"},
    {{10}, 8, "private"},
    {{100, 64}, 10, "shared (carrier's NAT)"},
    {{127}, 8, "loopback"},
    {{168, 63, 129, 16}, 32, "metadata"}, // Azure's, in a public range
    {{169, 254}, 16, "link-local"},       // the other clouds' metadata, too
    {{172, 16}, 12, "private"},
    {{192, 0, 0}, 24, "reserved"},
    {{192, 0, 2}, 24, "documentation"},
    {{192, 88, 99}, 24, "6to4"},
    {{192, 168}, 16, "private"},
    {{198, 18}, 15, "benchmark"},
    {{198, 51, 100}, 24, "documentation"},
    {{203, 0, 113}, 24, "documentation"},
    {{224}, 4, "multicast"},
    {{240}, 4, "reserved"},
};

// https://www.iana.org/assignments/iana-ipv6-special-registry; what lies
// outside of 2000::/3 is not public whatever it is.
static const range NOT_PUBLIC_6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 32, "Teredo"},
    {{0x20, 0x01, 0x00}, 23, "reserved"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "documentation"},
    {{0x20, 0x02}, 16, "6to4"},
    {{0x3f, 0xff, 0x00}, 20, "documentation"},
    {{0xfc}, 7, "private"},
    {{0xfe, 0x80}, 10, "link-local"},
    {{0xfe, 0xc0}, 10, "private"},
    {{0xff}, 8, "multicast"},
};

static const uint8_t GLOBAL_6[16] = {0x20};
static const uint8_t MAPPED[16] = {[10] = 0xff, [11] = 0xff};
static const uint8_t NAT64[16] = {0x00, 0x64, 0xff, 0x9b};
static const uint8_t LOOPBACK_6[16] = {[15] = 1};
static const uint8_t ZERO[16] = {0};

static bool begins_alike(const uint8_t *a, const uint8_t *b, unsigned bits) {
  unsigned whole = bits / 8, rest = bits % 8;
  if (memcmp(a, b, whole) != 0)
    return false;
  return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

static const char *kind_in(const range *ranges, size_t count,
                           const uint8_t *bytes) {
  for (size_t i = 0; i < count; i++)
    if (begins_alike(ranges[i].bytes, bytes, ranges[i].bits))
      return ranges[i].kind;
  return NULL;
}

#define KIND_IN(ranges, bytes)                                                 \
  kind_in(ranges, sizeof(ranges) / sizeof *(ranges), bytes)

static const char *kind_of_6(const uint8_t *bytes) {
  if (memcmp(bytes, LOOPBACK_6, 16) == 0)
    return "loopback";
  if (memcmp(bytes, ZERO, 16) == 0)
    return "unspecified";
  const char *kind = KIND_IN(NOT_PUBLIC_6, bytes);
  if (kind || begins_alike(bytes, GLOBAL_6, 3))
    return kind;
  return "reserved";
}

// An address as bytes; IPv4 in IPv6's clothes is taken out of them. False: it
// is of another family.
static bool unwrap(const struct sockaddr *address, address_network *out) {
  memset(out, 0, sizeof *out);
  if (address->sa_family == AF_INET) {
    const struct sockaddr_in *in = (const void *)address;
    memcpy(out->bytes, &in->sin_addr, 4);
    out->family = AF_INET;
    return true;
  }
  if (address->sa_family != AF_INET6)
    return false;
  const uint8_t *bytes =
      ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr;
  bool is_4 = begins_alike(bytes, MAPPED, 96) || begins_alike(bytes, NAT64, 96);
  out->family = is_4 ? AF_INET : AF_INET6;
  memcpy(out->bytes, is_4 ? bytes + 12 : bytes, is_4 ? 4 : 16);
  return true;
}

static bool is_allowed(const address_guard *g, const address_network *a) {
  for (size_t i = 0; i < g->count; i++)
    if (g->allowed[i].family == a->family &&
        begins_alike(g->allowed[i].bytes, a->bytes, g->allowed[i].bits))
      return true;
  return false;
}

const char *address_guard_refuses(const address_guard *g,
                                  const struct sockaddr *address) {
  address_network a;
  if (!unwrap(address, &a))
    return "unknown";
  if (is_allowed(g, &a))
    return NULL;
  return a.family == AF_INET ? KIND_IN(NOT_PUBLIC_4, a.bytes)
                             : kind_of_6(a.bytes);
}

// ---- networks as text ----

// The length of a prefix: one to three digits and nothing else.
static bool parse_bits(const char *text, unsigned most, unsigned *bits) {
  size_t digits = strspn(text, "0123456789");
  if (digits == 0 || digits > 3 || text[digits] != '\0')
    return false;
  *bits = (unsigned)strtoul(text, NULL, 10);
  return *bits <= most;
}

static bool parse_network(const char *text, address_network *n) {
  char host[INET6_ADDRSTRLEN];
  const char *slash = strchrnul(text, '/');
  size_t length = (size_t)(slash - text);
  if (length >= sizeof host)
    return false;
  memcpy(host, text, length);
  host[length] = '\0';
  memset(n, 0, sizeof *n);
  n->family = strchr(host, ':') ? AF_INET6 : AF_INET;
  n->bits = n->family == AF_INET ? 32 : 128;
  if (inet_pton(n->family, host, n->bytes) != 1)
    return false;
  return *slash == '\0' || parse_bits(slash + 1, n->bits, &n->bits);
}

int address_guard_init(address_guard *g, const char *const *networks,
                       size_t count, error *e) {
  if (count > ADDRESS_NETWORKS_MAX)
    return error_set(e, REASON_INVALID_OPTION,
                     "at most %d networks can be allowed, not %zu",
                     ADDRESS_NETWORKS_MAX, count);
  g->count = count;
  for (size_t i = 0; i < count; i++)
    if (!parse_network(networks[i], &g->allowed[i]))
      return error_set(e, REASON_INVALID_OPTION,
                       "'%.60s' is no network: write it like 10.0.0.0/8, "
                       "fd00::/8 or 192.168.1.20",
                       networks[i]);
  return 0;
}
