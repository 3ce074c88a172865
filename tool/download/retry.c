/* retry.c - see retry.h */
#include "tool/download/retry.h"

#include <time.h>

#include "tool/download/exchange.h"
#include "tool/download/problem.h"

enum { STEP_MS = 100, TRIES_MAX = 10, RANDOM_PARTS = 1024 };

bool retry_decide(const struct download_limits *limits, const struct reply *reply,
		  unsigned tries_done, uint32_t random, unsigned *out_wait_ms)
{
	uint64_t wait_ms;

	if (!problem_passes(reply) || tries_done >= limits->tries || tries_done >= TRIES_MAX)
		return false;
	wait_ms = (uint64_t)limits->first_wait_ms << (tries_done - 1);
	if ((uint64_t)reply->wait_seconds * 1000 > wait_ms)
		wait_ms = (uint64_t)reply->wait_seconds * 1000;
	if (wait_ms > limits->wait_max_ms)
		return false;
	/* Never earlier than was asked for, up to half as much later. */
	*out_wait_ms = (unsigned)(wait_ms + wait_ms * (random % RANDOM_PARTS) / (2 * RANDOM_PARTS));
	return true;
}

/* In steps, so that a user can stop it. */
static enum err wait_a_while(const struct exchange_request *request, unsigned wait_ms)
{
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};

	for (unsigned waited = 0; waited < wait_ms; waited += STEP_MS) {
		if (request->progress != NULL && !request->progress(0, 0, request->context))
			return ERR_CANCELLED;
		(void)nanosleep(&step, NULL);
	}
	return ERR_OK;
}

enum err exchange_patiently(const struct exchange_request *request, struct reply **out_reply)
{
	for (unsigned tries_done = 1;; tries_done++) {
		AUTO(reply) reply = NULL;
		unsigned wait_ms = 0;
		uint32_t random;

		random_fill(&random, sizeof random);
		TRY(exchange(request, &reply));
		if (!retry_decide(request->limits, reply, tries_done, random, &wait_ms)) {
			*out_reply = TAKE(reply);
			return ERR_OK;
		}
		TRY(wait_a_while(request, wait_ms));
	}
}
