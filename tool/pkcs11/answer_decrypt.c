/* answer_decrypt.c - one block of RSA-OAEP, where policy and certificate allow it. Every failure of
 * the decryption is one and the same answer, which the vault gives.
 */
#include "tool/pkcs11/call.h"

CK_RV C_DecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR wanted, CK_OBJECT_HANDLE key)
{
	AUTO_HELD(call) call = {0};
	const struct mechanism *mechanism;
	struct permission permission;
	enum hash_kind hash;

	CHECK(call_enter_session(&call, session));
	if (wanted == NULL && call.session->decrypt.mechanism != NULL) {
		operation_end(&call.session->decrypt); /* 3.0: cancels */
		return CKR_OK;
	}
	if (call.session->decrypt.mechanism != NULL)
		return CKR_OPERATION_ACTIVE;
	permission = token_permission(call.session->token);
	CHECK(mechanism_choose(wanted, CKF_DECRYPT, &call.session->token->key, &permission,
			       &mechanism, &hash));
	CHECK(object_check_key(call.session->token, key,
			       X509_KEY_ENCIPHERMENT | X509_DATA_ENCIPHERMENT));
	operation_begin(&call.session->decrypt, mechanism, hash);
	return CKR_OK;
}

/* A buffer that is too small leaves the operation as it was: the text is not kept for it. */
static CK_RV give_plain(struct session *session, struct part input, void *plain,
			CK_ULONG_PTR plain_size)
{
	AUTO(secret) made = NULL;
	CK_RV result = token_decrypt(session->token, session->decrypt.hash, input, &made);
	size_t size = made == NULL ? 0 : secret_size(made);

	if (result == CKR_OK && !call_has_room(plain, plain_size, size, &result))
		return result;
	if (result == CKR_OK && size > 0)
		memcpy(plain, secret_view(made), size);
	operation_end(&session->decrypt);
	return result;
}

/* False when *out_result is the answer already: a question of the size, or a mistake, which ends
 * the operation. The text is never longer than the block. */
static bool is_ready(struct session *session, const void *plain, CK_ULONG_PTR plain_size,
		     CK_RV *out_result)
{
	*out_result = CKR_OPERATION_NOT_INITIALIZED;
	if (session->decrypt.mechanism == NULL)
		return false;
	*out_result = plain_size == NULL ? CKR_ARGUMENTS_BAD : CKR_OK;
	if (plain_size == NULL)
		operation_end(&session->decrypt);
	else if (plain == NULL)
		ulong_put(plain_size, session->token->key.signature_size);
	return plain_size != NULL && plain != NULL;
}

static CK_RV decrypt_block(struct session *session, struct part input, void *plain,
			   CK_ULONG_PTR plain_size)
{
	if (input.data != NULL && input.size == session->token->key.signature_size)
		return give_plain(session, input, plain, plain_size);
	operation_end(&session->decrypt);
	return CKR_ENCRYPTED_DATA_LEN_RANGE;
}

CK_RV C_Decrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR input, CK_ULONG input_size,
		CK_BYTE_PTR plain, CK_ULONG_PTR plain_size)
{
	AUTO_HELD(call) call = {0};
	CK_RV result;

	CHECK(call_enter_session(&call, session));
	if (call.session->decrypt.is_collecting)
		return CKR_OPERATION_ACTIVE;
	if (!is_ready(call.session, plain, plain_size, &result))
		return result;
	return decrypt_block(call.session, (struct part){input, input_size}, plain, plain_size);
}

/* Nothing comes out before the block is whole. */
CK_RV C_DecryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_size,
		      CK_BYTE_PTR plain, CK_ULONG_PTR plain_size)
{
	AUTO_HELD(call) call = {0};
	CK_RV result;

	CHECK(call_enter_session(&call, session));
	if (!is_ready(call.session, plain, plain_size, &result)) {
		if (result == CKR_OK)
			ulong_put(plain_size, 0);
		return result;
	}
	ulong_put(plain_size, 0);
	return operation_add(&call.session->decrypt, part, part_size);
}

CK_RV C_DecryptFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR plain, CK_ULONG_PTR plain_size)
{
	AUTO_HELD(call) call = {0};
	struct operation *operation;
	CK_RV result;

	CHECK(call_enter_session(&call, session));
	if (!is_ready(call.session, plain, plain_size, &result))
		return result;
	operation = &call.session->decrypt;
	return decrypt_block(call.session, (struct part){operation->input, operation->input_size},
			     plain, plain_size);
}
