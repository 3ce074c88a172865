/* given.c - see given.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "tests/unit/pkcs11/given.h"
#include "vault/base/own.h"

EVP_PKEY *given_key(const char *kind)
{
	static struct {
		const char *kind;
		EVP_PKEY *key;
	} made[] = {{"RSA", NULL},
		    {"P-256", NULL},
		    {"P-384", NULL},
		    {"P-521", NULL},
		    {"ED25519", NULL}};
	size_t i = 0;

	while (strcmp(made[i].kind, kind) != 0)
		i++;
	if (made[i].key == NULL && kind[0] == 'R')
		made[i].key = EVP_RSA_gen(2048);
	else if (made[i].key == NULL && kind[0] == 'P')
		made[i].key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);
	else if (made[i].key == NULL)
		made[i].key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
	assert_non_null(made[i].key);
	return made[i].key;
}

static void add_extension(X509 *x509, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(extension);
	assert_int_equal(X509_add_ext(x509, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

struct bytes given_certificate(const char *kind, const char *name)
{
	EVP_PKEY *key = given_key(kind);
	X509 *x509 = X509_new();
	unsigned char *der = NULL;
	struct bytes bytes;
	int size;

	assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), 0x123456), 1);
	assert_int_equal(ASN1_TIME_set_string(X509_getm_notBefore(x509), "260203000000Z"), 1);
	assert_int_equal(ASN1_TIME_set_string(X509_getm_notAfter(x509), "20510203000000Z"), 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "O", MBSTRING_UTF8,
						    (const unsigned char *)"DEMO", -1, -1, 0),
			 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN",
						    MBSTRING_UTF8, (const unsigned char *)name, -1,
						    -1, 0),
			 1);
	assert_int_equal(X509_set_issuer_name(x509, X509_get_subject_name(x509)), 1);
	assert_int_equal(X509_set_pubkey(x509, key), 1);
	add_extension(x509, NID_basic_constraints, "CA:FALSE");
	add_extension(x509, NID_key_usage, "critical,digitalSignature,nonRepudiation");
	assert_true(X509_sign(x509, key, kind[0] == 'E' ? NULL : EVP_sha256()) > 0);
	size = i2d_X509(x509, &der);
	assert_true(size > 0);
	assert_int_equal(bytes_copy(der, (size_t)size, &bytes), ERR_OK);
	OPENSSL_free(der);
	X509_free(x509);
	return bytes;
}

static const EVP_MD *digest_of_kind(enum hash_kind hash)
{
	static const EVP_MD *(*const digests[])(void) = {EVP_md_null, EVP_sha1, EVP_sha256,
							 EVP_sha384, EVP_sha512};

	return hash == HASH_NONE ? NULL : digests[hash]();
}

/* r | s of a DER signature. */
static struct bytes halves(const char *kind, const uint8_t *der, size_t size)
{
	size_t half = ((size_t)EVP_PKEY_get_bits(given_key(kind)) + 7) / 8;
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)size);
	struct bytes bytes;

	assert_non_null(signature);
	assert_int_equal(bytes_zeroed(2 * half, &bytes), ERR_OK);
	BN_bn2binpad(ECDSA_SIG_get0_r(signature), bytes.data, (int)half);
	BN_bn2binpad(ECDSA_SIG_get0_s(signature), bytes.data + half, (int)half);
	ECDSA_SIG_free(signature);
	return bytes;
}

struct bytes given_signature(const char *kind, enum sign_scheme scheme, enum hash_kind hash,
			     const char *message)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *options = NULL;
	uint8_t made[1024];
	size_t size = sizeof made;
	struct bytes bytes;

	assert_int_equal(
		EVP_DigestSignInit(context, &options, digest_of_kind(hash), NULL, given_key(kind)),
		1);
	if (scheme == SIGN_RSA_PSS) {
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING), 1);
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST),
				 1);
	}
	assert_int_equal(
		EVP_DigestSign(context, made, &size, (const uint8_t *)message, strlen(message)), 1);
	EVP_MD_CTX_free(context);
	if (scheme == SIGN_ECDSA)
		return halves(kind, made, size);
	assert_int_equal(bytes_copy(made, size, &bytes), ERR_OK);
	return bytes;
}
