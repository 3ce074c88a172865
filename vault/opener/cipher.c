/* cipher.c - see cipher.h */
#include "vault/opener/cipher.h"

#include <limits.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "vault/opener/stretch.h"

LIBRARY_OWN(EVP_CIPHER, cipher, EVP_CIPHER_free)
LIBRARY_OWN(EVP_CIPHER_CTX, cipher_ctx, EVP_CIPHER_CTX_free)

/* PBKDF1 gives 16 bytes, the first half for the key, the second for the IV (RFC 8018, 6.1.2). */
static enum err key_and_iv_by_pbkdf1(const struct protection *protection,
				     const struct library *library, const struct secret *passphrase,
				     uint8_t *out_key, uint8_t *out_iv)
{
	uint8_t both[16];
	enum err err = stretch_derive(&protection->stretch, library, passphrase, STRETCH_KEY, both,
				      sizeof both);

	if (err == ERR_OK) {
		memcpy(out_key, both, 8);
		memcpy(out_iv, both + 8, 8);
	}
	secret_wipe(both, sizeof both);
	return err;
}

enum err cipher_key(const struct protection *protection, const struct library *library,
		    const struct secret *passphrase, uint8_t *out_key, size_t key_size,
		    uint8_t out_iv[PROTECTION_IV_MAX])
{
	const struct stretch *stretch = &protection->stretch;

	if (stretch->derivation == DERIVATION_PBKDF1)
		return key_and_iv_by_pbkdf1(protection, library, passphrase, out_key, out_iv);
	TRY(stretch_derive(stretch, library, passphrase, STRETCH_KEY, out_key, key_size));
	if (stretch->derivation == DERIVATION_PKCS12)
		return stretch_derive(stretch, library, passphrase, STRETCH_IV, out_iv,
				      protection->cipher->iv_size);
	return ERR_OK;
}

static enum err start(const struct protection *protection, const struct library *library,
		      const uint8_t *key, size_t key_size, const uint8_t *iv,
		      EVP_CIPHER_CTX *context)
{
	AUTO_SSL(EVP_CIPHER, cipher)
	cipher = EVP_CIPHER_fetch(library_context(library), protection->cipher->openssl, NULL);
	uint64_t length = key_size;
	unsigned bits = protection->rc2_bits;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_uint64(OSSL_CIPHER_PARAM_KEYLEN, &length),
		bits == 0 ? OSSL_PARAM_construct_end()
			  : OSSL_PARAM_construct_uint(OSSL_CIPHER_PARAM_RC2_KEYBITS, &bits),
		OSSL_PARAM_construct_end(),
	};
	bool has_free_key_size = protection->cipher->key_size == 0;

	if (cipher != NULL && EVP_DecryptInit_ex2(context, cipher, NULL, NULL, NULL) == 1 &&
	    (!has_free_key_size || EVP_CIPHER_CTX_set_params(context, params) == 1) &&
	    EVP_DecryptInit_ex2(context, NULL, key, iv, NULL) == 1)
		return ERR_OK;
	ERR_clear_error();
	return err_detail(ERR_ORIGINAL_ALGORITHM, "%s", protection->cipher->name);
}

enum err cipher_decrypt(const struct protection *protection, const struct library *library,
			const uint8_t *key, size_t key_size, const uint8_t *iv,
			const uint8_t *bytes, size_t size, struct secret **out_plain)
{
	AUTO_SSL(EVP_CIPHER_CTX, cipher_ctx) context = EVP_CIPHER_CTX_new();
	AUTO(secret) room = NULL;
	AUTO(secret) plain = NULL;
	int first = 0, last = 0;

	if (context == NULL)
		return ERR_MEMORY;
	TRY(start(protection, library, key, key_size, iv, context));
	if (size > INT_MAX - EVP_MAX_BLOCK_LENGTH)
		return err_detail(ERR_ORIGINAL_DAMAGED, "%s", protection->cipher->name);
	TRY(secret_new(size + EVP_MAX_BLOCK_LENGTH, &room));
	if (EVP_DecryptUpdate(context, secret_bytes(room), &first, bytes, (int)size) != 1 ||
	    EVP_DecryptFinal_ex(context, secret_bytes(room) + first, &last) != 1) {
		ERR_clear_error();
		return err_detail(ERR_ORIGINAL_DAMAGED, "%s", protection->cipher->name);
	}
	TRY(secret_new((size_t)(first + last), &plain));
	memcpy(secret_bytes(plain), secret_view(room), secret_size(plain));
	*out_plain = TAKE(plain);
	return ERR_OK;
}
