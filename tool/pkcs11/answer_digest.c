/* answer_digest.c - digests and random numbers, made in this process. */
#include <errno.h>
#include <sys/random.h>

#include "tool/pkcs11/call.h"

CK_RV C_DigestInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR wanted)
{
	AUTO_HELD(call) call = {0};
	const struct mechanism *mechanism;
	struct permission permission;
	enum hash_kind hash;

	CHECK(call_enter_session(&call, session));
	if (wanted == NULL && call.session->digest.mechanism != NULL) {
		operation_end(&call.session->digest); /* 3.0: cancels */
		return CKR_OK;
	}
	if (call.session->digest.mechanism != NULL)
		return CKR_OPERATION_ACTIVE;
	permission = token_permission(call.session->token);
	CHECK(mechanism_choose(wanted, CKF_DIGEST, &call.session->token->key, &permission,
			       &mechanism, &hash));
	operation_begin(&call.session->digest, mechanism, hash);
	return CKR_OK;
}

static CK_RV give_digest(struct operation *operation, uint8_t *digest)
{
	hash_end(&operation->running, digest);
	operation_end(operation);
	return CKR_OK;
}

CK_RV C_Digest(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_size, CK_BYTE_PTR digest,
	       CK_ULONG_PTR digest_size)
{
	AUTO_HELD(call) call = {0};
	struct operation *operation;
	CK_RV result;

	CHECK(call_enter_session(&call, session));
	operation = &call.session->digest;
	if (operation->mechanism == NULL || operation->is_collecting)
		return operation->mechanism == NULL ? CKR_OPERATION_NOT_INITIALIZED
						    : CKR_OPERATION_ACTIVE;
	if (digest_size == NULL) {
		operation_end(operation);
		return CKR_ARGUMENTS_BAD;
	}
	if (!call_has_room(digest, digest_size, hash_size(operation->hash), &result))
		return result;
	CHECK(operation_add(operation, data, data_size));
	return give_digest(operation, digest);
}

CK_RV C_DigestUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_size)
{
	AUTO_HELD(call) call = {0};

	CHECK(call_enter_session(&call, session));
	return operation_add(&call.session->digest, part, part_size);
}

CK_RV C_DigestFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR digest, CK_ULONG_PTR digest_size)
{
	AUTO_HELD(call) call = {0};
	struct operation *operation;
	CK_RV result;

	CHECK(call_enter_session(&call, session));
	operation = &call.session->digest;
	if (operation->mechanism == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	if (digest_size == NULL) {
		operation_end(operation);
		return CKR_ARGUMENTS_BAD;
	}
	if (!call_has_room(digest, digest_size, hash_size(operation->hash), &result))
		return result;
	return give_digest(operation, digest);
}

/* The kernel's generator needs no seed, and takes none. */
CK_RV C_SeedRandom(CK_SESSION_HANDLE session, CK_BYTE_PTR seed, CK_ULONG seed_size)
{
	AUTO_HELD(call) call = {0};

	CHECK(call_enter_session(&call, session));
	return seed == NULL && seed_size > 0 ? CKR_ARGUMENTS_BAD : CKR_RANDOM_SEED_NOT_SUPPORTED;
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE session, CK_BYTE_PTR random, CK_ULONG random_size)
{
	AUTO_HELD(call) call = {0};

	CHECK(call_enter_session(&call, session));
	if ((random == NULL && random_size > 0) || random_size > CRYPTOKI_SIZE_MAX)
		return CKR_ARGUMENTS_BAD;
	while (random_size > 0) {
		ssize_t given = getrandom(random, random_size, 0);
		if (given < 0 && errno != EINTR)
			return CKR_FUNCTION_FAILED;
		if (given > 0) {
			random += given;
			random_size -= (CK_ULONG)given;
		}
	}
	return CKR_OK;
}
