/* main.c - the module's three doors: the only names that kinko-pkcs11.so shows. They work before
 * C_Initialize and touch nothing that changes.
 */
#include "tool/pkcs11/interface.h"

#include <stddef.h>

#include "vault/base/own.h"

#define SINCE_2_IN_2(name) .name = (name),
#define SINCE_3_IN_2(name)
#define OFFERED(name, since)                             since##_IN_2(name)
#define VERSIONED(name)                                  .name = name##_2,
#define REFUSED(name, since, result, checked, arguments) since##_IN_2(name)
static CK_FUNCTION_LIST functions_2_40 = {
	.version = {2, 40},
#include "tool/pkcs11/functions.def"
};
#undef OFFERED
#undef VERSIONED
#undef REFUSED

#define OFFERED(name, since)                             .name = (name),
#define VERSIONED(name)                                  .name = name##_3,
#define REFUSED(name, since, result, checked, arguments) .name = (name),
static CK_FUNCTION_LIST_3_0 functions_3_0 = {
	.version = {3, 0},
#include "tool/pkcs11/functions.def"
};

/* The newest first: it is what a program gets that asks for none in particular. No flag: after a
 * fork, the child begins with C_Initialize. */
static CK_UTF8CHAR standard_name[] = "PKCS 11";
static CK_INTERFACE interfaces[] = {
	{(CK_CHAR *)standard_name, &functions_3_0, 0},
	{(CK_CHAR *)standard_name, &functions_2_40, 0},
};

#define SHOWN __attribute__((visibility("default")))

SHOWN CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
	CK_FUNCTION_LIST *given = &functions_2_40;

	if (list == NULL)
		return CKR_ARGUMENTS_BAD;
	memcpy(list, &given, sizeof(void *));
	return CKR_OK;
}

SHOWN CK_RV C_GetInterfaceList(CK_INTERFACE_PTR list, CK_ULONG_PTR count)
{
	CK_ULONG room;

	if (count == NULL)
		return CKR_ARGUMENTS_BAD;
	room = ulong_get(count);
	ulong_put(count, COUNT_OF(interfaces));
	if (list == NULL)
		return CKR_OK;
	if (room < COUNT_OF(interfaces))
		return CKR_BUFFER_TOO_SMALL;
	memcpy(list, interfaces, sizeof interfaces);
	return CKR_OK;
}

/* Every function list begins with its version. */
static int is_wanted(const CK_INTERFACE *interface, const CK_UTF8CHAR *name,
		     const CK_VERSION *version, CK_FLAGS flags)
{
	const CK_VERSION *offered = interface->pFunctionList;

	return (name == NULL || strcmp((const char *)name, (const char *)standard_name) == 0) &&
	       (version == NULL ||
		(version->major == offered->major && version->minor == offered->minor)) &&
	       (flags & ~interface->flags) == 0;
}

SHOWN CK_RV C_GetInterface(CK_UTF8CHAR_PTR name, CK_VERSION_PTR version,
			   CK_INTERFACE_PTR_PTR interface, CK_FLAGS flags)
{
	if (interface == NULL)
		return CKR_ARGUMENTS_BAD;
	for (size_t i = 0; i < COUNT_OF(interfaces); i++) {
		CK_INTERFACE *found = &interfaces[i];
		if (!is_wanted(found, name, version, flags))
			continue;
		memcpy(interface, &found, sizeof(void *));
		return CKR_OK;
	}
	return CKR_ARGUMENTS_BAD;
}
