// SPDX-License-Identifier: MIT
#ifndef VISION_POSTGRES_QUEUE_H
#define VISION_POSTGRES_QUEUE_H

#include "prepared.h"
#include "transaction.h"

// ---- transactions, in order ----

typedef struct transaction_queue {
  transaction *first, *last;
} transaction_queue;

void queue_push(transaction_queue *q, transaction *t);
void queue_push_front(transaction_queue *q, transaction *t);
transaction *queue_pop(transaction_queue *q);            // NULL: it is empty
bool queue_remove(transaction_queue *q, transaction *t); // false: not in it

// Takes those up to `last`: how many, and whether one of them has failed.
transaction_queue queue_take(transaction_queue *q, const transaction *last,
                             bool *failed, size_t *count);

// ---- what the server still owes, in the order it was asked ----

typedef struct expected {
  enum expected_kind {
    EXPECT_PREPARED,  // `statement` of `transaction` has a name now
    EXPECT_STATEMENT, // results of `statement` of `transaction`
    EXPECT_CONTROL,   // BEGIN, COMMIT or ROLLBACK of `transaction`
    EXPECT_SYNC,      // the commit of all that came since the last one
  } kind;
  transaction *transaction; // of a sync: the last one it confirms, or NULL
  size_t statement;         // from 0
  prepared *prepared;
} expected;

typedef struct expected_ring {
  expected *list;
  size_t first, count, capacity;
} expected_ring;

int ring_push(expected_ring *r, expected answer); // -1: no memory
expected *ring_first(expected_ring *r);           // NULL: it is empty
void ring_drop(expected_ring *r);                 // the first one
void ring_free(expected_ring *r);

#endif
