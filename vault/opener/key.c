/* key.c - see key.h */
#include "vault/opener/key.h"

#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "vault/base/digest.h"
#include "vault/opener/ber.h"

LIBRARY_OWN(PKCS8_PRIV_KEY_INFO, pkcs8, PKCS8_PRIV_KEY_INFO_free)
LIBRARY_OWN(EVP_MD_CTX, key_md_ctx, EVP_MD_CTX_free)
LIBRARY_OWN(BIGNUM, number, BN_clear_free)

enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = 8192, SIGNATURE_MAX = RSA_BITS_MAX / 8 };

struct kind_name {
	const char *oid;
	const char *name;
	int nid; /* of the curve, or of the algorithm; 0: not supported */
};

static const struct kind_name curves[] = {
	{"1.2.840.10045.3.1.7", "p-256", NID_X9_62_prime256v1},
	{"1.3.132.0.34", "p-384", NID_secp384r1},
	{"1.3.132.0.35", "p-521", NID_secp521r1},
	{"1.3.132.0.33", "p-224", 0},
	{"1.2.840.10045.3.1.1", "p-192", 0},
	{"1.3.132.0.10", "secp256k1", 0},
	{"1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1", 0},
	{"1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1", 0},
	{"1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1", 0},
	{"1.2.156.10197.1.301", "sm2", 0},
};

static const char oid_of_ec[] = "1.2.840.10045.2.1";

static const struct kind_name algorithms[] = {
	{"1.2.840.113549.1.1.1", "rsa", NID_rsaEncryption},
	{"1.2.840.10045.2.1", "ec", NID_X9_62_id_ecPublicKey},
	{"1.3.101.112", "ed25519", NID_ED25519},
	{"1.3.101.113", "ed448", 0},
	{"1.3.101.110", "x25519", 0},
	{"1.3.101.111", "x448", 0},
	{"1.2.840.10040.4.1", "dsa", 0},
	{"1.2.840.113549.1.1.10", "rsa-pss", 0},
	{"1.2.840.113549.1.3.1", "dh", 0},
	{"1.2.840.10046.2.1", "dh", 0},
	{"1.2.643.2.2.19", "gost-2001", 0},
	{"1.2.643.7.1.1.1.1", "gost-2012-256", 0},
	{"1.2.643.7.1.1.1.2", "gost-2012-512", 0},
};

void key_clear(struct key *key)
{
	EVP_PKEY_free(key->pkey);
	key->pkey = NULL;
}

static enum err damaged(void)
{
	ERR_clear_error();
	return err_detail(ERR_ORIGINAL_DAMAGED, "PKCS#8");
}

static const struct kind_name *find(const struct kind_name *names, size_t count, const char *oid)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i].oid, oid) == 0)
			return &names[i];
	return NULL;
}

/* PrivateKeyInfo, and OneAsymmetricKey with its public key at the end, which OpenSSL 3.0 does
 * not read: the parts are taken out here and put together anew. */
struct parts {
	const struct kind_name *algorithm;
	const struct kind_name *curve; /* of EC keys */
	struct octets inner;
};

/* Only named curves: explicit parameters can describe anything. */
static enum err read_curve(struct ber *ber, struct parts *parts, char kind[KEY_KIND_SIZE])
{
	struct ber_element params;
	char oid[BER_OID_TEXT_SIZE];

	TRY(ber_next(ber, &params));
	if (params.tag != BER_OID) {
		(void)snprintf(kind, KEY_KIND_SIZE, "ec, explicit parameters");
		return ERR_OK;
	}
	TRY(ber_oid_text(&params, oid));
	parts->curve = find(curves, COUNT_OF(curves), oid);
	(void)snprintf(kind, KEY_KIND_SIZE, "%s", parts->curve == NULL ? oid : parts->curve->name);
	return ERR_OK;
}

