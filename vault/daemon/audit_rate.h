/* audit_rate.h - keeps one user's refused requests from filling the log and pushing out what
 * matters: so many at once, then one in a while; the others are counted and told in one entry.
 *
 * Not for entries of deeds: those are always written. Used by one thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/audit_entry.h"

enum {
	AUDIT_RATE_USERS = 64, /* at a time; further ones share one place */
	AUDIT_RATE_BURST = 30,
	AUDIT_RATE_SECONDS = 10,         /* for one more */
	AUDIT_RATE_SUMMARY_SECONDS = 60, /* how long is counted before it is told */
};

struct audit_rate_user {
	bool is_used;
	uint32_t uid;
	unsigned tokens;
	int64_t refilled_at;
	uint32_t count; /* not written yet */
	int64_t since;
	struct audit_entry last;
};

/* Zeroed at the start. */
struct audit_rate {
	struct audit_rate_user users[AUDIT_RATE_USERS];
};

/* Whether the entry may be written; else it is counted. `now` in seconds of any steady clock. */
bool audit_rate_allows(struct audit_rate *rate, const struct audit_entry *entry, int64_t now);
/* What was counted, user by user, once its time has come (INT64_MAX: all of it). */
bool audit_rate_take(struct audit_rate *rate, int64_t now, struct audit_entry *out_entry);
bool audit_rate_has_counted(const struct audit_rate *rate);
