/* answer_slots.c - slots, tokens, their mechanisms, and what changes in them. */
#include <stdio.h>

#include "tool/pkcs11/call.h"
#include "tool/pkcs11/padded.h"
#include "vault/base/pin_text.h"

/* How often a program that waits for an event looks at the vault. */
enum { EVENT_MILLISECONDS = 1000 };

CK_RV C_GetSlotList(CK_BBOOL with_token, CK_SLOT_ID_PTR list, CK_ULONG_PTR count)
{
	AUTO_HELD(call) call = {0};
	CK_ULONG number;
	bool fits;

	CHECK(call_enter(&call));
	if (count == NULL)
		return CKR_ARGUMENTS_BAD;
	slots_refresh(call.instance->slots, 0);
	number = ulong_get(count);
	fits = slots_list(call.instance->slots, with_token != CK_FALSE, list, &number);
	ulong_put(count, number);
	return fits || list == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
}

CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info)
{
	AUTO_HELD(call) call = {0};
	CK_SLOT_INFO made = {.flags = CKF_REMOVABLE_DEVICE};
	struct slot_view view;
	char text[sizeof made.slotDescription];

	CHECK(call_enter(&call));
	slots_refresh(call.instance->slots, 0);
	CHECK(slots_view(call.instance->slots, slot, &view));
	if (info == NULL)
		return CKR_ARGUMENTS_BAD;
	if (view.has_token)
		made.flags |= CKF_TOKEN_PRESENT;
	(void)snprintf(text, sizeof text, view.is_single ? "Kinko" : "Kinko %lu", slot);
	padded(made.slotDescription, sizeof made.slotDescription, text);
	padded(made.manufacturerID, sizeof made.manufacturerID, "Kinko");
	memcpy(info, &made, sizeof made);
	return CKR_OK;
}

static void fill_token_info(const struct token *token, CK_TOKEN_INFO *info)
{
	enum { SERIAL_BYTES = sizeof info->serialNumber / 2 };
	char serial[2 * SERIAL_BYTES + 1];

	hex_of(token->id.bytes, SERIAL_BYTES, serial);
	token_label(token, info->label);
	padded(info->manufacturerID, sizeof info->manufacturerID, "Kinko");
	padded(info->model, sizeof info->model, "Kinko vault");
	padded((CK_UTF8CHAR *)info->serialNumber, sizeof info->serialNumber, serial);
	padded((CK_UTF8CHAR *)info->utcTime, sizeof info->utcTime, "");
	info->flags = token_flags(token);
	info->ulMaxSessionCount = CK_EFFECTIVELY_INFINITE;
	info->ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE;
	info->ulSessionCount = atomic_load(&token->session_count);
	info->ulRwSessionCount = atomic_load(&token->writing_session_count);
	info->ulMinPinLen = 1;
	info->ulMaxPinLen = PIN_TEXT_MAX;
	info->ulTotalPublicMemory = info->ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
	info->ulTotalPrivateMemory = info->ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
}

CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
	AUTO_HELD(call) call = {0};
	AUTO(token) token = NULL;
	CK_TOKEN_INFO made = {0};

	CHECK(call_enter(&call));
	slots_refresh(call.instance->slots, 0);
	CHECK(slots_token(call.instance->slots, slot, &token));
	if (info == NULL)
		return CKR_ARGUMENTS_BAD;
	fill_token_info(token, &made);
	memcpy(info, &made, sizeof made);
	return CKR_OK;
}

CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR list, CK_ULONG_PTR count)
{
	AUTO_HELD(call) call = {0};
	AUTO(token) token = NULL;
	struct permission permission;
	const struct mechanism *mechanism;
	CK_ULONG room, number = 0;

	CHECK(call_enter(&call));
	slots_refresh(call.instance->slots, EVENT_MILLISECONDS);
	CHECK(slots_token(call.instance->slots, slot, &token));
	if (count == NULL)
		return CKR_ARGUMENTS_BAD;
	room = ulong_get(count);
	permission = token_permission(token);
	while ((mechanism = mechanism_at(number, &token->key, &permission)) != NULL) {
		if (list != NULL && number < room)
			memcpy(&list[number], &mechanism->type, sizeof mechanism->type);
		number++;
	}
	ulong_put(count, number);
	return list == NULL || number <= room ? CKR_OK : CKR_BUFFER_TOO_SMALL;
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info)
{
	AUTO_HELD(call) call = {0};
	AUTO(token) token = NULL;
	const struct mechanism *mechanism = mechanism_find(type);
	struct permission permission;
	CK_MECHANISM_INFO made;

	CHECK(call_enter(&call));
	slots_refresh(call.instance->slots, EVENT_MILLISECONDS);
	CHECK(slots_token(call.instance->slots, slot, &token));
	permission = token_permission(token);
	if (mechanism == NULL || mechanism_flags(mechanism, &token->key, &permission) == 0)
		return CKR_MECHANISM_INVALID;
	if (info == NULL)
		return CKR_ARGUMENTS_BAD;
	mechanism_info(mechanism, &token->key, &permission, &made);
	memcpy(info, &made, sizeof made);
	return CKR_OK;
}

/* A waiting program is the only one that looks at the vault by itself; C_Finalize ends the wait. */
CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID_PTR slot, CK_VOID_PTR reserved)
{
	AUTO_HELD(call) call = {0};
	CK_SLOT_ID changed;

	CHECK(call_enter(&call));
	if (slot == NULL || reserved != NULL)
		return CKR_ARGUMENTS_BAD;
	slots_refresh(call.instance->slots, 0);
	while (!slots_take_event(call.instance->slots, &changed)) {
		if ((flags & CKF_DONT_BLOCK) != 0)
			return CKR_NO_EVENT;
		if (instance_wait(call.instance, EVENT_MILLISECONDS))
			return CKR_CRYPTOKI_NOT_INITIALIZED;
		slots_refresh(call.instance->slots, 0);
	}
	memcpy(slot, &changed, sizeof changed);
	return CKR_OK;
}
