/* rate.c - see rate.h */
#include "tests/server/rate.h"

#include <stdlib.h>
#include <string.h>

#include "vault/base/digest.h"

/* Tokens are counted in thousandths. */
enum {
	BUCKETS = 256,
	TOKEN = 1000,
	ID_BURST = 40,
	ID_PER_SECOND = 1,
	ALL_BURST = 400,
	ALL_PER_SECOND = 100,
};

struct bucket {
	int64_t tokens;
	int64_t filled_at_ms;
};

struct rate {
	uint8_t salt[RECORD_ID_SIZE]; /* nobody can choose IDs that share a bucket with another */
	struct bucket all;
	struct bucket ids[BUCKETS];
};

enum err rate_new(struct rate **out_rate)
{
	struct rate *rate = calloc(1, sizeof *rate);

	if (rate == NULL)
		return ERR_MEMORY;
	random_fill(rate->salt, sizeof rate->salt);
	rate->all.tokens = (int64_t)ALL_BURST * TOKEN;
	for (size_t i = 0; i < BUCKETS; i++)
		rate->ids[i].tokens = (int64_t)ID_BURST * TOKEN;
	*out_rate = rate;
	return ERR_OK;
}

void rate_free(struct rate *rate)
{
	free(rate);
}

static unsigned bucket_ask(struct bucket *bucket, int64_t burst, int64_t per_second, int64_t now_ms)
{
	int64_t filled = bucket->tokens + (now_ms - bucket->filled_at_ms) * per_second;

	bucket->tokens = filled > burst * TOKEN ? burst * TOKEN : filled;
	bucket->filled_at_ms = now_ms;
	if (bucket->tokens >= TOKEN) {
		bucket->tokens -= TOKEN;
		return 0;
	}
	/* A bucket gains per_second thousandths each millisecond; whole seconds, rounded up. */
	return (unsigned)((TOKEN - bucket->tokens + per_second * TOKEN - 1) / (per_second * TOKEN));
}

unsigned rate_ask(struct rate *rate, const char *id, int64_t now_ms)
{
	struct digest digest;
	unsigned wait = bucket_ask(&rate->all, ALL_BURST, ALL_PER_SECOND, now_ms);

	if (wait != 0)
		return wait;
	digest_of_two(rate->salt, sizeof rate->salt, id, strlen(id), &digest);
	return bucket_ask(&rate->ids[digest.bytes[0]], ID_BURST, ID_PER_SECOND, now_ms);
}
