/* answer_objects.c - finding objects and reading their attributes. */
#include "tool/pkcs11/call.h"

enum { FIND_MILLISECONDS = 1000 }; /* how old what is known of the slots may be */

static CK_RV check_template(const void *template, CK_ULONG count)
{
	return (template == NULL && count > 0) || count > CRYPTOKI_TEMPLATE_MAX ? CKR_ARGUMENTS_BAD
										: CKR_OK;
}

CK_RV C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle,
			  CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
	AUTO_HELD(call) call = {0};
	const struct object *object;
	CK_RV result = CKR_OK;

	CHECK(call_enter_session(&call, session));
	CHECK(check_template(template, count));
	object = object_find(call.session->token, handle);
	if (object == NULL)
		return CKR_OBJECT_HANDLE_INVALID;
	/* Every attribute is answered, whatever became of the others. */
	for (CK_ULONG i = 0; i < count; i++) {
		CK_ATTRIBUTE attribute = attribute_get(template, i);
		CK_RV one = object_get(call.session->token, object, &attribute);
		attribute_put(template, i, &attribute);
		if (one != CKR_OK)
			result = one;
	}
	return result;
}

/* Objects here have no size in any memory of a token. */
CK_RV C_GetObjectSize(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle, CK_ULONG_PTR size)
{
	AUTO_HELD(call) call = {0};

	CHECK(call_enter_session(&call, session));
	if (object_find(call.session->token, handle) == NULL)
		return CKR_OBJECT_HANDLE_INVALID;
	if (size == NULL)
		return CKR_ARGUMENTS_BAD;
	ulong_put(size, CK_UNAVAILABLE_INFORMATION);
	return CKR_OK;
}

static void find_all(struct session *session, const void *template, CK_ULONG count)
{
	struct token *token = session->token;
	struct find *find = &session->find;

	*find = (struct find){.is_active = true};
	for (size_t i = 0; i < token->objects.count; i++) {
		const struct object *object = &token->objects.items[i];
		if (object_is_shown(token, object) &&
		    object_matches(token, object, template, count))
			find->found[find->count++] = object_handle(token, i);
	}
}

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
	AUTO_HELD(call) call = {0};

	CHECK(call_enter_session(&call, session));
	slots_refresh(call.instance->slots, FIND_MILLISECONDS);
	if (atomic_load(&call.session->token->is_gone))
		return CKR_SESSION_HANDLE_INVALID;
	CHECK(check_template(template, count));
	if (call.session->find.is_active)
		return CKR_OPERATION_ACTIVE;
	find_all(call.session, template, count);
	return CKR_OK;
}

CK_RV C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG max,
		    CK_ULONG_PTR count)
{
	AUTO_HELD(call) call = {0};
	struct find *find;
	CK_ULONG given;

	CHECK(call_enter_session(&call, session));
	find = &call.session->find;
	if (!find->is_active)
		return CKR_OPERATION_NOT_INITIALIZED;
	if (count == NULL || (objects == NULL && max > 0))
		return CKR_ARGUMENTS_BAD;
	given = find->count - find->next;
	if (given > max)
		given = max;
	if (given > 0)
		memcpy(objects, &find->found[find->next], given * sizeof find->found[0]);
	find->next += given;
	ulong_put(count, given);
	return CKR_OK;
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE session)
{
	AUTO_HELD(call) call = {0};

	CHECK(call_enter_session(&call, session));
	if (!call.session->find.is_active)
		return CKR_OPERATION_NOT_INITIALIZED;
	call.session->find.is_active = false;
	return CKR_OK;
}
