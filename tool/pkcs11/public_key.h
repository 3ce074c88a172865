/* public_key.h - the public key of a certificate: what its attributes say, and what it verifies,
 * in this process (nettle, hogweed).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tool/pkcs11/hash.h"
#include "tool/pkcs11/x509.h"
#include "vault/base/signing.h"

enum public_key_kind { PUBLIC_KEY_UNKNOWN, PUBLIC_KEY_RSA, PUBLIC_KEY_EC, PUBLIC_KEY_ED25519 };

enum { PUBLIC_KEY_POINT_MAX = 2 + 1 + 2 * 66 + 2 };

struct public_key {
	enum public_key_kind kind;
	unsigned bits;         /* of the modulus or the curve */
	size_t signature_size; /* bytes, as PKCS#11 has them: r | s for the curves */
	/* RSA: unsigned, without leading zeros. */
	struct part modulus;
	struct part exponent;
	/* Curves: the parameters and the point as attributes have them, the point once more bare.
	 */
	struct part parameters;
	struct part point;
	uint8_t wrapped_point[PUBLIC_KEY_POINT_MAX]; /* DER OCTET STRING */
	size_t wrapped_point_size;
};

/* The parts point into `key_info` (SubjectPublicKeyInfo, DER). Other kinds of key, other curves
 * and what cannot be read are PUBLIC_KEY_UNKNOWN. */
void public_key_read(struct part key_info, struct public_key *out_key);

/* `input`: a digest of `hash`, or for SIGN_EDDSA the message. False also on any error. */
bool public_key_verifies(const struct public_key *key, enum sign_scheme scheme, enum hash_kind hash,
			 struct part input, struct part signature);
