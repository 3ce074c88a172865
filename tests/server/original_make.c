/* original_make.c - see original_make.h
 *
 * Built bag by bag: PKCS12_create cannot write a friendlyName outside the BMP.
 */
#include "tests/server/original_make.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/provider.h>

#include "tests/server/certificate_make.h"
#include "vault/base/utf8.h"

enum { NAME_UNITS_MAX = 128, ITERATIONS = 2048, ITERATIONS_AES = 10000 };

struct protection {
	int certificates_nid;
	int key_nid;
	int iterations;
	const EVP_MD *(*mac)(void);
};

static const struct protection protections[] = {
	[PROTECTION_AES] = {NID_aes_256_cbc, NID_aes_256_cbc, ITERATIONS_AES, EVP_sha256},
	[PROTECTION_LEGACY] = {NID_pbe_WithSHA1And40BitRC2_CBC,
			       NID_pbe_WithSHA1And3_Key_TripleDES_CBC, ITERATIONS, EVP_sha1},
};

typedef STACK_OF(PKCS12_SAFEBAG) safe_bags;
typedef STACK_OF(PKCS7) safes;

static void safe_bags_free(safe_bags *bags)
{
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}
OWN_DEFINE(stack_st_PKCS12_SAFEBAG, safe_bags_free)

static void safes_free(safes *list)
{
	sk_PKCS7_pop_free(list, PKCS7_free);
}
OWN_DEFINE(stack_st_PKCS7, safes_free)

struct original_algorithms {
	OSSL_PROVIDER *common;
	OSSL_PROVIDER *legacy;
};

enum err original_algorithms_open(struct original_algorithms **out_algorithms)
{
	AUTO(original_algorithms) algorithms = calloc(1, sizeof *algorithms);

	if (algorithms == NULL)
		return ERR_MEMORY;
	algorithms->common = OSSL_PROVIDER_load(NULL, "default");
	algorithms->legacy = OSSL_PROVIDER_load(NULL, "legacy");
	if (algorithms->common == NULL || algorithms->legacy == NULL)
		return openssl_failed("providers of OpenSSL");
	*out_algorithms = TAKE(algorithms);
	return ERR_OK;
}

void original_algorithms_close(struct original_algorithms *algorithms)
{
	if (algorithms == NULL)
		return;
	if (algorithms->legacy != NULL)
		(void)OSSL_PROVIDER_unload(algorithms->legacy);
	if (algorithms->common != NULL)
		(void)OSSL_PROVIDER_unload(algorithms->common);
	free(algorithms);
}

/* UTF-16, big-endian: what a BMPString with surrogate pairs really is. */
static int utf16_of(const char *text, uint8_t out_units[2 * NAME_UNITS_MAX])
{
	size_t size = strlen(text);
	size_t taken = 0;
	int length = 0;

	for (size_t at = 0; at < size && length + 4 <= 2 * NAME_UNITS_MAX; at += taken) {
		uint32_t character = utf8_next(text + at, size - at, &taken);
		uint32_t high = character > 0xFFFF ? 0xD800 + ((character - 0x10000) >> 10) : 0;
		uint32_t low =
			character > 0xFFFF ? 0xDC00 + ((character - 0x10000) & 0x3FF) : character;

		if (high != 0) {
			out_units[length++] = (uint8_t)(high >> 8);
			out_units[length++] = (uint8_t)high;
		}
		out_units[length++] = (uint8_t)(low >> 8);
		out_units[length++] = (uint8_t)low;
	}
	return length;
}

static enum err name_bag(PKCS12_SAFEBAG *bag, const char *friendly_name, X509 *certificate)
{
	uint8_t units[2 * NAME_UNITS_MAX];
	int length = utf16_of(friendly_name, units);
	uint8_t key_id[EVP_MAX_MD_SIZE];
	unsigned key_id_size = 0;

	if (X509_digest(certificate, EVP_sha1(), key_id, &key_id_size) != 1 ||
	    PKCS12_add1_attr_by_NID(bag, NID_friendlyName, V_ASN1_BMPSTRING, units, length) != 1 ||
	    PKCS12_add_localkeyid(bag, key_id, (int)key_id_size) != 1)
		return openssl_failed("attributes of a bag");
	return ERR_OK;
}

static enum err certificates_safe(const struct demo_ca *ca, X509 *certificate,
				  const char *friendly_name, const char *pin,
				  const struct protection *protection, safes **list)
{
	AUTO(stack_st_PKCS12_SAFEBAG) bags = NULL;
	PKCS12_SAFEBAG *bag = PKCS12_add_cert(&bags, certificate);

	if (bag == NULL)
		return openssl_failed("bag of the certificate");
	TRY(name_bag(bag, friendly_name, certificate));
	if (PKCS12_add_cert(&bags, ca->issuing) == NULL || PKCS12_add_cert(&bags, ca->root) == NULL)
		return openssl_failed("bags of the chain");
	if (PKCS12_add_safe(list, bags, protection->certificates_nid, protection->iterations,
			    pin) != 1)
		return openssl_failed("safe of the certificates");
	return ERR_OK;
}

static enum err key_safe(EVP_PKEY *key, X509 *certificate, const char *friendly_name,
			 const char *pin, const struct protection *protection, safes **list)
{
	AUTO(stack_st_PKCS12_SAFEBAG) bags = NULL;
	PKCS12_SAFEBAG *bag =
		PKCS12_add_key(&bags, key, 0, protection->iterations, protection->key_nid, pin);

	if (bag == NULL)
		return openssl_failed("bag of the key");
	TRY(name_bag(bag, friendly_name, certificate));
	return PKCS12_add_safe(list, bags, -1, 0, NULL) == 1 ? ERR_OK
							     : openssl_failed("safe of the key");
}

static enum err der_of(PKCS12 *file, struct bytes *out_original)
{
	unsigned char *der = NULL;
	int size = i2d_PKCS12(file, &der);
	enum err err = size <= 0 ? openssl_failed("DER of an original")
				 : bytes_copy(der, (size_t)size, out_original);

	OPENSSL_free(der);
	return err;
}

enum err original_make(const struct demo_ca *ca, X509 *certificate, EVP_PKEY *key,
		       const char *friendly_name, const char *pin,
		       enum original_protection protection, struct bytes *out_original)
{
	const struct protection *way = &protections[protection];
	AUTO(stack_st_PKCS7) list = NULL;
	AUTO(PKCS12_st) file = NULL;

	TRY(certificates_safe(ca, certificate, friendly_name, pin, way, &list));
	TRY(key_safe(key, certificate, friendly_name, pin, way, &list));
	file = PKCS12_add_safes(list, 0);
	if (file == NULL ||
	    PKCS12_set_mac(file, pin, -1, NULL, 0, way->iterations, way->mac()) != 1)
		return openssl_failed("the original's check value");
	return der_of(file, out_original);
}
