/* call.c - see call.h */
#include "tool/pkcs11/call.h"

CK_RV call_enter(struct call *call)
{
	call->instance = instance_enter();
	return call->instance == NULL ? CKR_CRYPTOKI_NOT_INITIALIZED : CKR_OK;
}

CK_RV call_enter_session(struct call *call, CK_SESSION_HANDLE handle)
{
	struct session *session = NULL;

	CHECK(call_enter(call));
	CHECK(sessions_find(call->instance->sessions, handle, &session));
	(void)pthread_mutex_lock(&session->busy);
	call->session = session;
	return CKR_OK;
}

void call_clear(struct call *call)
{
	if (call->session != NULL)
		(void)pthread_mutex_unlock(&call->session->busy);
	session_drop(call->session);
	instance_leave(call->instance);
}

bool call_has_room(const void *buffer, CK_ULONG_PTR size, size_t needed, CK_RV *out_result)
{
	CK_ULONG room = ulong_get(size);

	ulong_put(size, needed);
	*out_result = buffer == NULL || room >= needed ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	return buffer != NULL && room >= needed;
}
