/* mechanism.h - the mechanisms of the module, as one table; what a mechanism and its parameters
 * mean in the vault's words; and which of them a certificate's key, under the policy, really does.
 */
#pragma once

#include <stdbool.h>

#include "tool/pkcs11/cryptoki.h"
#include "tool/pkcs11/hash.h"
#include "tool/pkcs11/public_key.h"
#include "vault/base/signing.h"

struct mechanism {
	CK_MECHANISM_TYPE type;
	enum public_key_kind key; /* PUBLIC_KEY_UNKNOWN: needs none */
	CK_FLAGS flags;           /* CKF_DIGEST, CKF_SIGN, ... : what it can do at all */
	enum sign_scheme scheme;  /* of signatures */
	/* HASH_NONE: the parameters or the input say which. */
	enum hash_kind hash;
	bool hashes; /* takes the message; else its digest (or, Ed25519, is given it whole) */
};

/* What a key may do: the policy's hashes, one bit each (1 << enum hash_kind), and decryption. */
struct permission {
	unsigned hashes;
	bool decrypts;
};

/* Of SHA-256, SHA-384 and SHA-512: the others are never signed. */
enum sign_hash mechanism_sign_hash(enum hash_kind hash);

/* NULL: the module has no such mechanism. */
const struct mechanism *mechanism_find(CK_MECHANISM_TYPE type);
/* Those of CKF_DIGEST, CKF_SIGN, CKF_VERIFY and CKF_DECRYPT that it does with this key. */
CK_FLAGS mechanism_flags(const struct mechanism *mechanism, const struct public_key *key,
			 const struct permission *permission);
/* The `index`th mechanism that does anything with this key; NULL after the last. */
const struct mechanism *mechanism_at(size_t index, const struct public_key *key,
				     const struct permission *permission);
void mechanism_info(const struct mechanism *mechanism, const struct public_key *key,
		    const struct permission *permission, CK_MECHANISM_INFO *out_info);

/* Finds what a program asks for and checks its parameters. `flag`: what it wants to do.
 * *out_hash: HASH_NONE when only the input will tell. CKR_ARGUMENTS_BAD, CKR_MECHANISM_INVALID,
 * CKR_MECHANISM_PARAM_INVALID. */
CK_RV mechanism_choose(const void *wanted, CK_FLAGS flag, const struct public_key *key,
		       const struct permission *permission, const struct mechanism **out_mechanism,
		       enum hash_kind *out_hash);
