/* keys.c - see keys.h */
#include "vault/keeper/keys.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "vault/keeper/labels.h"

enum { USE_COUNT = 4 };

struct keys {
	struct secret *uses; /* USE_COUNT keys in a row */
	struct secret *anchor;
};

_Static_assert((int)KEY_SIZE == (int)crypto_kdf_KEYBYTES, "the vault key is what crypto_kdf takes");

static enum err derive(const struct secret *vault_key, unsigned use, uint8_t *out_key)
{
	return crypto_kdf_derive_from_key(out_key, KEY_SIZE, use, LABEL_USES,
					  secret_view(vault_key)) == 0
		       ? ERR_OK
		       : err_note(ERR_INTERNAL, "a key could not be derived");
}

enum err keys_of(const struct secret *vault_key, struct keys **out_keys)
{
	AUTO(keys) keys = calloc(1, sizeof *keys);

	if (keys == NULL)
		return ERR_MEMORY;
	if (secret_size(vault_key) != KEY_SIZE)
		return err_note(ERR_INTERNAL, "the vault key has a wrong size");
	TRY(secret_new(USE_COUNT * KEY_SIZE, &keys->uses));
	for (unsigned use = 1; use <= USE_COUNT; use++)
		TRY(derive(vault_key, use, secret_bytes(keys->uses) + (use - 1) * KEY_SIZE));
	TRY(secret_new(KEY_SIZE, &keys->anchor));
	TRY(derive(vault_key, USE_ANCHOR, secret_bytes(keys->anchor)));
	*out_keys = TAKE(keys);
	return ERR_OK;
}

void keys_free(struct keys *keys)
{
	if (keys == NULL)
		return;
	secret_free(keys->anchor);
	secret_free(keys->uses);
	free(keys);
}

const struct secret *keys_anchor(const struct keys *keys)
{
	return keys->anchor;
}

static const uint8_t *use_of(const struct keys *keys, unsigned use)
{
	return secret_view(keys->uses) + (use - 1) * KEY_SIZE;
}

const uint8_t *keys_records(const struct keys *keys)
{
	return use_of(keys, USE_RECORDS);
}

const uint8_t *keys_manifest(const struct keys *keys)
{
	return use_of(keys, USE_MANIFEST);
}

const uint8_t *keys_pin(const struct keys *keys)
{
	return use_of(keys, USE_PIN);
}

const uint8_t *keys_audit(const struct keys *keys)
{
	return use_of(keys, USE_AUDIT);
}

/* It fails only for sizes out of range, which would be our own mistake. */
void keyed_hash(const uint8_t *key, const uint8_t *salt, const char *label, const void *bytes,
		size_t size, uint8_t *out_hash, size_t hash_size)
{
	if (strlen(label) != crypto_generichash_blake2b_PERSONALBYTES ||
	    crypto_generichash_blake2b_salt_personal(out_hash, hash_size, bytes, size, key,
						     key == NULL ? 0 : KEY_SIZE, salt,
						     (const unsigned char *)label) != 0)
		abort();
}
