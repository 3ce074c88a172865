/* module_calls.c - every function of the list in every state with everything a careless or hostile
 * program hands over: no pointer, a pointer that is not aligned, handles of nothing, sizes beyond
 * all memory. Functions are called by their place in the list, their arguments as plain words.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "module_try.h"

enum { ARGUMENTS = 9, BUFFER_SIZE = 16 * 1024 };

typedef CK_RV any_function(CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG,
			   CK_ULONG, CK_ULONG);

static const struct {
	const char *name;
	const char *kinds;
	size_t place;
} calls[] = {
#define CALL(name, kinds) {#name, kinds, offsetof(CK_FUNCTION_LIST_3_0, name)},
#include "module_calls.def"
#undef CALL
};
enum { FUNCTIONS = sizeof calls / sizeof calls[0] };

static CK_RV call(CK_FUNCTION_LIST_3_0 *module, size_t index, const CK_ULONG a[ARGUMENTS])
{
	any_function *function;

	memcpy(&function, (const char *)module + calls[index].place, sizeof function);
	return function(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8]);
}

static bool is_one_of(const char *name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

/* They work before C_Initialize. */
static const char *const doors[] = {"C_Initialize", "C_GetFunctionList", "C_GetInterfaceList",
				    "C_GetInterface", NULL};
/* Their first argument is a slot, or is no handle at all. */
static const char *const of_slots[] = {
	"C_GetSlotInfo", "C_GetTokenInfo", "C_GetMechanismList", "C_GetMechanismInfo",
	"C_InitToken",   "C_OpenSession",  "C_CloseAllSessions", NULL};
static const char *const of_module[] = {"C_Finalize", "C_GetInfo", "C_GetSlotList",
					"C_WaitForSlotEvent", NULL};
/* What may not be called by chance: it ends the module, spends tries, or waits. */
static const char *const left_out[] = {"C_Initialize",       "C_Finalize",         "C_Login",
				       "C_SetPIN",           "C_WaitForSlotEvent", "C_CloseSession",
				       "C_CloseAllSessions", "C_Logout",           NULL};

static bool is_of_session(const char *name)
{
	return !is_one_of(name, doors) && !is_one_of(name, of_module) && !is_one_of(name, of_slots);
}

static void examine_uninitialized(CK_FUNCTION_LIST_3_0 *module)
{
	const CK_ULONG nothing[ARGUMENTS] = {0};

	for (size_t i = 0; i < FUNCTIONS; i++)
		if (!is_one_of(calls[i].name, doors) &&
		    call(module, i, nothing) != CKR_CRYPTOKI_NOT_INITIALIZED)
			module_fail(calls[i].name, 0, "CKR_CRYPTOKI_NOT_INITIALIZED");
}

/* Handles and slots of nothing. */
static void examine_bad_handles(CK_FUNCTION_LIST_3_0 *module, CK_ULONG handle)
{
	const CK_ULONG arguments[ARGUMENTS] = {handle};

	for (size_t i = 0; i < FUNCTIONS; i++) {
		CK_RV wanted = is_one_of(calls[i].name, of_slots) ? CKR_SLOT_ID_INVALID
								  : CKR_SESSION_HANDLE_INVALID;
		if (!is_one_of(calls[i].name, doors) && !is_one_of(calls[i].name, of_module) &&
		    call(module, i, arguments) != wanted)
			module_fail(calls[i].name, 0, module_result(wanted));
	}
}

