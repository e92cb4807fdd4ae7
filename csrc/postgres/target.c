// SPDX-License-Identifier: MIT
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double USUAL_CONNECT_TIMEOUT = 10; // seconds

static const char *find(const PQconninfoOption *options, const char *keyword) {
  for (const PQconninfoOption *o = options; o && o->keyword; o++)
    if (strcmp(o->keyword, keyword) == 0)
      return o->val && *o->val ? o->val : NULL;
  return NULL;
}

// As libpq would choose: the URL, then the environment, then its own.
static const char *get(const target *t, const char *keyword) {
  const char *given = find(t->options, keyword);
  return given ? given : find(t->usual, keyword);
}

// ---- reading a URL ----

static int parse(target *t, const char *url, error *e) {
  char *complaint = NULL; // may show the whole URL, password and all
  t->options = PQconninfoParse(url, &complaint);
  PQfreemem(complaint);
  if (!t->options)
    return core->error_set(
        e, REASON_INVALID_OPTION,
        "this is no address of a PostgreSQL database: expected is "
        "postgres://user:password@host:5432/database?sslmode=verify-full, with "
        "special characters of the password written as %%40 and the like");
  t->usual = PQconndefaults();
  return t->usual ? 0 : core->error_memory(e);
}

static int read_timeout(target *t, error *e) {
  const char *text = get(t, "connect_timeout");
  char *end = NULL;
  double seconds = text ? strtod(text, &end) : 0;
  if (text && (*end || !(seconds >= 0 && seconds <= 86400)))
    return core->error_set(e, REASON_INVALID_OPTION,
                           "connect_timeout of the PostgreSQL address: seconds "
                           "from 0 to 86400 expected");
  t->connect_timeout = seconds > 0 ? seconds : USUAL_CONNECT_TIMEOUT;
  return 0;
}

// libpq would look only once it connects, and its answer reads like a failure
// that may pass.
static int check_ports(const target *t, error *e) {
  for (const char *at = get(t, "port"); *at; at += strcspn(at, ",")) {
    char *end;
    at += *at == ',';
    long port = strtol(at, &end, 10);
    if (end == at || port < 1 || port > 65535 || strcspn(end, ",") > 0)
      return core->error_set(e, REASON_INVALID_OPTION,
                             "port of the PostgreSQL address: a number from 1 "
                             "to 65535 expected");
  }
  return 0;
}

static int set_session(target *t, const char *settings,
                       double statement_timeout, error *e) {
  const char *own = get(t, "options");
  double timeout_ms = statement_timeout * 1000;
  snprintf(t->patience, sizeof t->patience, "%.0f", timeout_ms + 5000);
  int length =
      snprintf(t->settings, sizeof t->settings,
               "-c statement_timeout=%.0f "
               "-c idle_in_transaction_session_timeout=%.0f %s %s",
               timeout_ms, timeout_ms + 5000, settings, own ? own : "");
  if (length < (int)sizeof t->settings)
    return 0;
  return core->error_set(e, REASON_INVALID_OPTION,
                         "options of the PostgreSQL address are too long");
}

int target_init(target *t, const char *url, const char *settings,
                double statement_timeout, error *e) {
  *t = (target){0};
  if (parse(t, url, e) != 0 || read_timeout(t, e) != 0 ||
      check_ports(t, e) != 0)
    return -1;
  return set_session(t, settings, statement_timeout, e);
}

void target_free(target *t) {
  PQconninfoFree(t->options);
  PQconninfoFree(t->usual);
  t->options = t->usual = NULL;
}

void target_name(const target *t, char *out, size_t size) {
  const char *host = get(t, "host"), *database = get(t, "dbname");
  snprintf(out, size, "%s:%s/%s", host ? host : "localhost", get(t, "port"),
           database ? database : "");
}

// ---- hosts and their addresses ----

// Entry `index` of a comma-separated list; false past its end.
static bool list_entry(const char *list, size_t index, char *out, size_t size) {
  while (index-- > 0) {
    list = strchr(list, ',');
    if (!list)
      return false;
    list++;
  }
  snprintf(out, size, "%.*s", (int)strcspn(list, ","), list);
  return true;
}

static int list_add(target_list *list, const char *entry, error *e) {
  size_t left = sizeof list->text - list->length;
  int length = snprintf(list->text + list->length, left, "%s%s",
                        list->count > 0 ? "," : "", entry);
  if ((size_t)length >= left)
    return core->error_set(e, REASON_INVALID_OPTION,
                           "the PostgreSQL address has too many hosts");
  list->length += (size_t)length;
  list->count++;
  return 0;
}

// One port is for all hosts.
static void port_of(const target *t, size_t host, char *out, size_t size) {
  const char *ports = get(t, "port"); // libpq always has a usual one
  if (!list_entry(ports, host, out, size))
    list_entry(ports, 0, out, size);
}

static int add(target *t, size_t host, const char *name, const char *address,
               error *e) {
  char port[16];
  port_of(t, host, port, sizeof port);
  if (list_add(&t->hosts, name, e) != 0 ||
      list_add(&t->addresses, address, e) != 0)
    return -1;
  return list_add(&t->ports, port, e);
}

static bool is_folder(const char *host) {
  return *host == '\0' || *host == '/' || *host == '@';
}

static bool is_number(const char *host) {
  unsigned char bytes[16];
  return uv_inet_pton(AF_INET, host, bytes) == 0 ||
         uv_inet_pton(AF_INET6, host, bytes) == 0;
}

bool target_next_name(target *t, char *name, size_t size, int *status,
                      error *e) {
  const char *hosts = get(t, "host");
  *status = 0;
  if (!hosts || get(t, "hostaddr"))
    return false;
  while (*status == 0 && list_entry(hosts, t->next_host, name, size)) {
    size_t host = t->next_host++;
    if (!is_folder(name) && !is_number(name))
      return true;
    *status = add(t, host, name, is_number(name) ? name : "", e);
  }
  return false;
}

int target_add_address(target *t, const char *address, error *e) {
  char name[256];
  list_entry(get(t, "host"), t->next_host - 1, name, sizeof name);
  return add(t, t->next_host - 1, name, address, e);
}

// ---- connecting ----

PGconn *target_connect(const target *t) {
  enum { PARAMETERS_MAX = 80 }; // libpq 15 knows 41
  const char *keywords[PARAMETERS_MAX], *values[PARAMETERS_MAX];
  int count = 0;
  // What comes first may be overruled by the URL, what comes last may not.
  keywords[count] = "fallback_application_name", values[count++] = "vision";
  keywords[count] = "tcp_user_timeout", values[count++] = t->patience;
  // Kerberos would ask its servers at once, and block.
  keywords[count] = "gssencmode", values[count++] = "disable";
  for (const PQconninfoOption *o = t->options; o->keyword; o++) {
    if (!o->val || count >= PARAMETERS_MAX - 6)
      continue;
    keywords[count] = o->keyword, values[count++] = o->val;
  }
  keywords[count] = "client_encoding", values[count++] = "UTF8";
  keywords[count] = "options", values[count++] = t->settings;
  if (t->hosts.count > 0) {
    keywords[count] = "host", values[count++] = t->hosts.text;
    keywords[count] = "hostaddr", values[count++] = t->addresses.text;
    keywords[count] = "port", values[count++] = t->ports.text;
  }
  keywords[count] = NULL, values[count] = NULL;
  return PQconnectStartParams(keywords, values, 0);
}
