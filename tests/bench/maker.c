/* maker.c - certificates and originals for the bench, made with OpenSSL in process. */
#include "tests/bench/bench.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

struct maker {
	EVP_PKEY *key;
};

static void must(int is_right, const char *what)
{
	bench_must(is_right ? ERR_OK : ERR_INTERNAL, what);
}

void maker_new(struct maker **out_maker, int is_rsa)
{
	struct maker *maker = calloc(1, sizeof *maker);

	must(maker != NULL, "memory");
	maker->key = is_rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	must(maker->key != NULL, "a key");
	*out_maker = maker;
}

static X509 *certificate_new(struct maker *maker, unsigned serial)
{
	X509 *x509 = X509_new();
	X509_NAME *name = X509_NAME_new();

	must(x509 != NULL && name != NULL, "memory");
	must(X509_set_version(x509, X509_VERSION_3), "version");
	must(ASN1_INTEGER_set(X509_get_serialNumber(x509), (long)serial), "serial");
	must(X509_gmtime_adj(X509_getm_notBefore(x509), -3600) != NULL, "time");
	must(X509_gmtime_adj(X509_getm_notAfter(x509), 5L * 365 * 86400) != NULL, "time");
	must(X509_NAME_add_entry_by_txt(name, "C", MBSTRING_UTF8, (const unsigned char *)"JP", -1,
					-1, 0),
	     "name");
	must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
					(const unsigned char *)"DEMO TARO", -1, -1, 0),
	     "name");
	must(X509_set_subject_name(x509, name) && X509_set_issuer_name(x509, name), "name");
	must(X509_set_pubkey(x509, maker->key), "public key");
	must(X509_sign(x509, maker->key, EVP_sha256()) > 0, "signature");
	X509_NAME_free(name);
	return x509;
}

void maker_certificate(struct maker *maker, unsigned serial, struct bytes *out_der)
{
	X509 *x509 = certificate_new(maker, serial);
	unsigned char *der = NULL;
	int size = i2d_X509(x509, &der);

	must(size > 0, "DER");
	bench_must(bytes_copy(der, (size_t)size, out_der), "memory");
	OPENSSL_free(der);
	X509_free(x509);
}

void maker_key(struct maker *maker, struct secret **out_pkcs8)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(maker->key);
	unsigned char *der = NULL;
	int size = i2d_PKCS8_PRIV_KEY_INFO(info, &der);

	must(size > 0, "PKCS#8");
	bench_must(secret_take(der, (size_t)size, out_pkcs8), "memory");
	OPENSSL_free(der);
	PKCS8_PRIV_KEY_INFO_free(info);
}

void maker_original(struct maker *maker, const struct bytes *certificate, const char *pin,
		    struct secret **out_original)
{
	const unsigned char *at = certificate->data;
	X509 *x509 = d2i_X509(NULL, &at, (long)certificate->size);
	PKCS12 *p12 = PKCS12_create(pin, "DEMO TARO", maker->key, x509, NULL, 0, 0, 0, 0, 0);
	unsigned char *der = NULL;
	int size = i2d_PKCS12(p12, &der);

	must(size > 0, "PKCS#12");
	bench_must(secret_take(der, (size_t)size, out_original), "memory");
	OPENSSL_free(der);
	PKCS12_free(p12);
	X509_free(x509);
}

void maker_free(struct maker *maker)
{
	EVP_PKEY_free(maker->key);
	free(maker);
}
