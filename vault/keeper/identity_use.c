/* identity_use.c - what a key is used for: signing a digest, opening what was enciphered for it.
 *
 * Every call has a context of its own, so many threads may use one key at once. What is asked
 * for must fit the key exactly; nothing is guessed and nothing is made to fit.
 */
#include "vault/keeper/identity_parts.h"

#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

OWN_DEFINE(evp_pkey_ctx_st, EVP_PKEY_CTX_free)
OWN_DEFINE(evp_md_ctx_st, EVP_MD_CTX_free)
OWN_DEFINE(ECDSA_SIG_st, ECDSA_SIG_free)

enum { ECDSA_DER_MAX = 160 }; /* P-521: 139 bytes */

static const EVP_MD *md_of(enum sign_hash hash)
{
	switch (hash) {
	case SIGN_SHA256:
		return EVP_sha256();
	case SIGN_SHA384:
		return EVP_sha384();
	case SIGN_SHA512:
		return EVP_sha512();
	}
	return NULL;
}

static size_t order_size(const EVP_PKEY *key)
{
	return ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
}

/* The key was proven at import: what it cannot do now is a fault of this computer. */
static enum err fault(const char *what)
{
	ERR_clear_error();
	return err_note(ERR_INTERNAL, "%s", what);
}

/* --- Ways to sign --- */

/* RFC 8017, 9.1.1: the encoded message holds hash, salt and two bytes. */
static bool pss_fits(const EVP_PKEY *key, enum sign_hash hash)
{
	return (size_t)EVP_PKEY_get_size(key) >= 2 * sign_hash_size(hash) + 2;
}

static bool scheme_fits(const EVP_PKEY *key, enum sign_scheme scheme, enum sign_hash hash)
{
	switch (scheme) {
	case SIGN_RSA_PKCS1:
		return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
	case SIGN_RSA_PSS:
		return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && pss_fits(key, hash);
	case SIGN_ECDSA:
		return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC;
	case SIGN_EDDSA:
		break; /* has no context of this kind */
	}
	return false;
}

/* The DigestInfo of PKCS#1 v1.5 (RFC 8017, 9.2) is made here, by OpenSSL, around the digest. */
static bool set_rsa(EVP_PKEY_CTX *context, enum sign_scheme scheme, enum sign_hash hash)
{
	int padding = scheme == SIGN_RSA_PSS ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;

	return EVP_PKEY_CTX_set_rsa_padding(context, padding) == 1 &&
	       EVP_PKEY_CTX_set_signature_md(context, md_of(hash)) == 1 &&
	       (scheme != SIGN_RSA_PSS ||
		(EVP_PKEY_CTX_set_rsa_mgf1_md(context, md_of(hash)) == 1 &&
		 EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1));
}

static enum err prepare(struct identity *identity, enum sign_scheme scheme, enum sign_hash hash)
{
	EVP_PKEY_CTX *context;

	if (!scheme_fits(identity->key, scheme, hash))
		return ERR_OK;
	context = EVP_PKEY_CTX_new(identity->key, NULL);
	identity->ready[scheme][hash] = context;
	if (context == NULL || EVP_PKEY_sign_init(context) != 1 ||
	    (scheme != SIGN_ECDSA && !set_rsa(context, scheme, hash)))
		return fault("a key cannot be made ready to sign");
	return ERR_OK;
}

enum err identity_prepare(struct identity *identity)
{
	static const enum sign_scheme schemes[] = {SIGN_RSA_PKCS1, SIGN_RSA_PSS, SIGN_ECDSA};
	static const enum sign_hash hashes[] = {SIGN_SHA256, SIGN_SHA384, SIGN_SHA512};

	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		for (size_t j = 0; j < COUNT_OF(hashes); j++)
			TRY(prepare(identity, schemes[i], hashes[j]));
	return ERR_OK;
}

/* --- Signing --- */

static const EVP_PKEY_CTX *find_ready(const struct identity *identity, enum sign_scheme scheme,
				      enum sign_hash hash)
{
	return (size_t)scheme < IDENTITY_SCHEMES && (size_t)hash < IDENTITY_HASHES
		       ? identity->ready[scheme][hash]
		       : NULL;
}

static enum err sign_rsa(const struct identity *identity, const EVP_PKEY_CTX *ready,
			 const struct bytes *input, struct bytes *out_signature)
{
	AUTO(evp_pkey_ctx_st) context = EVP_PKEY_CTX_dup(ready);
	AUTO_HELD(bytes) signature = {NULL, 0};

	TRY(bytes_zeroed((size_t)EVP_PKEY_get_size(identity->key), &signature));
	if (context == NULL ||
	    EVP_PKEY_sign(context, signature.data, &signature.size, input->data, input->size) != 1)
		return fault("an RSA key did not sign");
	*out_signature = signature;
	signature = (struct bytes){NULL, 0};
	return ERR_OK;
}

