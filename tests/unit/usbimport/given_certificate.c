/* given_certificate.c - a certificate with a given holder and first day. */
#include "tests/unit/usbimport/given_certificate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

struct certificate *given_certificate(const char *user_id, long serial, const char *not_before)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	X509 *x509 = X509_new();
	X509_NAME *name = X509_get_subject_name(x509);
	unsigned char *der = NULL;
	struct certificate *certificate = NULL;

	assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), serial), 1);
	assert_int_equal(ASN1_TIME_set_string_X509(X509_getm_notBefore(x509), not_before), 1);
	assert_int_equal(ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), "20991231000000Z"), 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
						    (const unsigned char *)"Holder", -1, -1, 0),
			 1);
	if (user_id != NULL)
		assert_int_equal(X509_NAME_add_entry_by_txt(name, "UID", MBSTRING_UTF8,
							    (const unsigned char *)user_id, -1, -1,
							    0),
				 1);
	assert_int_equal(X509_set_pubkey(x509, key), 1);
	assert_true(X509_sign(x509, key, NULL) > 0);
	int size = i2d_X509(x509, &der);
	assert_true(size > 0);
	assert_int_equal(certificate_parse(der, (size_t)size, &certificate), ERR_OK);
	OPENSSL_free(der);
	X509_free(x509);
	EVP_PKEY_free(key);
	return certificate;
}
