/* apart.h - work on a stranger's document in a process of its own.
 *
 * A PDF is read by a large library. Whatever a document can make it do, it does it where there is
 * no file, no socket, no PIN and no way to go on: only bytes that come back through a pipe, and a
 * limit to time and memory. What comes back is checked like anything from a stranger.
 */
#pragma once

#include <stddef.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"

enum { APART_CPU_SECONDS = 120, APART_MEMORY_MIB = 3072 };

/* Runs in the other process. Nothing it changes is seen here but *out_answer. */
typedef enum err apart_work(const void *task, struct bytes *out_answer);

/* The work's own error, with detail and note; `broken` when it did not come to an end: it
 * crashed, did what it may not, or needed too much. */
enum err apart_do(apart_work *work, const void *task, size_t answer_max, enum err broken,
		  struct bytes *out_answer) MUST_CHECK;
