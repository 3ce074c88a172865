/* digest.h - SHA-256 (FIPS 180-4), and the two identifiers made of bytes.
 *
 * A certificate is known by the SHA-256 of its DER form (`id` outside, cert_id here).
 * A record is known inside the vault by 16 random bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"

enum { DIGEST_SIZE = 32, DIGEST_HEX_SIZE = 2 * DIGEST_SIZE + 1, RECORD_ID_SIZE = 16 };

struct digest {
	uint8_t bytes[DIGEST_SIZE];
};

struct record_id {
	uint8_t bytes[RECORD_ID_SIZE];
};

void digest_of(const void *bytes, size_t size, struct digest *out_digest);
/* SHA-256(a | b) */
void digest_of_two(const void *a, size_t a_size, const void *b, size_t b_size,
		   struct digest *out_digest);
bool digest_equal(const struct digest *a, const struct digest *b);
bool digest_is_zero(const struct digest *digest);

/* Lower case hex with NUL. `out_hex` holds 2 * size + 1 characters. */
void hex_of(const uint8_t *bytes, size_t size, char *out_hex);
/* Exactly 2 * size hex digits of either case, then NUL: false otherwise. */
bool hex_parse(const char *hex, uint8_t *out_bytes, size_t size);

/* Bytes nobody can guess; never fails (the kernel's generator blocks until it is ready). */
void random_fill(void *bytes, size_t size);
