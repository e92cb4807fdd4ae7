// SPDX-License-Identifier: MIT
#include "check.h"

#include "../core/address_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

static struct sockaddr_storage address_of(const char *text) {
  struct sockaddr_storage s = {0};
  if (strchr(text, ':')) {
    struct sockaddr_in6 *six = (void *)&s;
    six->sin6_family = AF_INET6;
    assert_int_equal(inet_pton(AF_INET6, text, &six->sin6_addr), 1);
  } else {
    struct sockaddr_in *four = (void *)&s;
    four->sin_family = AF_INET;
    assert_int_equal(inet_pton(AF_INET, text, &four->sin_addr), 1);
  }
  return s;
}

static const char *kind_of(const address_guard *g, const char *text) {
  struct sockaddr_storage s = address_of(text);
  return address_guard_refuses(g, (struct sockaddr *)&s);
}

static void assert_kind(const char *text, const char *kind) {
  static const address_guard strict;
  const char *found = kind_of(&strict, text);
  if (!kind ? found != NULL : !found || strcmp(found, kind) != 0)
    fail_msg("%s is '%s', not '%s'", text, found ? found : "public",
             kind ? kind : "public");
}

// Both ends of each range, and what lies just outside.
static void ranges_of_ipv4(void **state) {
  (void)state;
  static const struct {
    const char *first, *last, *kind;
  } ranges[] = {
      {"0.0.0.0", "0.255.255.255", "unspecified"},
      {"1.0.0.0", "9.255.255.255", NULL},
      {"10.0.0.0", "10.255.255.255", "private"},
      {"11.0.0.0", "100.63.255.255", NULL},
      {"100.64.0.0", "100.127.255.255", "shared (carrier's NAT)"},
      {"100.100.100.200", "100.100.100.200", "shared (carrier's NAT)"},
      {"100.128.0.0", "126.255.255.255", NULL},
      {"127.0.0.0", "127.255.255.255", "loopback"},
      {"128.0.0.0", "168.63.129.15", NULL},
      {"168.63.129.16", "168.63.129.16", "metadata"},
      {"168.63.129.17", "169.253.255.255", NULL},
      {"169.254.0.0", "169.254.255.255", "link-local"},
      {"169.254.169.254", "169.254.169.254", "link-local"},
      {"169.255.0.0", "172.15.255.255", NULL},
      {"172.16.0.0", "172.31.255.255", "private"},
      {"172.32.0.0", "191.255.255.255", NULL},
      {"192.0.0.0", "192.0.0.255", "reserved"},
      {"192.0.1.0", "192.0.1.255", NULL},
      {"192.0.2.0", "192.0.2.255", "documentation"},
      {"192.0.3.0", "192.88.98.255", NULL},
      {"192.88.99.0", "192.88.99.255", "6to4"},
      {"192.88.100.0", "192.167.255.255", NULL},
      {"192.168.0.0", "192.168.255.255", "private"},
      {"192.169.0.0", "198.17.255.255", NULL},
      {"198.18.0.0", "198.19.255.255", "benchmark"},
      {"198.20.0.0", "198.51.99.255", NULL},
      {"198.51.100.0", "198.51.100.255", "documentation"},
      {"198.51.101.0", "203.0.112.255", NULL},
      {"203.0.113.0", "203.0.113.255", "documentation"},
      {"203.0.114.0", "223.255.255.255", NULL},
      {"224.0.0.0", "239.255.255.255", "multicast"},
      {"240.0.0.0", "255.255.255.255", "reserved"},
  };
  for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
    assert_kind(ranges[i].first, ranges[i].kind);
    assert_kind(ranges[i].last, ranges[i].kind);
  }
}

