/* module_try.h - a program that uses the module as any other would: loaded by name, every call
 * through its function list. Flow tests give it lines to do (module_try.c) or have it run a whole
 * examination.
 */
#pragma once

#include <nss/pkcs11.h>
#include <stdbool.h>
#include <stdio.h>

/* The 3.0 list of the module at `path`; ends the program when there is none. */
CK_FUNCTION_LIST_3_0 *module_load(const char *path);

/* "CKR_OK", ... */
const char *module_result(CK_RV result);

/* Ends the program with a line that says what was expected. */
#define EXPECT(condition)                                            \
	do {                                                         \
		if (!(condition))                                    \
			module_fail(__FILE__, __LINE__, #condition); \
	} while (0)
_Noreturn void module_fail(const char *file, int line, const char *condition);

/* The first object of a class in the session's token; 0: none. */
CK_OBJECT_HANDLE module_find(CK_FUNCTION_LIST_3_0 *module, CK_SESSION_HANDLE session,
			     CK_OBJECT_CLASS class);

/* Whole examinations; each prints one line with its figures. */
void module_examine_calls(CK_FUNCTION_LIST_3_0 *module, const char *pin, unsigned count);
void module_examine_protocol(CK_FUNCTION_LIST_3_0 *module, const char *pin);
void module_examine_attributes(CK_FUNCTION_LIST_3_0 *module, const char *pin);
void module_examine_threads(CK_FUNCTION_LIST_3_0 *module, const char *pin, unsigned threads,
			    unsigned signatures);
void module_examine_ends(CK_FUNCTION_LIST_3_0 *module, const char *pin, unsigned rounds);
