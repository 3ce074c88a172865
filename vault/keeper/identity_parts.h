/* identity_parts.h - an identity from inside; for the files that use its key.
 */
#pragma once

#include <openssl/evp.h>

#include "vault/keeper/identity.h"

enum { IDENTITY_HASHES = SIGN_SHA512 + 1, IDENTITY_SCHEMES = SIGN_ECDSA + 1 };

struct identity {
	EVP_PKEY *key;
	/* Ready to sign by each way that fits the key, made once and then only copied: so threads
	 * do not wait for each other, and a signature looks no algorithm up. NULL: does not fit. */
	EVP_PKEY_CTX *ready[IDENTITY_SCHEMES][IDENTITY_HASHES];
};

/* Makes `ready`; once, before the identity is shared. */
enum err identity_prepare(struct identity *identity) MUST_CHECK;
