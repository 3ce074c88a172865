/* retry.h - whether and when to ask a busy server again: a pure decision.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tool/download/limits.h"
#include "tool/download/reply.h"

/* After `tries_done` tries: false when that was enough, or when the server wants a longer wait
 * than people should sit through. `random` spreads the clients (full range of uint32_t). */
bool retry_decide(const struct download_limits *limits, const struct reply *reply,
		  unsigned tries_done, uint32_t random, unsigned *out_wait_ms);
