/* given.c - see given.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "tests/unit/cert/given.h"

#define USER_ID "0.9.2342.19200300.100.1.1"

static EVP_PKEY *given_pss_key(void)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	EVP_PKEY *key = NULL;

	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_int_equal(EVP_PKEY_generate(context, &key), 1);
	EVP_PKEY_CTX_free(context);
	return key;
}

EVP_PKEY *given_new_key(const char *kind)
{
	EVP_PKEY *key = NULL;

	if (strcmp(kind, "RSA") == 0)
		key = EVP_RSA_gen(2048);
	else if (strcmp(kind, "RSA-PSS") == 0)
		key = given_pss_key();
	else if (kind[0] == 'P')
		key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);
	else
		key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
	assert_non_null(key);
	return key;
}

EVP_PKEY *given_key(const char *kind)
{
	static struct {
		const char *kind;
		EVP_PKEY *key;
	} made[12];
	size_t i = 0;

	for (; made[i].kind != NULL; i++)
		if (strcmp(made[i].kind, kind) == 0)
			return made[i].key;
	assert_true(i + 1 < COUNT_OF(made));
	made[i].kind = kind;
	made[i].key = given_new_key(kind);
	return made[i].key;
}

void given_attribute(X509_NAME *name, const char *oid, int type, const char *value, int size)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(name, oid, type, (const unsigned char *)value,
						    size, -1, 0),
			 1);
}

void given_dates(X509 *x509, const char *not_before, const char *not_after)
{
	assert_int_equal(ASN1_TIME_set_string(X509_getm_notBefore(x509), not_before), 1);
	assert_int_equal(ASN1_TIME_set_string(X509_getm_notAfter(x509), not_after), 1);
}

X509 *given_certificate(const char *subject, const char *issuer, EVP_PKEY *key)
{
	X509 *x509 = X509_new();

	assert_non_null(x509);
	assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), 0x1234), 1);
	given_dates(x509, "260131150000Z", "310131145959Z");
	if (subject != NULL)
		given_attribute(X509_get_subject_name(x509), "CN", V_ASN1_UTF8STRING, subject, -1);
	if (issuer != NULL)
		given_attribute(X509_get_issuer_name(x509), "CN", V_ASN1_UTF8STRING, issuer, -1);
	assert_int_equal(X509_set_pubkey(x509, key), 1);
	return x509;
}

void given_extension(X509 *x509, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(x509, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

void given_raw_extension(X509 *x509, const char *oid, bool critical, const void *der, size_t size)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;

	assert_int_equal(ASN1_OCTET_STRING_set(value, der, (int)size), 1);
	extension = X509_EXTENSION_create_by_OBJ(NULL, object, critical, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(x509, extension, -1), 1);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(object);
}

struct bytes given_signed(X509 *x509, EVP_PKEY *issuer_key, const EVP_MD *hash)
{
	struct bytes der = {0};
	unsigned char *encoded = NULL;
	int size;

	assert_true(X509_sign(x509, issuer_key, hash) > 0);
	size = i2d_X509(x509, &encoded);
	assert_true(size > 0);
	assert_int_equal(bytes_copy(encoded, (size_t)size, &der), ERR_OK);
	OPENSSL_free(encoded);
	X509_free(x509);
	return der;
}

struct certificate *given_parsed(const struct bytes *der)
{
	struct certificate *certificate = NULL;

	assert_int_equal(certificate_parse(der->data, der->size, &certificate), ERR_OK);
	return certificate;
}

/* directoryName: C=JP, O=..., CN=... in UTF-8. Taken over by the caller. */
static GENERAL_NAME *given_directory_name(const char *organization, const char *common_name)
{
	GENERAL_NAME *general = GENERAL_NAME_new();
	X509_NAME *name = X509_NAME_new();

	given_attribute(name, "C", V_ASN1_PRINTABLESTRING, "JP", -1);
	given_attribute(name, "O", V_ASN1_UTF8STRING, organization, -1);
	if (common_name != NULL)
		given_attribute(name, "CN", V_ASN1_UTF8STRING, common_name, -1);
	GENERAL_NAME_set0_value(general, GEN_DIRNAME, name);
	return general;
}

