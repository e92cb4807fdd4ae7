// SPDX-License-Identifier: MIT
#ifndef VISION_READER_CHANNEL_H
#define VISION_READER_CHANNEL_H

#include "../core/reader_protocol.h"

#include <stdbool.h>

// The reader's side of the socket; all calls block.

// Waits for a whole request. False: the pool has hung up, or broke the rules.
bool channel_receive(int fd, message_reader *reader, message *request);

bool channel_send_ready(int fd);
bool channel_send_answer(int fd, const message *answer);

// From here on, running out of memory or of processor time in a library (which
// tells nobody but the C++ runtime or the kernel) is said on the channel before
// the process ends.
void channel_watch_faults(int fd);

// Whether an answer is being sent: then nothing else may be.
void channel_answering(bool answering);

#endif