static enum err read_parts(const uint8_t *pkcs8, size_t size, struct parts *out,
			   char kind[KEY_KIND_SIZE])
{
	struct ber ber = ber_over(pkcs8, size);
	struct ber_element info, version, algorithm, name, inner;
	char oid[BER_OID_TEXT_SIZE];

	TRY(ber_expect(&ber, BER_SEQUENCE, &info));
	ber = ber_inside(&info);
	TRY(ber_expect(&ber, BER_INTEGER, &version));
	TRY(ber_expect(&ber, BER_SEQUENCE, &algorithm));
	TRY(ber_next(&ber, &inner));
	if ((inner.tag & ~BER_CONSTRUCTED) != BER_OCTETS)
		return damaged();
	ber = ber_inside(&algorithm);
	TRY(ber_next(&ber, &name));
	TRY(ber_oid_text(&name, oid));
	out->algorithm = find(algorithms, COUNT_OF(algorithms), oid);
	(void)snprintf(kind, KEY_KIND_SIZE, "%s",
		       out->algorithm == NULL ? oid : out->algorithm->name);
	if (strcmp(oid, oid_of_ec) == 0)
		TRY(read_curve(&ber, out, kind));
	return ber_octets(&inner, &out->inner);
}

static enum err assemble(const struct parts *parts, PKCS8_PRIV_KEY_INFO **out_info)
{
	AUTO_SSL(PKCS8_PRIV_KEY_INFO, pkcs8) info = PKCS8_PRIV_KEY_INFO_new();
	uint8_t *inner = OPENSSL_memdup(parts->inner.bytes, parts->inner.size);
	int kind = parts->curve != NULL                   ? V_ASN1_OBJECT
		   : parts->algorithm->nid == NID_ED25519 ? V_ASN1_UNDEF
							  : V_ASN1_NULL;
	void *value = parts->curve == NULL ? NULL : OBJ_nid2obj(parts->curve->nid);

	if (info == NULL || inner == NULL ||
	    PKCS8_pkey_set0(info, OBJ_nid2obj(parts->algorithm->nid), 0, kind, value, inner,
			    (int)parts->inner.size) != 1) {
		OPENSSL_clear_free(inner, parts->inner.size);
		return damaged();
	}
	*out_info = TAKE(info);
	return ERR_OK;
}

/* A number of the key, or NULL. */
static BIGNUM *number_of(const EVP_PKEY *pkey, const char *name)
{
	BIGNUM *number = NULL;

	return EVP_PKEY_get_bn_param(pkey, name, &number) == 1 ? number : NULL;
}

/* What no honest program makes but a verifier would accept: e = 1, p = q, or factors of
 * another number. */
static bool is_sane_rsa(const EVP_PKEY *pkey)
{
	AUTO_SSL(BIGNUM, number) n = number_of(pkey, OSSL_PKEY_PARAM_RSA_N);
	AUTO_SSL(BIGNUM, number) e = number_of(pkey, OSSL_PKEY_PARAM_RSA_E);
	AUTO_SSL(BIGNUM, number) p = number_of(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1);
	AUTO_SSL(BIGNUM, number) q = number_of(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2);
	AUTO_SSL(BIGNUM, number) product = BN_new();
	BN_CTX *room = BN_CTX_secure_new();
	bool is = n != NULL && e != NULL && BN_is_odd(e) && !BN_is_one(e) && BN_num_bits(e) <= 64;

	if (is && p != NULL && q != NULL)
		is = room != NULL && product != NULL && BN_mul(product, p, q, room) == 1 &&
		     BN_cmp(product, n) == 0 && BN_cmp(p, q) != 0;
	BN_CTX_free(room);
	return is;
}

static void name_rsa(struct key *key)
{
	int bits = EVP_PKEY_get_bits(key->pkey);

	(void)snprintf(key->kind, sizeof key->kind, "rsa-%d", bits);
	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) {
		key_clear(key);
		return;
	}
	if (!is_sane_rsa(key->pkey)) {
		(void)snprintf(key->kind, sizeof key->kind, "rsa-%d, n e p q", bits);
		key_clear(key);
	}
}

/* The inner ECPrivateKey may name parameters of its own; they must be the same named curve. */
static enum err check_curve(const struct key *key, const struct parts *parts)
{
	char group[64] = "";
	char form[64] = "";

	if (EVP_PKEY_get_utf8_string_param(key->pkey, OSSL_PKEY_PARAM_GROUP_NAME, group,
					   sizeof group, NULL) != 1 ||
	    EVP_PKEY_get_utf8_string_param(key->pkey, OSSL_PKEY_PARAM_EC_ENCODING, form,
					   sizeof form, NULL) != 1 ||
	    OBJ_sn2nid(group) != parts->curve->nid ||
	    strcmp(form, OSSL_PKEY_EC_ENCODING_GROUP) != 0)
		return damaged();
	return ERR_OK;
}

