/* digest.c - see digest.h */
#include "vault/base/digest.h"

#include <string.h>

#include <sodium.h>

void digest_of(const void *bytes, size_t size, struct digest *out_digest)
{
	(void)crypto_hash_sha256(out_digest->bytes, bytes, size);
}

void digest_of_two(const void *a, size_t a_size, const void *b, size_t b_size,
		   struct digest *out_digest)
{
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, a, a_size);
	(void)crypto_hash_sha256_update(&state, b, b_size);
	(void)crypto_hash_sha256_final(&state, out_digest->bytes);
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return sodium_memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}

bool digest_is_zero(const struct digest *digest)
{
	return sodium_is_zero(digest->bytes, DIGEST_SIZE) == 1;
}

void hex_of(const uint8_t *bytes, size_t size, char *out_hex)
{
	(void)sodium_bin2hex(out_hex, 2 * size + 1, bytes, size);
}

bool hex_parse(const char *hex, uint8_t *out_bytes, size_t size)
{
	size_t parsed = 0;

	return strlen(hex) == 2 * size &&
	       sodium_hex2bin(out_bytes, size, hex, 2 * size, NULL, &parsed, NULL) == 0 &&
	       parsed == size;
}

void random_fill(void *bytes, size_t size)
{
	randombytes_buf(bytes, size);
}
