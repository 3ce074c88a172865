/* rate.h - how many requests one ID, and all together, may send: two token buckets.
 *
 * IDs share 256 buckets by their hash, so that strangers cannot make it grow. In memory only:
 * what must survive a restart is the count of wrong PINs, in the ledger.
 */
#pragma once

#include <stdint.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

struct rate;

enum err rate_new(struct rate **out_rate) MUST_CHECK;
void rate_free(struct rate *rate);
OWN_DEFINE(rate, rate_free)

/* 0: go on. Else the number of seconds to wait. `now_ms` never runs backwards. */
unsigned rate_ask(struct rate *rate, const char *id, int64_t now_ms);
