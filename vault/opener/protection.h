/* protection.h - how a part of an original is encrypted: an AlgorithmIdentifier of
 * PKCS#12 (RFC 7292, C), PKCS#5 v1.5 or PBES2 (RFC 8018, A), read, named and undone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"
#include "vault/base/secret.h"
#include "vault/opener/algorithm.h"
#include "vault/opener/ber.h"
#include "vault/opener/stretch.h"
#include "vault/opener/unlocking.h"

enum { PROTECTION_NAME_SIZE = 128, PROTECTION_KEY_MAX = 64, PROTECTION_IV_MAX = 16 };

struct protection {
	struct stretch stretch;
	const struct cipher_kind *cipher;
	bool is_pbes2;
	uint8_t iv[PROTECTION_IV_MAX];
	unsigned rc2_bits; /* of PBES2 with RC2; 0: the cipher's own */
};

/* ERR_ORIGINAL_ALGORITHM with the name; ERR_ORIGINAL_EXPENSIVE for salt or memory;
 * ERR_ORIGINAL_DAMAGED. Rounds are the caller's to declare. */
enum err protection_read(const struct ber_element *algorithm,
			 struct protection *out_protection) MUST_CHECK;
/* "PBES2 AES-256-CBC, HMAC-SHA-256, 2048 rounds" */
void protection_describe(const struct protection *protection, char out_text[PROTECTION_NAME_SIZE]);
bool protection_is_weak(const struct protection *protection);

/* Tries the forms of the PIN until what comes out is one whole ASN.1 SEQUENCE.
 * ERR_ORIGINAL_DAMAGED when none does. */
enum err protection_undo(const struct protection *protection, struct unlocking *unlocking,
			 const uint8_t *bytes, size_t size, struct secret **out_plain) MUST_CHECK;
