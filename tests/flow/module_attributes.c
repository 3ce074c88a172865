/* module_attributes.c - every attribute that there is, and many that there are not, of every
 * object, and every way to change one: nothing of a private key comes out, nothing changes.
 */
#include <stdint.h>
#include <string.h>

#include "module_try.h"

enum { OBJECTS = 64, VALUE_MAX = 8 * 1024, TYPES_MAX = 8192 };

/* What a private key may never tell. */
static const CK_ATTRIBUTE_TYPE secrets[] = {CKA_VALUE,      CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
					    CKA_PRIME_2,    CKA_EXPONENT_1,       CKA_EXPONENT_2,
					    CKA_COEFFICIENT};
/* What it does tell: as its certificate does, or a constant. */
static const CK_ATTRIBUTE_TYPE told[] = {CKA_CLASS,
					 CKA_TOKEN,
					 CKA_PRIVATE,
					 CKA_LABEL,
					 CKA_MODIFIABLE,
					 CKA_COPYABLE,
					 CKA_DESTROYABLE,
					 CKA_ID,
					 CKA_KEY_TYPE,
					 CKA_SUBJECT,
					 CKA_PUBLIC_KEY_INFO,
					 CKA_START_DATE,
					 CKA_END_DATE,
					 CKA_SIGN,
					 CKA_DECRYPT,
					 CKA_SIGN_RECOVER,
					 CKA_UNWRAP,
					 CKA_DERIVE,
					 CKA_SENSITIVE,
					 CKA_EXTRACTABLE,
					 CKA_ALWAYS_SENSITIVE,
					 CKA_LOCAL,
					 CKA_NEVER_EXTRACTABLE,
					 CKA_KEY_GEN_MECHANISM,
					 CKA_MODULUS,
					 CKA_PUBLIC_EXPONENT,
					 CKA_EC_PARAMS,
					 CKA_WRAP_WITH_TRUSTED,
					 CKA_ALWAYS_AUTHENTICATE};

/* Numbers of attributes: all small ones, arrays, and a part of the vendors' range. */
static size_t all_types(CK_ATTRIBUTE_TYPE types[TYPES_MAX])
{
	size_t count = 0;

	for (CK_ATTRIBUTE_TYPE type = 0; type < 0x700; type++) {
		types[count++] = type;
		types[count++] = type | CKF_ARRAY_ATTRIBUTE;
	}
	for (CK_ATTRIBUTE_TYPE type = 0; type < 0x400; type++) {
		types[count++] = CKA_VENDOR_DEFINED | type;
		types[count++] = CKA_VENDOR_DEFINED | 0x4E534350 | type; /* the range of NSS */
	}
	types[count++] = (CK_ATTRIBUTE_TYPE)-1;
	return count;
}

static bool is_in(CK_ATTRIBUTE_TYPE type, const CK_ATTRIBUTE_TYPE *types, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (types[i] == type)
			return true;
	return false;
}

static CK_OBJECT_CLASS class_of(CK_FUNCTION_LIST_3_0 *module, CK_SESSION_HANDLE session,
				CK_OBJECT_HANDLE object)
{
	CK_OBJECT_CLASS class;
	CK_ATTRIBUTE attribute = {CKA_CLASS, &class, sizeof class};

	EXPECT(module->C_GetAttributeValue(session, object, &attribute, 1) == CKR_OK);
	return class;
}

/* With no buffer, one that is too small and one that is large enough: the same answer, and no byte
 * where there is no value. */
static CK_RV read_one(CK_FUNCTION_LIST_3_0 *module, CK_SESSION_HANDLE session,
		      CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
	static CK_BYTE value[VALUE_MAX];
	CK_ATTRIBUTE asked = {type, NULL, 0}, read = {type, value, sizeof value};
	CK_RV result = module->C_GetAttributeValue(session, object, &asked, 1);

	memset(value, 0xA5, sizeof value);
	EXPECT(module->C_GetAttributeValue(session, object, &read, 1) == result);
	EXPECT(read.ulValueLen == asked.ulValueLen);
	for (size_t i = result == CKR_OK ? read.ulValueLen : 0; i < sizeof value; i++)
		EXPECT(value[i] == 0xA5);
	if (result != CKR_OK) {
		EXPECT(asked.ulValueLen == CK_UNAVAILABLE_INFORMATION);
		return result;
	}
	if (asked.ulValueLen > 0) {
		read = (CK_ATTRIBUTE){type, value, asked.ulValueLen - 1};
		EXPECT(module->C_GetAttributeValue(session, object, &read, 1) ==
		       CKR_BUFFER_TOO_SMALL);
		EXPECT(read.ulValueLen == CK_UNAVAILABLE_INFORMATION);
	}
	return result;
}

