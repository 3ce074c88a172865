/* operation.c - see operation.h */
#include "tool/pkcs11/operation.h"

#include <stdlib.h>

void operation_begin(struct operation *operation, const struct mechanism *mechanism,
		     enum hash_kind hash)
{
	*operation = (struct operation){.mechanism = mechanism, .hash = hash};
	if (mechanism->hashes)
		hash_begin(&operation->running, hash);
}

void operation_end(struct operation *operation)
{
	free(operation->input);
	operation->mechanism = NULL;
	operation->input = NULL;
	operation->input_size = 0;
	operation->is_collecting = false;
}

/* What a mechanism takes that does not hash: a DigestInfo, a digest, one block, a message. */
static size_t input_max(const struct mechanism *mechanism)
{
	return mechanism->scheme == SIGN_EDDSA ? SIGN_MESSAGE_MAX : SIGN_RSA_SIZE_MAX;
}

static CK_RV keep_input(struct operation *operation, const void *bytes, size_t size)
{
	uint8_t *input;

	if (size > input_max(operation->mechanism) - operation->input_size)
		return CKR_DATA_LEN_RANGE;
	if (size == 0)
		return CKR_OK;
	input = realloc(operation->input, operation->input_size + size);
	if (input == NULL)
		return CKR_HOST_MEMORY;
	memcpy(input + operation->input_size, bytes, size);
	operation->input = input;
	operation->input_size += size;
	return CKR_OK;
}

CK_RV operation_add(struct operation *operation, const void *bytes, CK_ULONG size)
{
	CK_RV result = CKR_OK;

	if (operation->mechanism == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	if (bytes == NULL && size > 0)
		result = CKR_ARGUMENTS_BAD;
	else if (size > CRYPTOKI_SIZE_MAX)
		result = CKR_DATA_LEN_RANGE;
	else if (!operation->mechanism->hashes)
		result = keep_input(operation, bytes, size);
	else if (size > 0)
		hash_add(&operation->running, bytes, size);
	operation->is_collecting = true;
	if (result != CKR_OK)
		operation_end(operation);
	return result;
}

/* A DigestInfo of a hash that is known, and nothing else (RFC 8017, 9.2): the vault makes it anew
 * around the digest, so what is signed is what was checked. */
static CK_RV digest_of_info(struct operation *operation, struct part *out_input)
{
	for (int kind = HASH_SHA1; kind <= HASH_SHA512; kind++) {
		size_t prefix_size;
		const uint8_t *prefix = hash_info_prefix((enum hash_kind)kind, &prefix_size);
		if (operation->input_size != prefix_size + hash_size((enum hash_kind)kind) ||
		    memcmp(operation->input, prefix, prefix_size) != 0)
			continue;
		operation->hash = (enum hash_kind)kind;
		*out_input = (struct part){operation->input + prefix_size,
					   hash_size((enum hash_kind)kind)};
		return CKR_OK;
	}
	return operation->input_size == 0 ? CKR_DATA_LEN_RANGE : CKR_DATA_INVALID;
}

/* Of plain ECDSA the size of the digest tells its hash. */
static CK_RV digest_by_size(struct operation *operation, struct part *out_input)
{
	if (operation->hash == HASH_NONE)
		operation->hash = hash_of_size(operation->input_size);
	if (operation->hash == HASH_NONE || operation->input_size != hash_size(operation->hash))
		return CKR_DATA_LEN_RANGE;
	*out_input = (struct part){operation->input, operation->input_size};
	return CKR_OK;
}

CK_RV operation_input(struct operation *operation, uint8_t digest[HASH_SIZE_MAX],
		      struct part *out_input)
{
	if (operation->mechanism->hashes) {
		hash_end(&operation->running, digest);
		*out_input = (struct part){digest, hash_size(operation->hash)};
		return CKR_OK;
	}
	if (operation->mechanism->scheme == SIGN_EDDSA) {
		*out_input = (struct part){operation->input, operation->input_size};
		return CKR_OK;
	}
	if (operation->mechanism->scheme == SIGN_RSA_PKCS1)
		return digest_of_info(operation, out_input);
	return digest_by_size(operation, out_input);
}
