/* stretch.c - see stretch.h; Argon2id is RFC 9106. */
#include "vault/keeper/stretch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "vault/keeper/labels.h"

enum { STRETCHED_SIZE = 32 };

_Static_assert((int)SALT_SIZE == (int)crypto_pwhash_argon2id_SALTBYTES, "libsodium's salt");

struct stretcher {
	pthread_mutex_t lock;
	pthread_cond_t granted;
	unsigned running;
	bool has_served;
	uid_t last_uid;               /* who got the latest slot */
	struct stretch_slot *waiting; /* in the order they came */
};

enum err stretcher_new(struct stretcher **out_stretcher)
{
	struct stretcher *stretcher = calloc(1, sizeof *stretcher);

	if (stretcher == NULL)
		return ERR_MEMORY;
	(void)pthread_mutex_init(&stretcher->lock, NULL);
	(void)pthread_cond_init(&stretcher->granted, NULL);
	*out_stretcher = stretcher;
	return ERR_OK;
}

void stretcher_free(struct stretcher *stretcher)
{
	if (stretcher == NULL)
		return;
	(void)pthread_cond_destroy(&stretcher->granted);
	(void)pthread_mutex_destroy(&stretcher->lock);
	free(stretcher);
}

/* How far a uid stands from the one served last, going round: the nearest is next. */
static uid_t distance(const struct stretcher *stretcher, uid_t uid)
{
	return stretcher->has_served ? uid - stretcher->last_uid - 1 : uid;
}

/* The place in the queue of who is next; of equals the first that came. */
static struct stretch_slot **next_waiting(struct stretcher *stretcher)
{
	struct stretch_slot **best = &stretcher->waiting;

	for (struct stretch_slot **link = best; *link != NULL; link = &(*link)->next)
		if (distance(stretcher, (*link)->uid) < distance(stretcher, (*best)->uid))
			best = link;
	return best;
}

static void grant(struct stretcher *stretcher)
{
	while (stretcher->running < STRETCH_SLOTS && stretcher->waiting != NULL) {
		struct stretch_slot **link = next_waiting(stretcher);
		struct stretch_slot *slot = *link;
		*link = slot->next;
		slot->is_granted = true;
		stretcher->running++;
		stretcher->has_served = true;
		stretcher->last_uid = slot->uid;
	}
	(void)pthread_cond_broadcast(&stretcher->granted);
}

void stretch_slot_take(struct stretcher *stretcher, uid_t uid, struct stretch_slot *out_slot)
{
	struct stretch_slot **end = &stretcher->waiting;

	(void)pthread_mutex_lock(&stretcher->lock);
	*out_slot = (struct stretch_slot){stretcher, uid, false, NULL};
	while (*end != NULL)
		end = &(*end)->next;
	*end = out_slot;
	grant(stretcher);
	while (!out_slot->is_granted)
		(void)pthread_cond_wait(&stretcher->granted, &stretcher->lock);
	(void)pthread_mutex_unlock(&stretcher->lock);
}

void stretch_slot_end(struct stretch_slot *slot)
{
	struct stretcher *stretcher = slot->stretcher;

	if (stretcher == NULL)
		return;
	(void)pthread_mutex_lock(&stretcher->lock);
	stretcher->running--;
	grant(stretcher);
	(void)pthread_mutex_unlock(&stretcher->lock);
	slot->stretcher = NULL;
}

void pin_halves_clear(struct pin_halves *halves)
{
	secret_free(halves->kek);
	*halves = (struct pin_halves){0};
}

enum err stretch_pin(const struct stretch_slot *slot, const struct secret *pin,
		     const uint8_t salt[SALT_SIZE], const struct keeper_cost *cost,
		     struct secret **out_stretched)
{
	AUTO(secret) stretched = NULL;

	if (!slot->is_granted)
		return err_note(ERR_INTERNAL, "a derivation without a slot");
	TRY(secret_new(STRETCHED_SIZE, &stretched));
	if (crypto_pwhash(secret_bytes(stretched), STRETCHED_SIZE, (const char *)secret_view(pin),
			  secret_size(pin), salt, cost->passes, (size_t)cost->memory_bytes,
			  crypto_pwhash_ALG_ARGON2ID13) != 0)
		return err_note(ERR_MEMORY, "a PIN could not be stretched");
	*out_stretched = TAKE(stretched);
	return ERR_OK;
}

/* BLAKE2b-512 under K_pin of: stretched PIN | vault id | record id | version of the key row. */
enum err stretch_split(const struct keys *keys, const struct seat *key_row,
		       const struct secret *stretched, struct pin_halves *out_halves)
{
	enum { INPUT_SIZE = STRETCHED_SIZE + VAULT_ID_SIZE + RECORD_ID_SIZE + 8 };
	AUTO(secret) input = NULL;
	AUTO(secret) output = NULL;
	AUTO(secret) kek = NULL;
	struct cursor cursor;
	struct vault_id vault = *key_row->vault;
	struct record_id record = key_row->row.record;
	uint64_t version = key_row->version;

	TRY(secret_new(INPUT_SIZE, &input));
	TRY(secret_new(KEY_SIZE + COMMITMENT_SIZE, &output));
	TRY(secret_new(KEY_SIZE, &kek));
	cursor = cursor_to_write(secret_bytes(input), INPUT_SIZE);
	memcpy(secret_bytes(input), secret_view(stretched), STRETCHED_SIZE);
	cursor.at = STRETCHED_SIZE;
	cursor_fixed(&cursor, vault.bytes, VAULT_ID_SIZE);
	cursor_fixed(&cursor, record.bytes, RECORD_ID_SIZE);
	cursor_u64(&cursor, &version);
	keyed_hash(keys_pin(keys), NULL, LABEL_PIN_SPLIT, secret_view(input), INPUT_SIZE,
		   secret_bytes(output), KEY_SIZE + COMMITMENT_SIZE);
	memcpy(secret_bytes(kek), secret_view(output), KEY_SIZE);
	memcpy(out_halves->commitment, secret_view(output) + KEY_SIZE, COMMITMENT_SIZE);
	out_halves->kek = TAKE(kek);
	return ERR_OK;
}

bool cost_is_below(const struct keeper_cost *cost, const struct keeper_cost *today)
{
	return cost->memory_bytes < today->memory_bytes ||
	       (cost->memory_bytes == today->memory_bytes && cost->passes < today->passes);
}
