// SPDX-License-Identifier: MIT
#include "sets.h"

#include <stdlib.h>

int sets_new(sets *s, int count, error *e) {
  size_t size = ((size_t)count + 1) * sizeof(int);
  *s = (sets){count, malloc(size), malloc(size), malloc(size)};
  if (!s->parent || !s->next || !s->size) {
    sets_free(s);
    return error_memory(e);
  }
  for (int i = 0; i < count; i++) {
    s->parent[i] = s->next[i] = i;
    s->size[i] = 1;
  }
  return 0;
}

void sets_free(sets *s) {
  free(s->parent);
  free(s->next);
  free(s->size);
  *s = (sets){0};
}

int sets_root(sets *s, int member) {
  while (s->parent[member] != member) {
    s->parent[member] = s->parent[s->parent[member]]; // halves the way
    member = s->parent[member];
  }
  return member;
}

int sets_size(sets *s, int member) { return s->size[sets_root(s, member)]; }

void sets_join(sets *s, int a, int b) {
  a = sets_root(s, a);
  b = sets_root(s, b);
  if (a == b)
    return;
  if (s->size[a] < s->size[b]) {
    int swap = a;
    a = b;
    b = swap;
  }
  s->parent[b] = a;
  s->size[a] += s->size[b];
  int after = s->next[a]; // two rings become one
  s->next[a] = s->next[b];
  s->next[b] = after;
}

int sets_members(sets *s, int member, int *out) {
  int count = 0, at = member;
  do {
    out[count++] = at;
    at = s->next[at];
  } while (at != member);
  return count;
}
