/* answer_sign.c - signing: the message is hashed here, its digest is signed in the vault. */
#include "tool/pkcs11/call.h"

enum { SIGN_MILLISECONDS = 1000 }; /* how old what is known of the slots may be */

CK_RV C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR wanted, CK_OBJECT_HANDLE key)
{
	AUTO_HELD(call) call = {0};
	const struct mechanism *mechanism;
	struct permission permission;
	struct token *token;
	enum hash_kind hash;

	CHECK(call_enter_session(&call, session));
	if (wanted == NULL && call.session->sign.mechanism != NULL) {
		operation_end(&call.session->sign); /* 3.0: cancels */
		return CKR_OK;
	}
	slots_refresh(call.instance->slots, SIGN_MILLISECONDS);
	token = call.session->token;
	if (atomic_load(&token->is_gone))
		return CKR_SESSION_HANDLE_INVALID;
	if (call.session->sign.mechanism != NULL)
		return CKR_OPERATION_ACTIVE;
	permission = token_permission(token);
	CHECK(mechanism_choose(wanted, CKF_SIGN, &token->key, &permission, &mechanism, &hash));
	CHECK(object_check_key(token, key, X509_DIGITAL_SIGNATURE | X509_NON_REPUDIATION));
	operation_begin(&call.session->sign, mechanism, hash);
	return CKR_OK;
}

/* The operation is over, whatever comes of it. */
static CK_RV give_signature(struct session *session, uint8_t *signature)
{
	struct operation *operation = &session->sign;
	uint8_t digest[HASH_SIZE_MAX];
	struct part input;
	CK_RV result = operation_input(operation, digest, &input);

	if (result == CKR_OK && operation->hash == HASH_SHA1)
		result = operation->mechanism->scheme == SIGN_ECDSA ? CKR_DATA_LEN_RANGE
								    : CKR_DATA_INVALID;
	if (result == CKR_OK)
		result = token_sign(session->token, operation->mechanism->scheme, operation->hash,
				    input, signature, session->token->key.signature_size);
	operation_end(operation);
	return result;
}

/* False when *out_result is the answer already. */
static bool is_ready(struct session *session, const void *signature, CK_ULONG_PTR size,
		     CK_RV *out_result)
{
	*out_result = CKR_OPERATION_NOT_INITIALIZED;
	if (session->sign.mechanism == NULL)
		return false;
	if (size != NULL)
		return call_has_room(signature, size, session->token->key.signature_size,
				     out_result);
	operation_end(&session->sign);
	*out_result = CKR_ARGUMENTS_BAD;
	return false;
}

CK_RV C_Sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_size, CK_BYTE_PTR signature,
	     CK_ULONG_PTR signature_size)
{
	AUTO_HELD(call) call = {0};
	CK_RV result;

	CHECK(call_enter_session(&call, session));
	if (call.session->sign.is_collecting)
		return CKR_OPERATION_ACTIVE;
	if (!is_ready(call.session, signature, signature_size, &result))
		return result;
	CHECK(operation_add(&call.session->sign, data, data_size));
	return give_signature(call.session, signature);
}

CK_RV C_SignUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_size)
{
	AUTO_HELD(call) call = {0};

	CHECK(call_enter_session(&call, session));
	return operation_add(&call.session->sign, part, part_size);
}

CK_RV C_SignFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR signature, CK_ULONG_PTR signature_size)
{
	AUTO_HELD(call) call = {0};
	CK_RV result;

	CHECK(call_enter_session(&call, session));
	if (!is_ready(call.session, signature, signature_size, &result))
		return result;
	return give_signature(call.session, signature);
}
