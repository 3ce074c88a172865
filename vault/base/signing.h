/* signing.h - the schemes and hashes of signatures. Their numbers are the protocol's and never
 * change; the words are policy.conf's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* PKCS#1 v1.5 and PSS (RFC 8017, 8), ECDSA (FIPS 186-4) and Ed25519 (RFC 8032). */
enum sign_scheme { SIGN_RSA_PKCS1 = 1, SIGN_RSA_PSS = 2, SIGN_ECDSA = 3, SIGN_EDDSA = 4 };
enum sign_hash { SIGN_SHA256 = 1, SIGN_SHA384 = 2, SIGN_SHA512 = 3 };

enum {
	SIGN_HASH_SIZE_MAX = 64,
	SIGN_MESSAGE_MAX = 64 * 1024, /* of Ed25519, which is given the message itself */
	SIGN_RSA_SIZE_MAX = 1024,     /* RSA-8192: its signatures and what it decrypts */
};

/* Bytes of a digest; 0 for a number that is none of these. */
size_t sign_hash_size(enum sign_hash hash);
/* "sha256", ...; NULL for a number that is none of these. */
const char *sign_hash_word(enum sign_hash hash);
/* "rsa-pkcs1", "rsa-pss", "ecdsa", "eddsa": as the log shows them; NULL for others. */
const char *sign_scheme_word(enum sign_scheme scheme);