static void ranges_of_ipv6(void **state) {
  (void)state;
  static const struct {
    const char *address, *kind;
  } cases[] = {
      {"::", "unspecified"},
      {"::1", "loopback"},
      {"::2", "reserved"},
      {"::7f00:1", "reserved"}, // IPv4 "compatible", long given up
      {"100::1", "reserved"},
      {"64:ff9b:1::1", "reserved"},
      {"1fff:ffff::", "reserved"},
      {"2000::", NULL},
      {"2001::1", "Teredo"},
      {"2001:1::1", "reserved"},
      {"2001:1ff:ffff::", "reserved"},
      {"2001:200::", NULL},
      {"2001:db7:ffff::", NULL},
      {"2001:db8::1", "documentation"},
      {"2001:db9::", NULL},
      {"2002:7f00:1::", "6to4"},
      {"2002:808:808::", "6to4"},
      {"2003::", NULL},
      {"2606:4700:4700::1111", NULL},
      {"3ffe:ffff::", NULL},
      {"3fff::", "documentation"},
      {"3fff:1000::", NULL},
      {"4000::", "reserved"},
      {"fbff::", "reserved"},
      {"fc00::1", "private"},
      {"fd00:ec2::254", "private"}, // AWS's metadata by IPv6
      {"fe00::", "reserved"},
      {"fe80::1", "link-local"},
      {"febf:ffff::", "link-local"},
      {"fec0::1", "private"},
      {"ff02::1", "multicast"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_kind(cases[i].address, cases[i].kind);
}

static void ipv4_in_ipv6_is_judged_as_ipv4(void **state) {
  (void)state;
  assert_kind("::ffff:127.0.0.1", "loopback");
  assert_kind("::ffff:169.254.169.254", "link-local");
  assert_kind("::ffff:10.1.2.3", "private");
  assert_kind("::ffff:8.8.8.8", NULL);
  assert_kind("64:ff9b::7f00:1", "loopback");
  assert_kind("64:ff9b::a9fe:a9fe", "link-local");
  assert_kind("64:ff9b::808:808", NULL);
}

static void other_families_are_refused(void **state) {
  (void)state;
  static const address_guard strict;
  struct sockaddr_un path = {.sun_family = AF_UNIX};
  assert_string_equal(address_guard_refuses(&strict, (struct sockaddr *)&path),
                      "unknown");
}

static void networks_can_be_allowed(void **state) {
  (void)state;
  address_guard g;
  error e = {0};
  const char *const networks[] = {"10.1.0.0/16", "127.0.0.1", "fd00::/9",
                                  "192.168.77.200/29"};
  assert_int_equal(address_guard_init(&g, networks, 4, &e), 0);
  assert_null(kind_of(&g, "10.1.255.255"));
  assert_string_equal(kind_of(&g, "10.2.0.0"), "private");
  assert_null(kind_of(&g, "127.0.0.1"));
  assert_null(kind_of(&g, "::ffff:127.0.0.1"));
  assert_string_equal(kind_of(&g, "127.0.0.2"), "loopback");
  assert_null(kind_of(&g, "fd7f::1"));
  assert_string_equal(kind_of(&g, "fd80::1"), "private");
  assert_null(kind_of(&g, "192.168.77.207"));
  assert_string_equal(kind_of(&g, "192.168.77.208"), "private");
  assert_string_equal(kind_of(&g, "::1"), "loopback");
}

static void everything_can_be_allowed(void **state) {
  (void)state;
  address_guard g;
  error e = {0};
  const char *const all[] = {"0.0.0.0/0", "::/0"};
  assert_int_equal(address_guard_init(&g, all, 2, &e), 0);
  assert_null(kind_of(&g, "127.0.0.1"));
  assert_null(kind_of(&g, "fe80::1"));
  assert_int_equal(address_guard_init(&g, all + 1, 1, &e), 0);
  assert_string_equal(kind_of(&g, "127.0.0.1"), "loopback");
}

static void what_is_no_network_is_said(void **state) {
  (void)state;
  static const char *const bad[] = {
      "",
      "10",
      "10.0.0.0/",
      "10.0.0.0/33",
      "10.0.0/8",
      "fd00::/129",
      "10.0.0.0/-1",
      "10.0.0.0/8 ",
      "10.0.0.0/+",
      "example.com",
      "10.0.0.0/0000008",
      "1.2.3.4/8/8",
      ":",
      "::1%eth0",
      "11111111111111111111111111111111111111111111111111111111",
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    address_guard g;
    error e = {0};
    assert_int_equal(address_guard_init(&g, &bad[i], 1, &e), -1);
    assert_int_equal(e.reason, REASON_INVALID_OPTION);
    assert_non_null(strstr(e.message, "is no network"));
  }
}

static void too_many_networks_are_said(void **state) {
  (void)state;
  const char *many[ADDRESS_NETWORKS_MAX + 1];
  address_guard g;
  error e = {0};
  for (size_t i = 0; i <= ADDRESS_NETWORKS_MAX; i++)
    many[i] = "10.0.0.0/8";
  assert_int_equal(address_guard_init(&g, many, ADDRESS_NETWORKS_MAX, &e), 0);
  assert_int_equal(address_guard_init(&g, many, ADDRESS_NETWORKS_MAX + 1, &e),
                   -1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ranges_of_ipv4),
      cmocka_unit_test(ranges_of_ipv6),
      cmocka_unit_test(ipv4_in_ipv6_is_judged_as_ipv4),
      cmocka_unit_test(other_families_are_refused),
      cmocka_unit_test(networks_can_be_allowed),
      cmocka_unit_test(everything_can_be_allowed),
      cmocka_unit_test(what_is_no_network_is_said),
      cmocka_unit_test(too_many_networks_are_said),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
