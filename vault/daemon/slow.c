/* slow.c - see slow.h */
#include "vault/daemon/slow.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "vault/daemon/quota.h"

enum { WAITING_MAX = 4096 }; /* small packets: PINs and digests */

struct slow {
	pthread_mutex_t lock; /* of the queue; taken before the quota's */
	struct quota *running;
	struct slow_request *first; /* oldest first */
	size_t waiting;
};

enum err slow_request_new(struct connection *connection, const struct sender *sender,
			  const uint8_t *packet, size_t size, struct slow_request **out_request)
{
	AUTO(secret) copy = NULL;
	struct slow_request *request;

	TRY(secret_new(size, &copy));
	memcpy(secret_bytes(copy), packet, size);
	request = calloc(1, sizeof *request);
	if (request == NULL)
		return ERR_MEMORY;
	connection_hold(connection);
	request->connection = connection;
	request->sender = *sender;
	request->packet = TAKE(copy);
	request->arrived_at = session_clock();
	*out_request = request;
	return ERR_OK;
}

void slow_request_free(struct slow_request *request)
{
	if (request == NULL)
		return;
	secret_free(request->packet);
	connection_release(request->connection);
	free(request);
}

enum err slow_new(size_t running_max, size_t running_per_user, struct slow **out_slow)
{
	struct slow *slow = calloc(1, sizeof *slow);

	if (slow == NULL)
		return ERR_MEMORY;
	if (pthread_mutex_init(&slow->lock, NULL) != 0) {
		free(slow);
		return ERR_MEMORY;
	}
	*out_slow = slow;
	return quota_new(running_per_user, running_max, &slow->running);
}

void slow_free(struct slow *slow)
{
	if (slow == NULL)
		return;
	while (slow->first != NULL) {
		struct slow_request *next = slow->first->next;
		slow_request_free(slow->first);
		slow->first = next;
	}
	quota_free(slow->running);
	(void)pthread_mutex_destroy(&slow->lock);
	free(slow);
}

static uid_t uid_of(const struct slow_request *request)
{
	return session_peer(request->connection->session)->uid;
}

bool slow_begin(struct slow *slow, uid_t uid)
{
	bool is_taken;

	(void)pthread_mutex_lock(&slow->lock);
	is_taken = quota_take(slow->running, uid);
	(void)pthread_mutex_unlock(&slow->lock);
	return is_taken;
}

static void append(struct slow *slow, struct slow_request *request)
{
	struct slow_request **end = &slow->first;

	while (*end != NULL)
		end = &(*end)->next;
	request->next = NULL;
	*end = request;
	slow->waiting++;
}

/* Asks for a place once more under the same lock as slow_end: none is given back unseen. */
enum slow_place slow_wait(struct slow *slow, struct slow_request *request)
{
	enum slow_place place = SLOW_FULL;

	(void)pthread_mutex_lock(&slow->lock);
	if (quota_take(slow->running, uid_of(request))) {
		place = SLOW_RUNS;
	} else if (slow->waiting < WAITING_MAX) {
		append(slow, request);
		place = SLOW_WAITS;
	}
	(void)pthread_mutex_unlock(&slow->lock);
	return place;
}

/* The oldest of the user who has the fewest running. */
static struct slow_request **fairest(struct slow *slow)
{
	struct slow_request **best = NULL;
	size_t best_running = SIZE_MAX;

	for (struct slow_request **at = &slow->first; *at != NULL; at = &(*at)->next) {
		size_t running = quota_taken(slow->running, uid_of(*at));
		if (running < best_running) {
			best = at;
			best_running = running;
		}
		if (running == 0)
			break;
	}
	return best;
}

struct slow_request *slow_end(struct slow *slow, uid_t uid)
{
	struct slow_request **best;
	struct slow_request *next = NULL;

	(void)pthread_mutex_lock(&slow->lock);
	quota_give(slow->running, uid);
	best = fairest(slow);
	if (best != NULL && quota_take(slow->running, uid_of(*best))) {
		next = *best;
		*best = next->next;
		slow->waiting--;
	}
	(void)pthread_mutex_unlock(&slow->lock);
	return next;
}
