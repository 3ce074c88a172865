/* failures.h - how often a user may fail at something that each failure tells a little about:
 * opening what was enciphered. So many at once, then one more in a while; until then he is asked to
 * wait.
 *
 * What succeeds costs nothing. Time is the caller's. May be used by many threads at once.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	FAILURES_USERS = 64, /* at a time; further ones share one place */
	FAILURES_AT_ONCE = 30,
	FAILURES_SECONDS = 10, /* for one more */
};

struct failures_user {
	uid_t uid;
	unsigned count; /* 0: nobody's place */
	int64_t since;  /* when the last one was forgotten */
};

struct failures {
	pthread_mutex_t lock;
	struct failures_user users[FAILURES_USERS];
};

void failures_init(struct failures *failures);
void failures_clear(struct failures *failures);

/* Counts one that is about to be tried, until failures_end; false: not now. So tries side by side
 * are not more than one after the other. */
bool failures_begin(struct failures *failures, uid_t uid, int64_t now_seconds);
void failures_end(struct failures *failures, uid_t uid, bool has_failed);
