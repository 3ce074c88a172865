/* signing.c - see signing.h */
#include "vault/base/signing.h"

#include "vault/base/own.h"

static const struct {
	const char *word;
	size_t size;
} hashes[] = {
	[SIGN_SHA256] = {"sha256", 32},
	[SIGN_SHA384] = {"sha384", 48},
	[SIGN_SHA512] = {"sha512", 64},
};

static const char *const schemes[] = {
	[SIGN_RSA_PKCS1] = "rsa-pkcs1",
	[SIGN_RSA_PSS] = "rsa-pss",
	[SIGN_ECDSA] = "ecdsa",
	[SIGN_EDDSA] = "eddsa",
};

size_t sign_hash_size(enum sign_hash hash)
{
	return (size_t)hash < COUNT_OF(hashes) ? hashes[hash].size : 0;
}

const char *sign_hash_word(enum sign_hash hash)
{
	return (size_t)hash < COUNT_OF(hashes) ? hashes[hash].word : NULL;
}

const char *sign_scheme_word(enum sign_scheme scheme)
{
	return (size_t)scheme < COUNT_OF(schemes) ? schemes[scheme] : NULL;
}