static void given_alternative_name(X509 *x509, int nid, const char *organization,
				   const char *common_name)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();

	assert_true(sk_GENERAL_NAME_push(names, given_directory_name(organization, common_name)) >
		    0);
	assert_int_equal(X509_add1_ext_i2d(x509, nid, names, 0, 0), 1);
	GENERAL_NAMES_free(names);
}

/* LDAP style: a directory name and no URI. */
static void given_crl_directory(X509 *x509)
{
	CRL_DIST_POINTS *points = CRL_DIST_POINTS_new();
	DIST_POINT *point = DIST_POINT_new();

	point->distpoint = DIST_POINT_NAME_new();
	point->distpoint->type = 0;
	point->distpoint->name.fullname = GENERAL_NAMES_new();
	assert_true(sk_GENERAL_NAME_push(point->distpoint->name.fullname,
					 given_directory_name("Demo Trust Co., Ltd.", "CRL1")) > 0);
	assert_true(sk_DIST_POINT_push(points, point) > 0);
	assert_int_equal(X509_add1_ext_i2d(x509, NID_crl_distribution_points, points, 0, 0), 1);
	CRL_DIST_POINTS_free(points);
}

/* An OID, where the practice statement lies, and a notice in Japanese. */
static void given_policy(X509 *x509)
{
	static const uint8_t der[] =
		"\x30\x5c\x30\x5a\x06\x09\x2a\x83\x08\x8c\x9b\x1b\x64\x85\x51" /* 1.2.392.200091.100.721
										*/
		"\x30\x4d"
		"\x30\x26\x06\x08\x2b\x06\x01\x05\x05\x07\x02\x01\x16\x1a"
		"https://ca.example.jp/cps/"
		"\x30\x23\x06\x08\x2b\x06\x01\x05\x05\x07\x02\x02\x30\x17\x0c\x15"
		"電子署名専用。";

	given_raw_extension(x509, "2.5.29.32", true, der, sizeof der - 1);
}

struct bytes given_member_certificate(EVP_PKEY *key, EVP_PKEY *issuer_key)
{
	X509 *x509 = given_certificate(NULL, NULL, key);
	X509_NAME *subject = X509_get_subject_name(x509);
	X509_NAME *issuer = X509_get_issuer_name(x509);

	given_attribute(subject, "C", V_ASN1_PRINTABLESTRING, "JP", -1);
	given_attribute(subject, "O", V_ASN1_UTF8STRING, "Demo Federation of Shiho-shoshi", -1);
	given_attribute(subject, "CN", V_ASN1_UTF8STRING, "Taro Yamada", -1);
	given_attribute(subject, USER_ID, V_ASN1_UTF8STRING, "1234567890", -1);
	given_attribute(issuer, "C", V_ASN1_PRINTABLESTRING, "JP", -1);
	given_attribute(issuer, "O", V_ASN1_UTF8STRING, "Demo Trust Co., Ltd.", -1);
	given_attribute(issuer, "OU", V_ASN1_UTF8STRING, "Demo Passport", -1);
	given_alternative_name(x509, NID_subject_alt_name, "日本司法書士会", "司法　太郎");
	given_alternative_name(x509, NID_issuer_alt_name, "電子認証局", NULL);
	given_crl_directory(x509);
	given_policy(x509);
	given_extension(x509, NID_key_usage, "critical,digitalSignature,nonRepudiation");
	return given_signed(x509, issuer_key, EVP_sha256());
}

void given_patched(struct bytes *der, const void *from, const void *to, size_t size)
{
	uint8_t *place = memmem(der->data, der->size, from, size);

	assert_non_null(place);
	memcpy(place, to, size);
}
