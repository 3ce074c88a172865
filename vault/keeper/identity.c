/* identity.c - see identity.h */
#include "vault/keeper/identity_parts.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/err.h>

enum {
	RSA_BITS_MAX = 8192,
	/* An RSA-8192 key is d, p, q, dp, dq, qinv: 1024 + 5 * 512 bytes, each in a block of a
	 * power of two; the random generators of each thread live there too. */
	BYTES_PER_KEY = 4096,
	BYTES_FOR_OPENSSL = 384 * 1024,
	SMALLEST_BLOCK = 32,
};

/* A fact about the process, like the heap itself. */
static atomic_bool memory_is_locked;

/* OpenSSL keeps the parts of a key in its secure heap, but passes their encoding through
 * ordinary memory and frees that without wiping. So all it frees is wiped. */
static void wiping_free(void *block, const char *file, int line)
{
	(void)file;
	(void)line;
	if (block != NULL)
		OPENSSL_cleanse(block, malloc_usable_size(block));
	free(block);
}

static void *plain_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(size);
}

static void *wiping_realloc(void *block, size_t size, const char *file, int line)
{
	size_t old_size = block == NULL ? 0 : malloc_usable_size(block);
	void *moved;

	if (size == 0) {
		wiping_free(block, file, line);
		return NULL;
	}
	moved = malloc(size);
	if (moved != NULL && block != NULL) {
		memcpy(moved, block, old_size < size ? old_size : size);
		wiping_free(block, file, line);
	}
	return moved;
}

static size_t heap_size(unsigned count_max)
{
	size_t wanted = BYTES_FOR_OPENSSL + (size_t)count_max * BYTES_PER_KEY;
	size_t size = 1;

	while (size < wanted)
		size *= 2;
	return size;
}

enum err identity_init(unsigned count_max)
{
	int made;

	if (CRYPTO_secure_malloc_initialized() == 1)
		return ERR_OK;
	if (CRYPTO_set_mem_functions(plain_malloc, wiping_realloc, wiping_free) != 1)
		return err_note(ERR_INTERNAL, "OpenSSL was used before the vault was ready");
	made = CRYPTO_secure_malloc_init(heap_size(count_max), SMALLEST_BLOCK);
	if (made == 0)
		return err_note(ERR_MEMORY, "no secure heap");
	atomic_store(&memory_is_locked, made == 1); /* 2: made, but not all protections held */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return err_note(ERR_INTERNAL, "OpenSSL did not start");
	return ERR_OK;
}

bool identity_memory_is_locked(void)
{
	return atomic_load(&memory_is_locked);
}

static enum err explain(const char *what)
{
	bool no_memory = false;
	unsigned long code;

	while ((code = ERR_get_error()) != 0)
		no_memory = no_memory || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
	return no_memory ? ERR_LOGIN_LIMIT : err_detail(ERR_ORIGINAL_DAMAGED, "%s", what);
}

static enum err check_kind(const EVP_PKEY *key)
{
	static const char *const curves[] = {"prime256v1", "secp384r1", "secp521r1"};
	char curve[64] = "";
	size_t size = 0;

	if (EVP_PKEY_is_a(key, "ED25519") == 1)
		return ERR_OK;
	if (EVP_PKEY_is_a(key, "RSA") == 1 && EVP_PKEY_get_bits(key) <= RSA_BITS_MAX)
		return ERR_OK;
	if (EVP_PKEY_is_a(key, "EC") == 1 &&
	    EVP_PKEY_get_group_name(key, curve, sizeof curve, &size) == 1)
		for (size_t i = 0; i < COUNT_OF(curves); i++)
			if (strcmp(curve, curves[i]) == 0)
				return ERR_OK;
	return err_detail(ERR_ORIGINAL_KEY_KIND, "%s",
			  curve[0] != '\0' ? curve : EVP_PKEY_get0_type_name(key));
}

/* What PrivateKeyInfo says it holds, or NULL. Only a hint, which spares OpenSSL trying everything:
 * a wrong one fails to decode, and check_kind looks at what came out. */
static const char *kind_of(const struct secret *pkcs8)
{
	enum { ALGORITHM_WITHIN = 32 };
	static const struct {
		const char *name;
		uint8_t size;
		uint8_t oid[11]; /* DER */
	} kinds[] = {
		{"RSA", 11, {6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1}},
		{"EC", 9, {6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1}},
		{"ED25519", 5, {6, 3, 0x2B, 0x65, 0x70}},
	};
	size_t size = secret_size(pkcs8) < ALGORITHM_WITHIN ? secret_size(pkcs8) : ALGORITHM_WITHIN;

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (memmem(secret_view(pkcs8), size, kinds[i].oid, kinds[i].size) != NULL)
			return kinds[i].name;
	return NULL;
}

static enum err decode(const struct secret *pkcs8, EVP_PKEY **out_key)
{
	const unsigned char *next = secret_view(pkcs8);
	size_t left = secret_size(pkcs8);
	OSSL_DECODER_CTX *decoder = OSSL_DECODER_CTX_new_for_pkey(
		out_key, "DER", "PrivateKeyInfo", kind_of(pkcs8), EVP_PKEY_KEYPAIR, NULL, NULL);
	int done = decoder != NULL && OSSL_DECODER_from_data(decoder, &next, &left) == 1;

	OSSL_DECODER_CTX_free(decoder);
	if (!done || left != 0)
		return explain("its private key");
	ERR_clear_error();
	return ERR_OK;
}

enum err identity_of(const struct secret *pkcs8, struct identity **out_identity)
{
	AUTO(identity) identity = calloc(1, sizeof *identity);

	if (identity == NULL)
		return ERR_MEMORY;
	TRY(decode(pkcs8, &identity->key));
	TRY(check_kind(identity->key));
	TRY(identity_prepare(identity));
	*out_identity = TAKE(identity);
	return ERR_OK;
}

void identity_free(struct identity *identity)
{
	if (identity == NULL)
		return;
	for (size_t scheme = 0; scheme < IDENTITY_SCHEMES; scheme++)
		for (size_t hash = 0; hash < IDENTITY_HASHES; hash++)
			EVP_PKEY_CTX_free(identity->ready[scheme][hash]);
	EVP_PKEY_free(identity->key);
	free(identity);
}

static bool sign_into(EVP_MD_CTX *context, const struct identity *identity, const void *message,
		      size_t size, struct bytes *signature)
{
	const char *hash = EVP_PKEY_is_a(identity->key, "ED25519") == 1 ? NULL : "SHA256";
	size_t needed = 0;

	return EVP_DigestSignInit_ex(context, NULL, hash, NULL, NULL, identity->key, NULL) == 1 &&
	       EVP_DigestSign(context, NULL, &needed, message, size) == 1 &&
	       bytes_zeroed(needed, signature) == ERR_OK &&
	       EVP_DigestSign(context, signature->data, &signature->size, message, size) == 1;
}

enum err identity_sign(const struct identity *identity, const void *message, size_t size,
		       struct bytes *out_signature)
{
	AUTO_HELD(bytes) signature = {NULL, 0};
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool done = context != NULL && sign_into(context, identity, message, size, &signature);

	EVP_MD_CTX_free(context);
	if (!done)
		return explain("its private key cannot sign");
	*out_signature = signature;
	signature = (struct bytes){NULL, 0};
	return ERR_OK;
}
