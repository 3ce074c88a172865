/* answer_general.c - C_Initialize, C_Finalize, C_GetInfo.
 *
 * C_Initialize asks nothing of anybody: desktop programs load every module at their start, and
 * must not wait for a vault that they may never use.
 */
#include "tool/pkcs11/interface.h"

#include "tool/pkcs11/call.h"
#include "tool/pkcs11/padded.h"

/* The standard's structure ends with one reserved pointer; the header's goes on, for the use of
 * NSS's own modules, and what stands there may not be there at all. */
struct standard_arguments {
	CK_CREATEMUTEX create;
	CK_DESTROYMUTEX destroy;
	CK_LOCKMUTEX lock;
	CK_UNLOCKMUTEX unlock;
	CK_FLAGS flags;
	void *reserved;
};

/* The module locks by itself; a program that insists on its own locks cannot use it. */
static CK_RV check_arguments(const void *from)
{
	struct standard_arguments given;
	int functions;

	if (from == NULL)
		return CKR_OK;
	memcpy(&given, from, sizeof given);
	functions = (given.create != NULL) + (given.destroy != NULL) + (given.lock != NULL) +
		    (given.unlock != NULL);
	if (given.reserved != NULL || (functions != 0 && functions != 4))
		return CKR_ARGUMENTS_BAD;
	return functions == 4 && (given.flags & CKF_OS_LOCKING_OK) == 0 ? CKR_CANT_LOCK : CKR_OK;
}

CK_RV C_Initialize(CK_VOID_PTR arguments)
{
	CHECK(check_arguments(arguments));
	return instance_begin();
}

CK_RV C_Finalize(CK_VOID_PTR reserved)
{
	struct instance *instance;

	if (reserved == NULL)
		return instance_end();
	instance = instance_enter();
	instance_leave(instance);
	return instance == NULL ? CKR_CRYPTOKI_NOT_INITIALIZED : CKR_ARGUMENTS_BAD;
}

static CK_RV get_info(CK_INFO_PTR info, CK_VERSION version)
{
	AUTO_HELD(call) call = {0};
	CK_INFO made = {.cryptokiVersion = version, .libraryVersion = {0, 1}};

	CHECK(call_enter(&call));
	if (info == NULL)
		return CKR_ARGUMENTS_BAD;
	padded(made.manufacturerID, sizeof made.manufacturerID, "Kinko");
	padded(made.libraryDescription, sizeof made.libraryDescription, "Kinko vault");
	memcpy(info, &made, sizeof made);
	return CKR_OK;
}

CK_RV C_GetInfo_2(CK_INFO_PTR info)
{
	return get_info(info, (CK_VERSION){2, 40});
}

CK_RV C_GetInfo_3(CK_INFO_PTR info)
{
	return get_info(info, (CK_VERSION){3, 0});
}