static void check_private(CK_ATTRIBUTE_TYPE type, CK_RV result)
{
	if (is_in(type, secrets, sizeof secrets / sizeof secrets[0]))
		EXPECT(result == CKR_ATTRIBUTE_SENSITIVE);
	else if (!is_in(type, told, sizeof told / sizeof told[0]))
		EXPECT(result == CKR_ATTRIBUTE_TYPE_INVALID);
	else
		EXPECT(result == CKR_OK || result == CKR_ATTRIBUTE_TYPE_INVALID);
}

static void check_flag(CK_FUNCTION_LIST_3_0 *module, CK_SESSION_HANDLE session,
		       CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_BBOOL wanted)
{
	CK_BBOOL flag = 2;
	CK_ATTRIBUTE attribute = {type, &flag, sizeof flag};

	EXPECT(module->C_GetAttributeValue(session, object, &attribute, 1) == CKR_OK);
	EXPECT(flag == wanted);
}

static void check_flags(CK_FUNCTION_LIST_3_0 *module, CK_SESSION_HANDLE session,
			CK_OBJECT_HANDLE key)
{
	static const CK_ATTRIBUTE_TYPE never[] = {
		CKA_EXTRACTABLE, CKA_NEVER_EXTRACTABLE, CKA_ALWAYS_SENSITIVE, CKA_MODIFIABLE,
		CKA_COPYABLE,    CKA_DESTROYABLE,       CKA_UNWRAP,           CKA_DERIVE,
		CKA_LOCAL,       CKA_WRAP_WITH_TRUSTED, CKA_SIGN_RECOVER};

	check_flag(module, session, key, CKA_SENSITIVE, CK_TRUE);
	check_flag(module, session, key, CKA_PRIVATE, CK_TRUE);
	check_flag(module, session, key, CKA_TOKEN, CK_TRUE);
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		check_flag(module, session, key, never[i], CK_FALSE);
}

/* Values that a flag or a number might be set to. */
static unsigned try_to_change(CK_FUNCTION_LIST_3_0 *module, CK_SESSION_HANDLE session,
			      CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ULONG number = 0;
	CK_ATTRIBUTE templates[] = {{type, &yes, sizeof yes},
				    {type, &no, sizeof no},
				    {type, &number, sizeof number},
				    {type, NULL, 0}};
	CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
	unsigned count = 0;

	for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++) {
		EXPECT(module->C_SetAttributeValue(session, object, &templates[i], 1) ==
		       CKR_FUNCTION_NOT_SUPPORTED);
		EXPECT(module->C_CopyObject(session, object, &templates[i], 1, &made) ==
		       CKR_FUNCTION_NOT_SUPPORTED);
		EXPECT(made == CK_INVALID_HANDLE);
		count += 2;
	}
	return count;
}

void module_examine_attributes(CK_FUNCTION_LIST_3_0 *module, const char *pin)
{
	static CK_ATTRIBUTE_TYPE types[TYPES_MAX];
	CK_OBJECT_HANDLE objects[OBJECTS];
	CK_SESSION_HANDLE session;
	CK_ULONG count = 0;
	size_t type_count = all_types(types);
	unsigned read = 0, changes = 0, values = 0;

	EXPECT(module->C_Initialize(NULL) == CKR_OK);
	EXPECT(module->C_OpenSession(0, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
				     &session) == CKR_OK);
	EXPECT(module_find(module, session, CKO_PRIVATE_KEY) == CK_INVALID_HANDLE);
	EXPECT(module->C_Login(session, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin)) ==
	       CKR_OK);
	EXPECT(module->C_FindObjectsInit(session, NULL, 0) == CKR_OK);
	EXPECT(module->C_FindObjects(session, objects, OBJECTS, &count) == CKR_OK);
	EXPECT(module->C_FindObjectsFinal(session) == CKR_OK);
	for (CK_ULONG i = 0; i < count; i++) {
		bool is_private = class_of(module, session, objects[i]) == CKO_PRIVATE_KEY;
		for (size_t t = 0; t < type_count; t++) {
			CK_RV result = read_one(module, session, objects[i], types[t]);
			if (is_private)
				check_private(types[t], result);
			changes += try_to_change(module, session, objects[i], types[t]);
			EXPECT(read_one(module, session, objects[i], types[t]) == result);
			values += result == CKR_OK;
			read++;
		}
		if (is_private)
			check_flags(module, session, objects[i]);
		EXPECT(module->C_DestroyObject(session, objects[i]) == CKR_FUNCTION_NOT_SUPPORTED);
	}
	EXPECT(module->C_Finalize(NULL) == CKR_OK);
	(void)printf("%lu objects, %u attributes read, %u with a value, %u changes refused\n",
		     count, read, values, changes);
}
