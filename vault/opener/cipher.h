/* cipher.h - one decryption, with a key made for it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"
#include "vault/base/secret.h"
#include "vault/opener/protection.h"

/* Key, and for the schemes of PKCS#12 and PKCS#5 v1.5 the IV too, from the passphrase. */
enum err cipher_key(const struct protection *protection, const struct library *library,
		    const struct secret *passphrase, uint8_t *out_key, size_t key_size,
		    uint8_t out_iv[PROTECTION_IV_MAX]) MUST_CHECK;

/* ERR_ORIGINAL_ALGORITHM with the name when this OpenSSL lacks it; ERR_ORIGINAL_DAMAGED when
 * the padding is not right. */
enum err cipher_decrypt(const struct protection *protection, const struct library *library,
			const uint8_t *key, size_t key_size, const uint8_t *iv,
			const uint8_t *bytes, size_t size, struct secret **out_plain) MUST_CHECK;
