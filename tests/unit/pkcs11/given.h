/* given.h - certificates and signatures made by OpenSSL, for code that must not use it.
 */
#pragma once

#include <openssl/evp.h>

#include "tool/pkcs11/hash.h"
#include "tool/pkcs11/public_key.h"
#include "vault/base/bytes.h"

/* "RSA", "P-256", "P-384", "P-521" or "ED25519"; the same key at each call of a test. */
EVP_PKEY *given_key(const char *kind);
/* CN=`name`, 2026-02-03 to 2051-02-03, digitalSignature and an empty basicConstraints. */
struct bytes given_certificate(const char *kind, const char *name);
/* As PKCS#11 has it: of curves r | s. `hash` HASH_NONE: Ed25519. */
struct bytes given_signature(const char *kind, enum sign_scheme scheme, enum hash_kind hash,
			     const char *message);
