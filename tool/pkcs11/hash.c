/* hash.c - see hash.h */
#include "tool/pkcs11/hash.h"

#include "vault/base/own.h"

static const struct {
	size_t size;
	size_t prefix_size;
	uint8_t prefix[19];
} kinds[] = {
	[HASH_NONE] = {0, 0, {0}},
	[HASH_SHA1] = {SHA1_DIGEST_SIZE,
		       15,
		       {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05,
			0x00, 0x04, 0x14}},
	[HASH_SHA256] = {SHA256_DIGEST_SIZE,
			 19,
			 {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
			  0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}},
	[HASH_SHA384] = {SHA384_DIGEST_SIZE,
			 19,
			 {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
			  0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30}},
	[HASH_SHA512] = {SHA512_DIGEST_SIZE,
			 19,
			 {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
			  0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40}},
};

size_t hash_size(enum hash_kind kind)
{
	return kinds[kind].size;
}

enum hash_kind hash_of_size(size_t size)
{
	for (size_t kind = HASH_SHA1; kind < COUNT_OF(kinds); kind++)
		if (kinds[kind].size == size)
			return (enum hash_kind)kind;
	return HASH_NONE;
}

const uint8_t *hash_info_prefix(enum hash_kind kind, size_t *out_size)
{
	*out_size = kinds[kind].prefix_size;
	return kinds[kind].prefix;
}

void hash_begin(struct hash *hash, enum hash_kind kind)
{
	hash->kind = kind;
	switch (kind) {
	case HASH_NONE:
		break;
	case HASH_SHA1:
		sha1_init(&hash->state.sha1);
		break;
	case HASH_SHA256:
		sha256_init(&hash->state.sha256);
		break;
	case HASH_SHA384:
		sha384_init(&hash->state.sha512);
		break;
	case HASH_SHA512:
		sha512_init(&hash->state.sha512);
		break;
	}
}

void hash_add(struct hash *hash, const void *bytes, size_t size)
{
	switch (hash->kind) {
	case HASH_NONE:
		break;
	case HASH_SHA1:
		sha1_update(&hash->state.sha1, size, bytes);
		break;
	case HASH_SHA256:
		sha256_update(&hash->state.sha256, size, bytes);
		break;
	case HASH_SHA384:
	case HASH_SHA512:
		sha512_update(&hash->state.sha512, size, bytes);
		break;
	}
}

void hash_end(struct hash *hash, uint8_t *out_digest)
{
	switch (hash->kind) {
	case HASH_NONE:
		break;
	case HASH_SHA1:
		sha1_digest(&hash->state.sha1, SHA1_DIGEST_SIZE, out_digest);
		break;
	case HASH_SHA256:
		sha256_digest(&hash->state.sha256, SHA256_DIGEST_SIZE, out_digest);
		break;
	case HASH_SHA384:
		sha384_digest(&hash->state.sha512, SHA384_DIGEST_SIZE, out_digest);
		break;
	case HASH_SHA512:
		sha512_digest(&hash->state.sha512, SHA512_DIGEST_SIZE, out_digest);
		break;
	}
}
