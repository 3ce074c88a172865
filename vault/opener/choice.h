/* choice.h - which key, which certificate is the holder's own, and which others go along.
 */
#pragma once

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/opener/contents.h"

struct choice {
	const struct kept_key *key;
	const struct kept_certificate *leaf;
	const char *name; /* friendlyName of the leaf, else of the key; "" when none has one */
	size_t chain_count;
	const struct kept_certificate *chain[BYTES_LIST_MAX];
};

/* ERR_ORIGINAL_NO_KEY, _TWO_KEYS (named), _KEY_KIND (named), _NO_CERT, _MISMATCH.
 * The leaf is the certificate of the key; of several: the one with the key's local id, then
 * no authority, then the latest to expire. The chain keeps the order of the file; when there
 * are more certificates than fit, those on the way from the leaf to its root go first. */
enum err choice_make(const struct contents *contents, struct choice *out_choice) MUST_CHECK;
