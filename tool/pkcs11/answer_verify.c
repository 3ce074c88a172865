/* answer_verify.c - verifying with the public key of the token's certificate, in this process. */
#include "tool/pkcs11/call.h"

static CK_RV check_key(struct token *token, CK_OBJECT_HANDLE handle)
{
	const struct object *object = object_find(token, handle);

	if (object == NULL)
		return CKR_KEY_HANDLE_INVALID;
	if (object->kind == OBJECT_PRIVATE_KEY)
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	return object->kind == OBJECT_PUBLIC_KEY ? CKR_OK : CKR_KEY_HANDLE_INVALID;
}

CK_RV C_VerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR wanted, CK_OBJECT_HANDLE key)
{
	AUTO_HELD(call) call = {0};
	const struct mechanism *mechanism;
	struct permission permission;
	enum hash_kind hash;

	CHECK(call_enter_session(&call, session));
	if (wanted == NULL && call.session->verify.mechanism != NULL) {
		operation_end(&call.session->verify); /* 3.0: cancels */
		return CKR_OK;
	}
	if (call.session->verify.mechanism != NULL)
		return CKR_OPERATION_ACTIVE;
	permission = token_permission(call.session->token);
	CHECK(mechanism_choose(wanted, CKF_VERIFY, &call.session->token->key, &permission,
			       &mechanism, &hash));
	CHECK(check_key(call.session->token, key));
	operation_begin(&call.session->verify, mechanism, hash);
	return CKR_OK;
}

/* Input that cannot be of this mechanism was not signed by it either. */
static CK_RV check_signature(struct session *session, struct part signature)
{
	struct operation *operation = &session->verify;
	uint8_t digest[HASH_SIZE_MAX];
	struct part input;
	CK_RV result = operation_input(operation, digest, &input);

	if (result == CKR_OK &&
	    !public_key_verifies(&session->token->key, operation->mechanism->scheme,
				 operation->hash, input, signature))
		result = CKR_SIGNATURE_INVALID;
	operation_end(operation);
	return result;
}

/* A wrong size is told apart from a wrong signature. */
static CK_RV check_size(struct session *session, const void *signature, CK_ULONG size)
{
	CK_RV result = CKR_OK;

	if (session->verify.mechanism == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	if (signature == NULL)
		result = CKR_ARGUMENTS_BAD;
	else if (size != session->token->key.signature_size)
		result = CKR_SIGNATURE_LEN_RANGE;
	if (result != CKR_OK)
		operation_end(&session->verify);
	return result;
}

CK_RV C_Verify(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_size,
	       CK_BYTE_PTR signature, CK_ULONG signature_size)
{
	AUTO_HELD(call) call = {0};

	CHECK(call_enter_session(&call, session));
	if (call.session->verify.is_collecting)
		return CKR_OPERATION_ACTIVE;
	CHECK(check_size(call.session, signature, signature_size));
	CHECK(operation_add(&call.session->verify, data, data_size));
	return check_signature(call.session, (struct part){signature, signature_size});
}

CK_RV C_VerifyUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_size)
{
	AUTO_HELD(call) call = {0};

	CHECK(call_enter_session(&call, session));
	return operation_add(&call.session->verify, part, part_size);
}

CK_RV C_VerifyFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR signature, CK_ULONG signature_size)
{
	AUTO_HELD(call) call = {0};

	CHECK(call_enter_session(&call, session));
	CHECK(check_size(call.session, signature, signature_size));
	return check_signature(call.session, (struct part){signature, signature_size});
}
