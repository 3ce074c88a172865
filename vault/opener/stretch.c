/* stretch.c - see stretch.h */
#include "vault/opener/stretch.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "vault/opener/effort.h"
#include "vault/opener/passphrase.h"

LIBRARY_OWN(EVP_KDF, kdf, EVP_KDF_free)
LIBRARY_OWN(EVP_KDF_CTX, kdf_ctx, EVP_KDF_CTX_free)
LIBRARY_OWN(EVP_MD, md, EVP_MD_free)
LIBRARY_OWN(EVP_MD_CTX, md_ctx, EVP_MD_CTX_free)

static const uint64_t scrypt_memory_max = UINT64_C(64) * 1024 * 1024;

int stretch_passphrase_kind(const struct stretch *stretch)
{
	return stretch->derivation == DERIVATION_PKCS12 ? PASSPHRASE_WIDE : PASSPHRASE_NARROW;
}

static enum err unknown(const struct stretch *stretch)
{
	ERR_clear_error();
	return err_detail(ERR_ORIGINAL_ALGORITHM, "%s",
			  stretch->hash == NULL ? "scrypt" : stretch->hash->name);
}

/* OpenSSL's parameter lists take pointers to what they only read. */
static OSSL_PARAM octets_param(const char *name, const void *bytes, size_t size)
{
	union {
		const void *in;
		void *out;
	} shared = {.in = size == 0 ? "" : bytes};

	return OSSL_PARAM_construct_octet_string(name, shared.out, size);
}

static OSSL_PARAM text_param(const char *name, const char *text)
{
	union {
		const char *in;
		char *out;
	} shared = {.in = text};

	return OSSL_PARAM_construct_utf8_string(name, shared.out, 0);
}

static enum err run_kdf(const struct library *library, const char *name, const OSSL_PARAM *params,
			const struct stretch *stretch, uint8_t *out_key, size_t key_size)
{
	AUTO_SSL(EVP_KDF, kdf) kdf = EVP_KDF_fetch(library_context(library), name, NULL);
	AUTO_SSL(EVP_KDF_CTX, kdf_ctx) context = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);

	if (context == NULL || EVP_KDF_derive(context, out_key, key_size, params) != 1)
		return unknown(stretch);
	return ERR_OK;
}

/* RFC 7292, B.2 and RFC 8018, 5.2. The latter's lower limits do not matter to a reader. */
static enum err derive_by_hash(const struct stretch *stretch, const struct library *library,
			       const struct secret *passphrase, int use, uint8_t *out_key,
			       size_t key_size)
{
	bool is_pkcs12 = stretch->derivation == DERIVATION_PKCS12;
	uint64_t rounds = stretch->rounds;
	int no_lower_limits = 1;
	OSSL_PARAM params[] = {
		text_param(OSSL_KDF_PARAM_DIGEST, stretch->hash->openssl),
		octets_param(OSSL_KDF_PARAM_PASSWORD, secret_view(passphrase),
			     secret_size(passphrase)),
		octets_param(OSSL_KDF_PARAM_SALT, stretch->salt, stretch->salt_size),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &rounds),
		is_pkcs12 ? OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS12_ID, &use)
			  : OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &no_lower_limits),
		OSSL_PARAM_construct_end(),
	};

	return run_kdf(library, is_pkcs12 ? "PKCS12KDF" : "PBKDF2", params, stretch, out_key,
		       key_size);
}

/* RFC 7914 */
static enum err derive_by_scrypt(const struct stretch *stretch, const struct library *library,
				 const struct secret *passphrase, uint8_t *out_key, size_t key_size)
{
	uint64_t n = stretch->scrypt_n, memory = 2 * scrypt_memory_max;
	uint32_t r = (uint32_t)stretch->scrypt_r, p = (uint32_t)stretch->scrypt_p;
	OSSL_PARAM params[] = {
		octets_param(OSSL_KDF_PARAM_PASSWORD, secret_view(passphrase),
			     secret_size(passphrase)),
		octets_param(OSSL_KDF_PARAM_SALT, stretch->salt, stretch->salt_size),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
		OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
		OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
		OSSL_PARAM_construct_end(),
	};

	return run_kdf(library, "SCRYPT", params, stretch, out_key, key_size);
}

/* RFC 8018, 5.1: T_1 = Hash(P | S), T_i = Hash(T_{i-1}). OpenSSL keeps it in the legacy
 * provider; it is too short to depend on that. */
