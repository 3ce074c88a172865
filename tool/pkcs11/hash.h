/* hash.h - SHA-1, SHA-256, SHA-384 and SHA-512 in this process (FIPS 180-4): no digest needs the
 * vault. SHA-1 is for verifying what others once signed.
 */
#pragma once

#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

enum hash_kind { HASH_NONE, HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512 };
enum { HASH_SIZE_MAX = SHA512_DIGEST_SIZE };

struct hash {
	enum hash_kind kind;
	union {
		struct sha1_ctx sha1;
		struct sha256_ctx sha256;
		struct sha512_ctx sha512; /* SHA-384 too */
	} state;
};

size_t hash_size(enum hash_kind kind); /* bytes of a digest; 0 for HASH_NONE */
/* The kind whose digests have this size; HASH_NONE when none has. */
enum hash_kind hash_of_size(size_t size);

void hash_begin(struct hash *hash, enum hash_kind kind);
void hash_add(struct hash *hash, const void *bytes, size_t size);
/* `out_digest` holds hash_size bytes. */
void hash_end(struct hash *hash, uint8_t *out_digest);

/* What stands before a digest in a PKCS#1 v1.5 signature: the DigestInfo without the digest
 * (RFC 8017, 9.2, note 1). */
const uint8_t *hash_info_prefix(enum hash_kind kind, size_t *out_size);