static enum err load(const struct parts *parts, const struct library *library, struct key *key)
{
	AUTO_SSL(PKCS8_PRIV_KEY_INFO, pkcs8) info = NULL;

	TRY(assemble(parts, &info));
	key->pkey = EVP_PKCS82PKEY_ex(info, library_context(library), NULL);
	ERR_clear_error();
	if (key->pkey == NULL)
		return damaged();
	if (parts->algorithm->nid == NID_rsaEncryption)
		name_rsa(key);
	return parts->curve == NULL ? ERR_OK : check_curve(key, parts);
}

enum err key_read(const uint8_t *pkcs8, size_t size, const struct library *library,
		  struct key *out_key)
{
	struct parts parts = {.curve = NULL};
	bool is_supported;
	enum err err;

	*out_key = (struct key){.pkey = NULL};
	err = read_parts(pkcs8, size, &parts, out_key->kind);
	is_supported = parts.algorithm != NULL && parts.algorithm->nid != 0 &&
		       (strcmp(parts.algorithm->oid, oid_of_ec) != 0 ||
			(parts.curve != NULL && parts.curve->nid != 0));
	if (err == ERR_OK && is_supported)
		err = load(&parts, library, out_key);
	octets_clear(&parts.inner);
	if (err != ERR_OK)
		key_clear(out_key);
	return err;
}

bool key_equal(const struct key *a, const struct key *b)
{
	return a->pkey != NULL && b->pkey != NULL && EVP_PKEY_eq(a->pkey, b->pkey) == 1;
}

static bool sign(const struct key *key, const char *hash, const struct library *library,
		 const uint8_t *challenge, size_t size, uint8_t *out_signature, size_t *out_size)
{
	AUTO_SSL(EVP_MD_CTX, key_md_ctx) context = EVP_MD_CTX_new();

	return context != NULL &&
	       EVP_DigestSignInit_ex(context, NULL, hash, library_context(library), NULL, key->pkey,
				     NULL) == 1 &&
	       EVP_DigestSign(context, out_signature, out_size, challenge, size) == 1;
}

static bool verifies(const X509 *certificate, const char *hash, const struct library *library,
		     const uint8_t *challenge, size_t size, const uint8_t *signature,
		     size_t signature_size)
{
	AUTO_SSL(EVP_MD_CTX, key_md_ctx) context = EVP_MD_CTX_new();
	EVP_PKEY *public_key = X509_get0_pubkey(certificate);

	return context != NULL && public_key != NULL &&
	       EVP_DigestVerifyInit_ex(context, NULL, hash, library_context(library), NULL,
				       public_key, NULL) == 1 &&
	       EVP_DigestVerify(context, signature, signature_size, challenge, size) == 1;
}

enum err key_prove(const struct key *key, const X509 *certificate, const struct library *library)
{
	const char *hash = strcmp(key->kind, "ed25519") == 0 ? NULL : "SHA256";
	uint8_t challenge[DIGEST_SIZE];
	uint8_t signature[SIGNATURE_MAX];
	size_t size = sizeof signature;

	random_fill(challenge, sizeof challenge);
	if (sign(key, hash, library, challenge, sizeof challenge, signature, &size) &&
	    verifies(certificate, hash, library, challenge, sizeof challenge, signature, size))
		return ERR_OK;
	ERR_clear_error();
	return ERR_ORIGINAL_KEY_FORGED;
}

enum err key_encode(const struct key *key, struct secret **out_pkcs8)
{
	AUTO_SSL(PKCS8_PRIV_KEY_INFO, pkcs8) info = EVP_PKEY2PKCS8(key->pkey);
	unsigned char *der = NULL;
	int size = info == NULL ? -1 : i2d_PKCS8_PRIV_KEY_INFO(info, &der);

	if (size <= 0)
		return library_failed("i2d_PKCS8_PRIV_KEY_INFO");
	enum err err = secret_take(der, (size_t)size, out_pkcs8);
	OPENSSL_free(der);
	return err;
}
