/* certificate_make.c - see certificate_make.h */
#include "tests/server/certificate_make.h"

#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/rand.h>

enum { VERSION_3 = 2, SERIAL_BITS = 127 };

enum err openssl_failed(const char *what)
{
	char text[256];

	ERR_error_string_n(ERR_get_error(), text, sizeof text);
	ERR_clear_error();
	return err_note(ERR_INTERNAL, "%s: %s", what, text);
}

enum err name_make(const struct name_part *parts, struct X509_name_st **out_name)
{
	AUTO(X509_name_st) name = X509_NAME_new();

	if (name == NULL)
		return ERR_MEMORY;
	for (; parts->nid != 0; parts++) {
		if (X509_NAME_add_entry_by_NID(name, parts->nid, MBSTRING_UTF8,
					       (const unsigned char *)parts->text, -1, -1, 0) != 1)
			return openssl_failed(parts->text);
	}
	*out_name = TAKE(name);
	return ERR_OK;
}

static enum err set_serial(X509 *certificate)
{
	BIGNUM *number = BN_new();
	int ok = number != NULL &&
		 BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
		 BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;

	BN_free(number);
	return ok ? ERR_OK : openssl_failed("serial number");
}

static enum err set_names(X509 *certificate, const struct name_part *subject, const X509 *issuer)
{
	AUTO(X509_name_st) name = NULL;

	TRY(name_make(subject, &name));
	if (X509_set_subject_name(certificate, name) != 1 ||
	    X509_set_issuer_name(certificate,
				 issuer == NULL ? name : X509_get_subject_name(issuer)) != 1)
		return openssl_failed("names");
	return ERR_OK;
}

enum err certificate_begin(const struct name_part *subject, const X509 *issuer, int64_t not_before,
			   int64_t not_after, EVP_PKEY *key, struct x509_st **out_certificate)
{
	AUTO(x509_st) certificate = X509_new();

	if (certificate == NULL)
		return ERR_MEMORY;
	TRY(set_serial(certificate));
	TRY(set_names(certificate, subject, issuer));
	if (X509_set_version(certificate, VERSION_3) != 1 ||
	    ASN1_TIME_set(X509_getm_notBefore(certificate), not_before) == NULL ||
	    ASN1_TIME_set(X509_getm_notAfter(certificate), not_after) == NULL ||
	    X509_set_pubkey(certificate, key) != 1)
		return openssl_failed("certificate");
	*out_certificate = TAKE(certificate);
	return ERR_OK;
}

/* Some extensions ask for a configuration even where their value needs none: an empty one. */
static X509_EXTENSION *make_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	CONF *empty = NCONF_new(NULL);
	X509_EXTENSION *extension = NULL;
	X509V3_CTX context;

	if (empty == NULL)
		return NULL;
	X509V3_set_ctx(&context, issuer == NULL ? certificate : issuer, certificate, NULL, NULL, 0);
	X509V3_set_nconf(&context, empty);
	extension = X509V3_EXT_nconf_nid(empty, &context, nid, value);
	NCONF_free(empty);
	return extension;
}

enum err certificate_add(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension = make_extension(certificate, issuer, nid, value);
	int added = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;

	X509_EXTENSION_free(extension);
	return added ? ERR_OK : openssl_failed(value);
}

static enum err directory_names(const struct name_part *parts, GENERAL_NAMES **out_names)
{
	AUTO(stack_st_GENERAL_NAME) names = sk_GENERAL_NAME_new_null();
	AUTO(X509_name_st) name = NULL;
	GENERAL_NAME *one;

	TRY(name_make(parts, &name));
	one = GENERAL_NAME_new();
	if (names == NULL || one == NULL || sk_GENERAL_NAME_push(names, one) == 0) {
		GENERAL_NAME_free(one);
		return ERR_MEMORY;
	}
	GENERAL_NAME_set0_value(one, GEN_DIRNAME, TAKE(name));
	*out_names = TAKE(names);
	return ERR_OK;
}

enum err certificate_add_directory_name(X509 *certificate, int nid, const struct name_part *parts)
{
	AUTO(stack_st_GENERAL_NAME) names = NULL;

	TRY(directory_names(parts, &names));
	if (X509_add1_ext_i2d(certificate, nid, names, 0, X509V3_ADD_DEFAULT) != 1)
		return openssl_failed("directory name");
	return ERR_OK;
}

enum err certificate_add_crl_point(X509 *certificate, const struct name_part *parts)
{
	AUTO(stack_st_DIST_POINT) points = sk_DIST_POINT_new_null();
	DIST_POINT *point = DIST_POINT_new();

	if (points == NULL || point == NULL || sk_DIST_POINT_push(points, point) == 0) {
		DIST_POINT_free(point);
		return ERR_MEMORY;
	}
	point->distpoint = DIST_POINT_NAME_new();
	if (point->distpoint == NULL)
		return ERR_MEMORY;
	point->distpoint->type = 0; /* fullName */
	TRY(directory_names(parts, &point->distpoint->name.fullname));
	if (X509_add1_ext_i2d(certificate, NID_crl_distribution_points, points, 0,
			      X509V3_ADD_DEFAULT) != 1)
		return openssl_failed("CRL distribution point");
	return ERR_OK;
}

enum err certificate_sign(X509 *certificate, EVP_PKEY *key)
{
	return X509_sign(certificate, key, EVP_sha256()) > 0 ? ERR_OK : openssl_failed("sign");
}