static enum err derive_by_pbkdf1(const struct stretch *stretch, const struct library *library,
				 const struct secret *passphrase, uint8_t *out_key, size_t key_size)
{
	AUTO_SSL(EVP_MD, md)
	md = EVP_MD_fetch(library_context(library), stretch->hash->openssl, NULL);
	AUTO_SSL(EVP_MD_CTX, md_ctx) context = EVP_MD_CTX_new();
	uint8_t block[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	bool works = md != NULL && context != NULL && EVP_DigestInit_ex2(context, md, NULL) == 1 &&
		     EVP_DigestUpdate(context, secret_view(passphrase), secret_size(passphrase)) &&
		     EVP_DigestUpdate(context, stretch->salt, stretch->salt_size) == 1 &&
		     EVP_DigestFinal_ex(context, block, &size) == 1;

	for (uint64_t i = 1; works && i < stretch->rounds; i++)
		works = EVP_DigestInit_ex2(context, md, NULL) == 1 &&
			EVP_DigestUpdate(context, block, size) == 1 &&
			EVP_DigestFinal_ex(context, block, &size) == 1;
	if (works && key_size <= size)
		memcpy(out_key, block, key_size);
	secret_wipe(block, sizeof block);
	return works && key_size <= size ? ERR_OK : unknown(stretch);
}

enum err stretch_derive(const struct stretch *stretch, const struct library *library,
			const struct secret *passphrase, enum stretch_use use, uint8_t *out_key,
			size_t key_size)
{
	if (key_size == 0)
		return ERR_OK;
	switch (stretch->derivation) {
	case DERIVATION_PKCS12:
	case DERIVATION_PBKDF2:
		return derive_by_hash(stretch, library, passphrase, (int)use, out_key, key_size);
	case DERIVATION_SCRYPT:
		return derive_by_scrypt(stretch, library, passphrase, out_key, key_size);
	case DERIVATION_PBKDF1:
		return derive_by_pbkdf1(stretch, library, passphrase, out_key, key_size);
	}
	return ERR_INTERNAL;
}

static enum err read_octets(struct ber *ber, const uint8_t **out_bytes, size_t *out_size)
{
	struct ber_element element;

	TRY(ber_expect(ber, BER_OCTETS, &element));
	*out_bytes = element.content;
	*out_size = element.size;
	return effort_check_salt(element.size);
}

static enum err read_number(struct ber *ber, uint64_t *out_number)
{
	struct ber_element element;

	TRY(ber_next(ber, &element));
	return ber_number(&element, out_number);
}

/* RFC 8018, A.2: the PRF is HMAC-SHA-1 unless the file names another. */
static enum err read_prf(struct ber *ber, struct stretch *stretch)
{
	char oid[BER_OID_TEXT_SIZE] = "1.2.840.113549.2.7";

	if (!ber_is_empty(ber)) {
		struct ber_element prf, name;
		TRY(ber_expect(ber, BER_SEQUENCE, &prf));
		struct ber inside = ber_inside(&prf);
		TRY(ber_next(&inside, &name));
		TRY(ber_oid_text(&name, oid));
	}
	stretch->hash = hash_by_hmac_oid(oid);
	if (stretch->hash == NULL)
		return err_detail(ERR_ORIGINAL_ALGORITHM, "PRF %s", oid);
	if (stretch->hash->openssl == NULL)
		return err_detail(ERR_ORIGINAL_ALGORITHM, "HMAC %s", stretch->hash->name);
	return ERR_OK;
}

static enum err read_pbkdf2(struct ber *ber, struct stretch *stretch)
{
	stretch->derivation = DERIVATION_PBKDF2;
	if (!ber_next_is(ber, BER_OCTETS))
		return err_detail(ERR_ORIGINAL_ALGORITHM, "PBKDF2 otherSource");
	TRY(read_octets(ber, &stretch->salt, &stretch->salt_size));
	TRY(read_number(ber, &stretch->rounds));
	if (ber_next_is(ber, BER_INTEGER))
		TRY(read_number(ber, &stretch->key_size));
	return read_prf(ber, stretch);
}

/* RFC 7914, 7.1 */
static enum err read_scrypt(struct ber *ber, struct stretch *stretch)
{
	stretch->derivation = DERIVATION_SCRYPT;
	TRY(read_octets(ber, &stretch->salt, &stretch->salt_size));
	TRY(read_number(ber, &stretch->scrypt_n));
	TRY(read_number(ber, &stretch->scrypt_r));
	TRY(read_number(ber, &stretch->scrypt_p));
	if (ber_next_is(ber, BER_INTEGER))
		TRY(read_number(ber, &stretch->key_size));
	if (stretch->scrypt_r == 0 || stretch->scrypt_n < 2 || stretch->scrypt_p == 0)
		return err_detail(ERR_ORIGINAL_DAMAGED, "scrypt");
	/* 128 * N * r bytes; p times as much work. */
	if (stretch->scrypt_n > scrypt_memory_max / 128 / stretch->scrypt_r ||
	    stretch->scrypt_p > 16)
		return err_detail(ERR_ORIGINAL_EXPENSIVE, "scrypt N=%llu r=%llu p=%llu",
				  (unsigned long long)stretch->scrypt_n,
				  (unsigned long long)stretch->scrypt_r,
				  (unsigned long long)stretch->scrypt_p);
	stretch->rounds = stretch->scrypt_n * stretch->scrypt_p;
	return ERR_OK;
}

enum err stretch_read(const struct ber_element *algorithm, struct stretch *out_stretch)
{
	struct ber ber = ber_inside(algorithm), inside;
	struct ber_element name, params;
	char oid[BER_OID_TEXT_SIZE];

	TRY(ber_next(&ber, &name));
	TRY(ber_oid_text(&name, oid));
	*out_stretch = (struct stretch){.rounds = 0};
	if (strcmp(oid, "1.2.840.113549.1.5.12") != 0 && strcmp(oid, "1.3.6.1.4.1.11591.4.11") != 0)
		return err_detail(ERR_ORIGINAL_ALGORITHM, "KDF %s", oid);
	TRY(ber_expect(&ber, BER_SEQUENCE, &params));
	inside = ber_inside(&params);
	return oid[2] == '2' ? read_pbkdf2(&inside, out_stretch)
			     : read_scrypt(&inside, out_stretch);
}
