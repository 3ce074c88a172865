/* signer_raw.c - OpenSSL with the key in this very process, its context made once: the most that
 * the machine can do.
 */
#include "tests/bench/signer.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "tests/bench/bench.h"

static void *open_raw(const struct signer_place *place, const struct signer_key *key)
{
	const unsigned char *at = secret_view(key->pkcs8);
	EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &at, (long)secret_size(key->pkcs8));
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);

	(void)place;
	if (context == NULL || EVP_PKEY_sign_init(context) != 1 ||
	    (key->is_rsa && (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) != 1 ||
			     EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) != 1)))
		bench_must(ERR_INTERNAL, "OpenSSL");
	EVP_PKEY_free(pkey);
	return context;
}

static void sign_raw(void *signer, const struct digest *digest)
{
	unsigned char signature[256];
	size_t size = sizeof signature;

	if (EVP_PKEY_sign(signer, signature, &size, digest->bytes, sizeof digest->bytes) != 1)
		bench_must(ERR_INTERNAL, "OpenSSL did not sign");
}

const struct signer_kind signer_raw = {.open = open_raw, .sign = sign_raw};

void bench_write_pem(FILE *file, const struct secret *pkcs8)
{
	const unsigned char *at = secret_view(pkcs8);
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)secret_size(pkcs8));

	if (key == NULL || PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) != 1)
		bench_must(ERR_INTERNAL, "PEM");
	EVP_PKEY_free(key);
}
