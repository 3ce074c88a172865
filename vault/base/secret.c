/* secret.c - see secret.h */
#include "vault/base/secret.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

struct secret {
	size_t size;
	uint8_t *bytes;
};

/* Counts only; a lock that failed is a weaker protection and not an error. */
static atomic_uint unlocked_count;

enum err secret_init(void)
{
	return sodium_init() < 0 ? err_note(ERR_INTERNAL, "libsodium did not start") : ERR_OK;
}

enum err secret_new(size_t size, struct secret **out_secret)
{
	struct secret *secret = calloc(1, sizeof *secret);
	uint8_t *bytes = sodium_malloc(size == 0 ? 1 : size);

	if (secret == NULL || bytes == NULL) {
		free(secret);
		sodium_free(bytes);
		return ERR_MEMORY;
	}
	/* sodium_malloc locks too, but does not say whether it could: ask again. */
	if (sodium_mlock(bytes, size == 0 ? 1 : size) != 0)
		atomic_fetch_add(&unlocked_count, 1);
	memset(bytes, 0, size == 0 ? 1 : size);
	secret->size = size;
	secret->bytes = bytes;
	*out_secret = secret;
	return ERR_OK;
}

enum err secret_take(void *bytes, size_t size, struct secret **out_secret)
{
	enum err err = secret_new(size, out_secret);

	if (err == ERR_OK && size > 0)
		memcpy((*out_secret)->bytes, bytes, size);
	secret_wipe(bytes, size);
	return err;
}

enum err secret_clone(const struct secret *secret, struct secret **out_secret)
{
	TRY(secret_new(secret->size, out_secret));
	memcpy((*out_secret)->bytes, secret->bytes, secret->size);
	return ERR_OK;
}

uint8_t *secret_bytes(struct secret *secret)
{
	return secret->bytes;
}

const uint8_t *secret_view(const struct secret *secret)
{
	return secret->bytes;
}

size_t secret_size(const struct secret *secret)
{
	return secret->size;
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
	return a->size == b->size && sodium_memcmp(a->bytes, b->bytes, a->size) == 0;
}

unsigned secret_unlocked_count(void)
{
	return atomic_load(&unlocked_count);
}

void secret_free(struct secret *secret)
{
	if (secret == NULL)
		return;
	sodium_free(secret->bytes);
	free(secret);
}

void secret_wipe(void *bytes, size_t size)
{
	if (size > 0)
		sodium_memzero(bytes, size);
}
