/* hash.c - see hash.h */
#include "tool/sign/hash.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "tool/sign/openssl.h"

struct hash {
	EVP_MD_CTX *context;
};

enum err hash_new(enum sign_hash kind, struct hash **out_hash)
{
	AUTO(hash) hash = calloc(1, sizeof *hash);

	if (hash == NULL)
		return ERR_MEMORY;
	TRY(openssl_ready());
	hash->context = EVP_MD_CTX_new();
	if (hash->context == NULL)
		return ERR_MEMORY;
	if (EVP_DigestInit_ex(hash->context, openssl_hash(kind), NULL) != 1)
		return openssl_failed("digest");
	*out_hash = TAKE(hash);
	return ERR_OK;
}

enum err hash_add(struct hash *hash, const void *bytes, size_t size)
{
	return EVP_DigestUpdate(hash->context, bytes, size) == 1 ? ERR_OK
								 : openssl_failed("digest");
}

enum err hash_end(struct hash *hash, struct bytes *out_digest)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	if (EVP_DigestFinal_ex(hash->context, digest, &size) != 1)
		return openssl_failed("digest");
	return bytes_copy(digest, size, out_digest);
}

void hash_free(struct hash *hash)
{
	if (hash == NULL)
		return;
	EVP_MD_CTX_free(hash->context);
	free(hash);
}
