/* slow.h - requests that may wait: how many threads they may hold, and whose turn is next.
 *
 * Some threads always stay free for requests that only look into memory. What finds no place
 * waits here, and its connection is not read on meanwhile; the next place goes to the user with
 * the fewest running, so that a flood of PINs by one user delays no other.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/secret.h"
#include "vault/daemon/connection.h"

struct slow_request {
	struct slow_request *next;
	struct connection *connection; /* held */
	struct sender sender;
	struct secret *packet;
	int64_t arrived_at; /* session_clock */
};

/* Copies the packet and holds the connection. */
enum err slow_request_new(struct connection *connection, const struct sender *sender,
			  const uint8_t *packet, size_t size,
			  struct slow_request **out_request) MUST_CHECK;
void slow_request_free(struct slow_request *request);
OWN_DEFINE(slow_request, slow_request_free)

struct slow;

enum err slow_new(size_t running_max, size_t running_per_user, struct slow **out_slow) MUST_CHECK;
void slow_free(struct slow *slow);
OWN_DEFINE(slow, slow_free)

/* True: the caller runs its request now and calls slow_end after. */
bool slow_begin(struct slow *slow, uid_t uid);
enum slow_place {
	SLOW_RUNS,  /* a place came free after all: as after slow_begin; the request stays the
		       caller's */
	SLOW_WAITS, /* the request is taken over */
	SLOW_FULL,  /* as many wait as may; the request stays the caller's */
};
enum slow_place slow_wait(struct slow *slow, struct slow_request *request);
/* One of this user's is done. The next to run, its place already taken; NULL when none waits. */
struct slow_request *slow_end(struct slow *slow, uid_t uid);
