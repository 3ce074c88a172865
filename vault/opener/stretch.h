/* stretch.h - derives keys from a passphrase: which way the file asks for, and doing it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"
#include "vault/base/secret.h"
#include "vault/opener/algorithm.h"
#include "vault/opener/ber.h"
#include "vault/opener/library.h"

/* How a key comes from a passphrase. Points into the original. */
struct stretch {
	enum derivation derivation;
	const struct hash_kind *hash;
	const uint8_t *salt;
	size_t salt_size;
	uint64_t rounds; /* scrypt: N * p, what it costs */
	uint64_t scrypt_n, scrypt_r, scrypt_p;
	uint64_t key_size; /* as the file says; 0 when it does not */
};

/* RFC 7292, B.3: what the derived bytes are for. */
enum stretch_use { STRETCH_KEY = 1, STRETCH_IV = 2, STRETCH_MAC = 3 };

/* The parameters of PBKDF2 (RFC 8018, A.2) or scrypt (RFC 7914, 7.1). */
enum err stretch_read(const struct ber_element *algorithm, struct stretch *out_stretch) MUST_CHECK;

/* Which forms of a PIN this derivation takes (enum passphrase_kind). */
int stretch_passphrase_kind(const struct stretch *stretch);

/* ERR_ORIGINAL_ALGORITHM with the hash's name when this OpenSSL lacks it. */
enum err stretch_derive(const struct stretch *stretch, const struct library *library,
			const struct secret *passphrase, enum stretch_use use, uint8_t *out_key,
			size_t key_size) MUST_CHECK;
