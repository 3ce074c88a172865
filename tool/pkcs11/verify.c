/* verify.c - verifying signatures by a public key: see public_key.h. RSA by RFC 8017, ECDSA by
 * FIPS 186-4, Ed25519 by RFC 8032.
 */
#include "tool/pkcs11/public_key.h"

#include <nettle/bignum.h>
#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/ecdsa.h>
#include <nettle/eddsa.h>
#include <nettle/rsa.h>
#include <string.h>

static void set_number(mpz_t number, struct part from)
{
	nettle_mpz_set_str_256_u(number, from.size, from.data);
}

static bool verifies_pkcs1(const struct rsa_public_key *key, enum hash_kind hash,
			   struct part digest, const mpz_t signature)
{
	uint8_t info[19 + HASH_SIZE_MAX];
	size_t prefix_size;
	const uint8_t *prefix = hash_info_prefix(hash, &prefix_size);

	memcpy(info, prefix, prefix_size);
	memcpy(info + prefix_size, digest.data, digest.size);
	return rsa_pkcs1_verify(key, prefix_size + digest.size, info, signature) != 0;
}

/* The salt is as long as the digest, as it is when this vault signs. */
static bool verifies_pss(const struct rsa_public_key *key, enum hash_kind hash, struct part digest,
			 const mpz_t signature)
{
	switch (hash) {
	case HASH_NONE:
	case HASH_SHA1:
		return false;
	case HASH_SHA256:
		return rsa_pss_sha256_verify_digest(key, digest.size, digest.data, signature) != 0;
	case HASH_SHA384:
		return rsa_pss_sha384_verify_digest(key, digest.size, digest.data, signature) != 0;
	case HASH_SHA512:
		return rsa_pss_sha512_verify_digest(key, digest.size, digest.data, signature) != 0;
	}
	return false;
}

static bool verifies_rsa(const struct public_key *key, enum sign_scheme scheme, enum hash_kind hash,
			 struct part digest, struct part signature)
{
	struct rsa_public_key rsa;
	bool verifies = false;
	mpz_t number;

	rsa_public_key_init(&rsa);
	mpz_init(number);
	set_number(rsa.n, key->modulus);
	set_number(rsa.e, key->exponent);
	set_number(number, signature);
	if (signature.size == key->signature_size && rsa_public_key_prepare(&rsa) != 0)
		verifies = scheme == SIGN_RSA_PKCS1 ? verifies_pkcs1(&rsa, hash, digest, number)
						    : verifies_pss(&rsa, hash, digest, number);
	mpz_clear(number);
	rsa_public_key_clear(&rsa);
	return verifies;
}

static const struct ecc_curve *curve_of(const struct public_key *key)
{
	enum { P256 = 256, P384 = 384 };

	if (key->bits == P256)
		return nettle_get_secp_256r1();
	return key->bits == P384 ? nettle_get_secp_384r1() : nettle_get_secp_521r1();
}

/* A point that is not on the curve is refused by nettle. */
static bool set_point(struct ecc_point *point, const struct public_key *key)
{
	size_t half = (key->point.size - 1) / 2;
	bool is_set;
	mpz_t x, y;

	mpz_init(x);
	mpz_init(y);
	set_number(x, (struct part){key->point.data + 1, half});
	set_number(y, (struct part){key->point.data + 1 + half, half});
	is_set = ecc_point_set(point, x, y) != 0;
	mpz_clear(y);
	mpz_clear(x);
	return is_set;
}

static bool verifies_ecdsa(const struct public_key *key, struct part digest, struct part signature)
{
	size_t half = key->signature_size / 2;
	struct dsa_signature numbers;
	struct ecc_point point;
	bool verifies;

	if (signature.size != key->signature_size)
		return false;
	ecc_point_init(&point, curve_of(key));
	dsa_signature_init(&numbers);
	set_number(numbers.r, (struct part){signature.data, half});
	set_number(numbers.s, (struct part){signature.data + half, half});
	verifies = set_point(&point, key) &&
		   ecdsa_verify(&point, digest.size, digest.data, &numbers) != 0;
	dsa_signature_clear(&numbers);
	ecc_point_clear(&point);
	return verifies;
}

bool public_key_verifies(const struct public_key *key, enum sign_scheme scheme, enum hash_kind hash,
			 struct part input, struct part signature)
{
	if (scheme != SIGN_EDDSA && input.size != hash_size(hash))
		return false;
	switch (key->kind) {
	case PUBLIC_KEY_UNKNOWN:
		return false;
	case PUBLIC_KEY_RSA:
		return (scheme == SIGN_RSA_PKCS1 || scheme == SIGN_RSA_PSS) &&
		       verifies_rsa(key, scheme, hash, input, signature);
	case PUBLIC_KEY_EC:
		return scheme == SIGN_ECDSA && verifies_ecdsa(key, input, signature);
	case PUBLIC_KEY_ED25519:
		return scheme == SIGN_EDDSA && signature.size == key->signature_size &&
		       ed25519_sha512_verify(key->point.data, input.size, input.data,
					     signature.data) != 0;
	}
	return false;
}