/* r | s, each as long as the order of the curve. */
static enum err join_halves(const uint8_t *der, size_t der_size, size_t half,
			    struct bytes *out_signature)
{
	AUTO(ECDSA_SIG_st) pair = d2i_ECDSA_SIG(NULL, &der, (long)der_size);
	AUTO_HELD(bytes) signature = {NULL, 0};

	TRY(bytes_zeroed(2 * half, &signature));
	if (pair == NULL ||
	    BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature.data, (int)half) != (int)half ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature.data + half, (int)half) != (int)half)
		return fault("an ECDSA signature of the wrong form");
	*out_signature = signature;
	signature = (struct bytes){NULL, 0};
	return ERR_OK;
}

static enum err sign_ecdsa(const struct identity *identity, const EVP_PKEY_CTX *ready,
			   const struct bytes *input, struct bytes *out_signature)
{
	AUTO(evp_pkey_ctx_st) context = EVP_PKEY_CTX_dup(ready);
	uint8_t der[ECDSA_DER_MAX];
	size_t size = sizeof der;

	if (context == NULL || EVP_PKEY_sign(context, der, &size, input->data, input->size) != 1)
		return fault("an EC key did not sign");
	return join_halves(der, size, order_size(identity->key), out_signature);
}

static enum err sign_eddsa(const struct identity *identity, const struct bytes *input,
			   struct bytes *out_signature)
{
	AUTO(evp_md_ctx_st) context = EVP_MD_CTX_new();
	AUTO_HELD(bytes) signature = {NULL, 0};

	TRY(bytes_zeroed((size_t)EVP_PKEY_get_size(identity->key), &signature));
	if (context == NULL ||
	    EVP_DigestSignInit_ex(context, NULL, NULL, NULL, NULL, identity->key, NULL) != 1 ||
	    EVP_DigestSign(context, signature.data, &signature.size, input->data, input->size) != 1)
		return fault("an Ed25519 key did not sign");
	*out_signature = signature;
	signature = (struct bytes){NULL, 0};
	return ERR_OK;
}

static bool is_eddsa(const struct identity *identity, enum sign_scheme scheme, enum sign_hash hash,
		     const struct bytes *input)
{
	return scheme == SIGN_EDDSA && hash == SIGN_SHA512 && input->size <= SIGN_MESSAGE_MAX &&
	       EVP_PKEY_get_base_id(identity->key) == EVP_PKEY_ED25519;
}

enum err identity_sign_input(const struct identity *identity, enum sign_scheme scheme,
			     enum sign_hash hash, const struct bytes *input,
			     struct bytes *out_signature)
{
	const EVP_PKEY_CTX *ready = find_ready(identity, scheme, hash);

	if (is_eddsa(identity, scheme, hash, input))
		return sign_eddsa(identity, input, out_signature);
	if (ready == NULL || input->size != sign_hash_size(hash))
		return ERR_SIGN_INPUT;
	return scheme == SIGN_ECDSA ? sign_ecdsa(identity, ready, input, out_signature)
				    : sign_rsa(identity, ready, input, out_signature);
}

/* --- Opening --- */

static bool decrypt_into(EVP_PKEY *key, const EVP_MD *md, const struct bytes *input,
			 struct secret *plain, size_t *in_out_size)
{
	AUTO(evp_pkey_ctx_st) context = EVP_PKEY_CTX_new(key, NULL);

	return context != NULL && EVP_PKEY_decrypt_init(context) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_oaep_md(context, md) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(context, md) == 1 &&
	       EVP_PKEY_decrypt(context, secret_bytes(plain), in_out_size, input->data,
				input->size) == 1;
}

/* One answer for every failure: what was wrong would tell how to go on (RFC 8017, 7.1.2, note). */
enum err identity_decrypt(const struct identity *identity, enum sign_hash hash,
			  const struct bytes *input, struct secret **out_plain)
{
	AUTO(secret) whole = NULL;
	AUTO(secret) plain = NULL;
	size_t size = (size_t)EVP_PKEY_get_size(identity->key);
	bool is_done;

	if (EVP_PKEY_get_base_id(identity->key) != EVP_PKEY_RSA || md_of(hash) == NULL)
		return ERR_DECRYPT;
	TRY(secret_new(size, &whole));
	is_done = input->size == size &&
		  decrypt_into(identity->key, md_of(hash), input, whole, &size);
	ERR_clear_error();
	if (!is_done)
		return ERR_DECRYPT;
	TRY(secret_new(size, &plain));
	memcpy(secret_bytes(plain), secret_view(whole), size);
	*out_plain = TAKE(plain);
	return ERR_OK;
}

unsigned identity_rsa_bits(const struct identity *identity)
{
	return EVP_PKEY_get_base_id(identity->key) == EVP_PKEY_RSA
		       ? (unsigned)EVP_PKEY_get_bits(identity->key)
		       : 0;
}