/* What each function answers to a good session and nothing else: its own complaint, not a crash. */
static void examine_no_arguments(CK_FUNCTION_LIST_3_0 *module, CK_SESSION_HANDLE session)
{
	static const struct {
		const char *name;
		CK_RV result;
	} wanted[] = {
		{"C_GetSessionInfo", CKR_ARGUMENTS_BAD},
		{"C_FindObjectsInit", CKR_OK},
		{"C_FindObjects", CKR_ARGUMENTS_BAD},
		{"C_FindObjectsFinal", CKR_OK},
		{"C_GetAttributeValue", CKR_OBJECT_HANDLE_INVALID},
		{"C_GetObjectSize", CKR_OBJECT_HANDLE_INVALID},
		{"C_SignInit", CKR_ARGUMENTS_BAD},
		{"C_Sign", CKR_OPERATION_NOT_INITIALIZED},
		{"C_SignUpdate", CKR_OPERATION_NOT_INITIALIZED},
		{"C_SignFinal", CKR_OPERATION_NOT_INITIALIZED},
		{"C_VerifyInit", CKR_ARGUMENTS_BAD},
		{"C_Verify", CKR_OPERATION_NOT_INITIALIZED},
		{"C_VerifyUpdate", CKR_OPERATION_NOT_INITIALIZED},
		{"C_VerifyFinal", CKR_OPERATION_NOT_INITIALIZED},
		{"C_DigestInit", CKR_ARGUMENTS_BAD},
		{"C_Digest", CKR_OPERATION_NOT_INITIALIZED},
		{"C_DigestUpdate", CKR_OPERATION_NOT_INITIALIZED},
		{"C_DigestFinal", CKR_OPERATION_NOT_INITIALIZED},
		{"C_DecryptInit", CKR_ARGUMENTS_BAD},
		{"C_Decrypt", CKR_OPERATION_NOT_INITIALIZED},
		{"C_DecryptUpdate", CKR_OPERATION_NOT_INITIALIZED},
		{"C_DecryptFinal", CKR_OPERATION_NOT_INITIALIZED},
		{"C_Login", CKR_USER_TYPE_INVALID}, /* 0 is the security officer */
		{"C_Logout", CKR_USER_NOT_LOGGED_IN},
		{"C_SetPIN", CKR_PIN_LEN_RANGE},
		{"C_SeedRandom", CKR_RANDOM_SEED_NOT_SUPPORTED},
		{"C_GenerateRandom", CKR_OK},
		{"C_SessionCancel", CKR_OK},
		{"C_GetFunctionStatus", CKR_FUNCTION_NOT_PARALLEL},
		{"C_CancelFunction", CKR_FUNCTION_NOT_PARALLEL},
	};
	const CK_ULONG arguments[ARGUMENTS] = {session};

	for (size_t i = 0; i < FUNCTIONS; i++) {
		CK_RV expected = CKR_FUNCTION_NOT_SUPPORTED;
		if (!is_of_session(calls[i].name) || strcmp(calls[i].name, "C_CloseSession") == 0)
			continue;
		for (size_t w = 0; w < sizeof wanted / sizeof wanted[0]; w++)
			if (strcmp(wanted[w].name, calls[i].name) == 0)
				expected = wanted[w].result;
		if (call(module, i, arguments) != expected)
			module_fail(calls[i].name, 0, module_result(expected));
	}
}

/* A generator of its own, so that a run can be repeated. */
static uint32_t next(uint64_t *state)
{
	*state = *state * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)(*state >> 33);
}

/* Numbers: none, small, or beyond all memory. */
static CK_ULONG any_number(uint64_t *state)
{
	const CK_ULONG numbers[] = {0,
				    1,
				    7,
				    32,
				    CKM_SHA256,
				    CKF_SIGN,
				    (CK_ULONG)-1,
				    (CK_ULONG)1 << 63,
				    ((CK_ULONG)1 << 63) + 1};

	return numbers[next(state) % (sizeof numbers / sizeof numbers[0])];
}

/* Pointers: none, or into a buffer, aligned or not. */
static CK_ULONG any_pointer(uint64_t *state, uint8_t *buffer)
{
	uint32_t choice = next(state);

	return choice % 4 == 0 ? 0 : (CK_ULONG)(uintptr_t)(buffer + choice / 4 % 16);
}

static CK_ULONG any_argument(char kind, uint64_t *state, CK_OBJECT_HANDLE object, uint8_t *buffer)
{
	if (kind == 'p')
		return any_pointer(state, buffer);
	return kind == 'h' && next(state) % 4 != 0 ? object : any_number(state);
}

static unsigned examine_anything(CK_FUNCTION_LIST_3_0 *module, CK_SESSION_HANDLE session,
				 unsigned count)
{
	static uint8_t buffer[BUFFER_SIZE];
	CK_OBJECT_HANDLE object = module_find(module, session, CKO_PUBLIC_KEY);
	uint64_t state = 20260101;
	unsigned done = 0;

	while (done < count) {
		size_t index = next(&state) % FUNCTIONS;
		CK_ULONG arguments[ARGUMENTS] = {0};
		if (is_one_of(calls[index].name, left_out))
			continue;
		for (size_t i = 0; calls[index].kinds[i] != '\0'; i++)
			arguments[i] = any_argument(calls[index].kinds[i], &state, object, buffer);
		if (is_of_session(calls[index].name) && next(&state) % 8 != 0)
			arguments[0] = session;
		memset(buffer, 0, sizeof buffer);
		(void)call(module, index, arguments);
		done++;
	}
	return done;
}

void module_examine_calls(CK_FUNCTION_LIST_3_0 *module, const char *pin, unsigned count)
{
	CK_SESSION_HANDLE session;
	unsigned done;

	examine_uninitialized(module);
	EXPECT(module->C_Initialize(NULL) == CKR_OK);
	EXPECT(module->C_Initialize(NULL) == CKR_CRYPTOKI_ALREADY_INITIALIZED);
	examine_bad_handles(module, 7777);
	examine_bad_handles(module, (CK_ULONG)-1);
	EXPECT(module->C_OpenSession(0, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
				     &session) == CKR_OK);
	examine_no_arguments(module, session);
	done = examine_anything(module, session, count / 2);
	EXPECT(module->C_Login(session, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin)) ==
	       CKR_OK);
	done += examine_anything(module, session, count - count / 2);
	EXPECT(module->C_Finalize(NULL) == CKR_OK);
	examine_uninitialized(module);
	(void)printf("%d functions in every state, %u calls with anything\n", (int)FUNCTIONS, done);
}
