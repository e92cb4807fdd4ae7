// SPDX-License-Identifier: MIT
#ifndef VISION_LUA_SHARED_STATE_H
#define VISION_LUA_SHARED_STATE_H

#include "binding.h"

#include "../core/shared_kinds.h"

// Objects that lie in shared memory have the methods of private ones: each is
// the private class's own function, called while the state is locked.

typedef struct shared_handle {
  shared_state *state;
  shared_slot slot;
} shared_handle;

// Makes the class of shared objects beside a private one (of which all methods
// are there already).
void binding_share_class(lua_State *L, const char *own_class,
                         const char *shared_class);

// The object at `index`, private or shared and entered; another throws.
void *binding_check_object(lua_State *L, int index, const char *own_class,
                           const char *shared_class);

// The machine's monotonic clock in seconds: when a slot is entered counts for
// who may have it next.
double binding_mono(void);

// For `state:kind(name, …)`: pushes the object of that name at argument 2 in
// the state at argument 1. The value to return.
int binding_push_shared(lua_State *L, const shared_kind *kind,
                        const char *shared_class, const void *settings,
                        double now);

// The methods of a state that give objects, each beside its private class.
int binding_state_token_bucket(lua_State *L);
int binding_state_circuit_breaker(lua_State *L);
int binding_state_histogram(lua_State *L);
int binding_state_concurrency(lua_State *L);
int binding_state_counters(lua_State *L);

#endif
