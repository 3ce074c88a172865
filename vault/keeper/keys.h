/* keys.h - the keys of an open vault: what the vault key is split into.
 *
 * The vault key itself is wiped as soon as it is split.
 */
#pragma once

#include <stdint.h>

#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"

enum { KEY_SIZE = 32, VAULT_ID_SIZE = 16 };

struct vault_id {
	uint8_t bytes[VAULT_ID_SIZE];
};

struct keys;

enum err keys_of(const struct secret *vault_key, struct keys **out_keys) MUST_CHECK;
void keys_free(struct keys *keys); /* wipes; accepts NULL */
OWN_DEFINE(keys, keys_free)

/* Each is KEY_SIZE bytes, on loan. */
const uint8_t *keys_records(const struct keys *keys);
const uint8_t *keys_manifest(const struct keys *keys);
const uint8_t *keys_pin(const struct keys *keys);
const uint8_t *keys_audit(const struct keys *keys);
/* The password of the anchor in a TPM, on loan. */
const struct secret *keys_anchor(const struct keys *keys);

/* BLAKE2b of `size` bytes keyed by KEY_SIZE bytes (NULL: not keyed), salted by 16 bytes (NULL:
 * not salted), under a label of labels.h. */
void keyed_hash(const uint8_t *key, const uint8_t *salt, const char *label, const void *bytes,
		size_t size, uint8_t *out_hash, size_t hash_size);
