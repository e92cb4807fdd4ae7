// SPDX-License-Identifier: MIT
#include "prepared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// FNV-1a.
static uint64_t hash_text(const char *text) {
  uint64_t hash = 14695981039346656037u;
  for (; *text; text++)
    hash = (hash ^ (unsigned char)*text) * 1099511628211u;
  return hash;
}

char *placeholders_number(const char *sql) {
  enum { NUMBER_MAX = 11 }; // "$" and a number, for one byte
  size_t marks = 0;
  for (const char *at = sql; *at; at++)
    marks += *at == '?';
  char *out = malloc(strlen(sql) + marks * NUMBER_MAX + 1), *to = out;
  char quote = '\0';
  unsigned number = 0;
  for (; out && *sql; sql++) {
    if (*sql == quote)
      quote = '\0'; // a doubled quote opens again at once
    else if (!quote && (*sql == '\'' || *sql == '"'))
      quote = *sql;
    if (*sql == '?' && !quote)
      to += snprintf(to, NUMBER_MAX + 1, "$%u", ++number);
    else
      *to++ = *sql;
  }
  if (out)
    *to = '\0';
  return out;
}

static prepared *add(prepared_list *list, const char *sql, uint64_t hash,
                     error *e) {
  prepared *p = &list->entries[list->count];
  *p = (prepared){.hash = hash, .sql = strdup(sql)};
  p->query = placeholders_number(sql);
  if (!p->sql || !p->query) {
    free(p->sql);
    free(p->query);
    core->error_memory(e);
    return NULL;
  }
  snprintf(p->name, sizeof p->name, "vision%zu", list->count++);
  return p;
}

prepared *prepared_find(prepared_list *list, const char *sql, error *e) {
  uint64_t hash = hash_text(sql);
  for (size_t i = 0; i < list->count; i++) {
    prepared *p = &list->entries[i];
    if (p->hash == hash && strcmp(p->sql, sql) == 0)
      return p;
  }
  return list->count < PREPARED_MAX ? add(list, sql, hash, e) : NULL;
}

void prepared_free(prepared_list *list) {
  for (size_t i = 0; i < list->count; i++) {
    free(list->entries[i].sql);
    free(list->entries[i].query);
  }
  list->count = 0;
}
