/* pace.h - how often a user may move an anchor that wears out, an NV index of a TPM, by changes
 * that no try of a PIN has paid for: PACE_AT_ONCE, then one a minute.
 *
 * Time is the caller's; it never goes back. One thread at a time uses it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

enum { PACE_AT_ONCE = 30, PACE_SECONDS = 60, PACE_USERS = 256 };

struct pace;

enum err pace_new(struct pace **out_pace) MUST_CHECK;
void pace_free(struct pace *pace); /* accepts NULL */
OWN_DEFINE(pace, pace_free)

/* False: not now. Of users that are too many to be counted, nobody new. */
bool pace_take(struct pace *pace, uid_t uid, int64_t now_seconds);
