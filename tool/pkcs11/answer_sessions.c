/* answer_sessions.c - sessions, and the login that all sessions of a token share. There is no
 * security officer: who may do what is the policy's, and a forgotten PIN is set anew by importing
 * the original.
 */
#include "tool/pkcs11/call.h"

/* How old what is known of the slots may be where a program works with a session. */
enum { SESSION_MILLISECONDS = 1000 };

CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify,
		    CK_SESSION_HANDLE_PTR session)
{
	AUTO_HELD(call) call = {0};
	AUTO(token) token = NULL;
	CK_SESSION_HANDLE handle;

	(void)application;
	(void)notify; /* called back only for functions that this module has not */
	CHECK(call_enter(&call));
	slots_refresh(call.instance->slots, 0);
	CHECK(slots_token(call.instance->slots, slot, &token));
	if (session == NULL)
		return CKR_ARGUMENTS_BAD;
	if ((flags & CKF_SERIAL_SESSION) == 0)
		return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
	CHECK(sessions_open(call.instance->sessions, slot, TAKE(token),
			    (flags & CKF_RW_SESSION) != 0, &handle));
	ulong_put(session, handle);
	return CKR_OK;
}

CK_RV C_CloseSession(CK_SESSION_HANDLE session)
{
	AUTO_HELD(call) call = {0};

	CHECK(call_enter(&call));
	return sessions_close(call.instance->sessions, session);
}

CK_RV C_CloseAllSessions(CK_SLOT_ID slot)
{
	AUTO_HELD(call) call = {0};
	struct slot_view view;

	CHECK(call_enter(&call));
	slots_refresh(call.instance->slots, SESSION_MILLISECONDS);
	CHECK(slots_view(call.instance->slots, slot, &view));
	sessions_close_all(call.instance->sessions, slot);
	return CKR_OK;
}

/* Enters a session and looks whether its certificate is still the one that the slot shows. */
static CK_RV enter_current(struct call *call, CK_SESSION_HANDLE session)
{
	CHECK(call_enter_session(call, session));
	slots_refresh(call->instance->slots, SESSION_MILLISECONDS);
	return atomic_load(&call->session->token->is_gone) ? CKR_SESSION_HANDLE_INVALID : CKR_OK;
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR info)
{
	AUTO_HELD(call) call = {0};
	CK_SESSION_INFO made = {.flags = CKF_SERIAL_SESSION};
	bool unlocked;

	CHECK(enter_current(&call, session));
	if (info == NULL)
		return CKR_ARGUMENTS_BAD;
	unlocked = token_is_unlocked(call.session->token);
	made.slotID = call.session->slot;
	if (call.session->may_write) {
		made.flags |= CKF_RW_SESSION;
		made.state = unlocked ? CKS_RW_USER_FUNCTIONS : CKS_RW_PUBLIC_SESSION;
	} else {
		made.state = unlocked ? CKS_RO_USER_FUNCTIONS : CKS_RO_PUBLIC_SESSION;
	}
	memcpy(info, &made, sizeof made);
	return CKR_OK;
}

/* CKU_CONTEXT_SPECIFIC is the PIN for the one operation that was begun: another login. */
CK_RV C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG pin_size)
{
	AUTO_HELD(call) call = {0};
	bool again = user == CKU_CONTEXT_SPECIFIC;

	CHECK(enter_current(&call, session));
	if (user != CKU_USER && !again)
		return CKR_USER_TYPE_INVALID;
	if (again && call.session->sign.mechanism == NULL &&
	    call.session->decrypt.mechanism == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	return token_login(call.session->token, pin, pin_size, again);
}

CK_RV C_Logout(CK_SESSION_HANDLE session)
{
	AUTO_HELD(call) call = {0};

	CHECK(call_enter_session(&call, session));
	return token_logout(call.session->token);
}

CK_RV C_SetPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR old_pin, CK_ULONG old_size,
	       CK_UTF8CHAR_PTR new_pin, CK_ULONG new_size)
{
	AUTO_HELD(call) call = {0};

	CHECK(enter_current(&call, session));
	if (!call.session->may_write)
		return CKR_SESSION_READ_ONLY;
	return token_set_pin(call.session->token, old_pin, old_size, new_pin, new_size);
}

/* 3.0: ends what is active, of the kinds that are named. */
CK_RV C_SessionCancel(CK_SESSION_HANDLE session, CK_FLAGS flags)
{
	AUTO_HELD(call) call = {0};

	CHECK(call_enter_session(&call, session));
	if ((flags & CKF_SIGN) != 0)
		operation_end(&call.session->sign);
	if ((flags & CKF_VERIFY) != 0)
		operation_end(&call.session->verify);
	if ((flags & CKF_DIGEST) != 0)
		operation_end(&call.session->digest);
	if ((flags & CKF_DECRYPT) != 0)
		operation_end(&call.session->decrypt);
	if ((flags & CKF_FIND_OBJECTS) != 0)
		call.session->find.is_active = false;
	return CKR_OK;
}
