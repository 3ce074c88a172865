/* module_protocol.c - how operations begin, go on and end: the question of the size, a buffer that
 * is too small, one part and many, a second operation, cancelling, and what ends with an error.
 */
#include <stdint.h>
#include <string.h>

#include "module_try.h"

enum { SIZE_MAX_EXPECTED = 1024 };

struct parties {
	CK_FUNCTION_LIST_3_0 *module;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE private_key, public_key;
};

static CK_BYTE text[] = "what is signed, digested and verified";
static CK_MECHANISM sign_mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
static CK_MECHANISM digest_mechanism = {CKM_SHA256, NULL, 0};

static void begin(const struct parties *with)
{
	EXPECT(with->module->C_SignInit(with->session, &sign_mechanism, with->private_key) ==
	       CKR_OK);
}

/* The same answers for the one-shot and for the last part. */
typedef CK_RV finisher(const struct parties *with, CK_BYTE *out, CK_ULONG *size);

static CK_RV sign(const struct parties *with, CK_BYTE *out, CK_ULONG *size)
{
	return with->module->C_Sign(with->session, text, sizeof text, out, size);
}

static CK_RV sign_final(const struct parties *with, CK_BYTE *out, CK_ULONG *size)
{
	return with->module->C_SignFinal(with->session, out, size);
}

static CK_RV digest(const struct parties *with, CK_BYTE *out, CK_ULONG *size)
{
	return with->module->C_Digest(with->session, text, sizeof text, out, size);
}

static CK_RV digest_final(const struct parties *with, CK_BYTE *out, CK_ULONG *size)
{
	return with->module->C_DigestFinal(with->session, out, size);
}

/* NULL asks for the size, too little room says it, and neither ends the operation. */
static void check_sizes(const struct parties *with, finisher *finish, CK_ULONG expected,
			CK_BYTE out[SIZE_MAX_EXPECTED])
{
	CK_ULONG size = 0;

	EXPECT(finish(with, NULL, &size) == CKR_OK && size == expected);
	size = expected - 1;
	memset(out, 0xA5, SIZE_MAX_EXPECTED);
	EXPECT(finish(with, out, &size) == CKR_BUFFER_TOO_SMALL && size == expected);
	EXPECT(out[0] == 0xA5);
	size = SIZE_MAX_EXPECTED;
	EXPECT(finish(with, out, &size) == CKR_OK && size == expected);
	EXPECT(out[expected] == 0xA5);
	EXPECT(finish(with, out, &size) == CKR_OPERATION_NOT_INITIALIZED);
}

static void examine_signing(const struct parties *with, CK_ULONG expected)
{
	CK_BYTE once[SIZE_MAX_EXPECTED], parts[SIZE_MAX_EXPECTED];

	begin(with);
	check_sizes(with, sign, expected, once);
	begin(with);
	for (size_t i = 0; i < sizeof text; i++)
		EXPECT(with->module->C_SignUpdate(with->session, &text[i], 1) == CKR_OK);
	EXPECT(sign(with, parts, &(CK_ULONG){sizeof parts}) == CKR_OPERATION_ACTIVE);
	check_sizes(with, sign_final, expected, parts);
	EXPECT(memcmp(once, parts, expected) == 0); /* RSA PKCS#1 v1.5 knows no chance */
	EXPECT(with->module->C_VerifyInit(with->session, &sign_mechanism, with->public_key) ==
	       CKR_OK);
	EXPECT(with->module->C_VerifyUpdate(with->session, text, sizeof text) == CKR_OK);
	EXPECT(with->module->C_VerifyFinal(with->session, once, expected) == CKR_OK);
	EXPECT(with->module->C_VerifyFinal(with->session, once, expected) ==
	       CKR_OPERATION_NOT_INITIALIZED);
}

static void examine_digesting(const struct parties *with)
{
	CK_BYTE once[SIZE_MAX_EXPECTED], parts[SIZE_MAX_EXPECTED];

	EXPECT(with->module->C_DigestInit(with->session, &digest_mechanism) == CKR_OK);
	check_sizes(with, digest, 32, once);
	EXPECT(with->module->C_DigestInit(with->session, &digest_mechanism) == CKR_OK);
	for (size_t i = 0; i < sizeof text; i++)
		EXPECT(with->module->C_DigestUpdate(with->session, &text[i], 1) == CKR_OK);
	check_sizes(with, digest_final, 32, parts);
	EXPECT(memcmp(once, parts, 32) == 0);
}

/* A mistake ends an operation, a question does not; two of a kind cannot be active. */
static void examine_ends(const struct parties *with, CK_ULONG expected)
{
	CK_BYTE out[SIZE_MAX_EXPECTED];
	CK_ULONG size = sizeof out;

	begin(with);
	EXPECT(with->module->C_SignInit(with->session, &sign_mechanism, with->private_key) ==
	       CKR_OPERATION_ACTIVE);
	EXPECT(sign(with, out, NULL) == CKR_ARGUMENTS_BAD);
	EXPECT(sign(with, out, &size) == CKR_OPERATION_NOT_INITIALIZED);
	begin(with);
	EXPECT(with->module->C_SignUpdate(with->session, NULL, 5) == CKR_ARGUMENTS_BAD);
	EXPECT(sign(with, out, &size) == CKR_OPERATION_NOT_INITIALIZED);
	begin(with);
	EXPECT(with->module->C_SignInit(with->session, NULL, 0) == CKR_OK); /* 3.0: cancels */
	begin(with);
	EXPECT(with->module->C_SessionCancel(with->session, CKF_DIGEST) == CKR_OK);
	EXPECT(sign(with, NULL, &size) == CKR_OK && size == expected);
	EXPECT(with->module->C_SessionCancel(with->session, CKF_SIGN) == CKR_OK);
	EXPECT(sign(with, out, &size) == CKR_OPERATION_NOT_INITIALIZED);
	EXPECT(with->module->C_VerifyInit(with->session, &sign_mechanism, with->public_key) ==
	       CKR_OK);
	EXPECT(with->module->C_Verify(with->session, text, sizeof text, out, expected - 1) ==
	       CKR_SIGNATURE_LEN_RANGE);
	EXPECT(with->module->C_Verify(with->session, text, sizeof text, out, expected) ==
	       CKR_OPERATION_NOT_INITIALIZED);
}

/* Each kind of object for what it is not. */
static void examine_keys(const struct parties *with)
{
	CK_OBJECT_HANDLE certificate = module_find(with->module, with->session, CKO_CERTIFICATE);
	CK_MECHANISM other = {CKM_ECDSA, NULL, 0}, surplus = {CKM_SHA256_RSA_PKCS, text, 4};

	EXPECT(with->module->C_SignInit(with->session, &sign_mechanism, with->public_key) ==
	       CKR_KEY_FUNCTION_NOT_PERMITTED);
	EXPECT(with->module->C_SignInit(with->session, &sign_mechanism, certificate) ==
	       CKR_KEY_HANDLE_INVALID);
	EXPECT(with->module->C_VerifyInit(with->session, &sign_mechanism, with->private_key) ==
	       CKR_KEY_FUNCTION_NOT_PERMITTED);
	EXPECT(with->module->C_SignInit(with->session, &other, with->private_key) ==
	       CKR_MECHANISM_INVALID);
	EXPECT(with->module->C_SignInit(with->session, &surplus, with->private_key) ==
	       CKR_MECHANISM_PARAM_INVALID);
	EXPECT(with->module->C_FindObjectsInit(with->session, NULL, 0) == CKR_OK);
	EXPECT(with->module->C_FindObjectsInit(with->session, NULL, 0) == CKR_OPERATION_ACTIVE);
	EXPECT(with->module->C_FindObjectsFinal(with->session) == CKR_OK);
}

/* With an RSA certificate. */
void module_examine_protocol(CK_FUNCTION_LIST_3_0 *module, const char *pin)
{
	struct parties with = {.module = module};
	CK_ULONG expected = 0;

	EXPECT(module->C_Initialize(NULL) == CKR_OK);
	EXPECT(module->C_OpenSession(0, 0, NULL, NULL, &with.session) ==
	       CKR_SESSION_PARALLEL_NOT_SUPPORTED);
	EXPECT(module->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &with.session) == CKR_OK);
	EXPECT(module->C_Login(with.session, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)pin,
			       strlen(pin)) == CKR_OK);
	with.private_key = module_find(module, with.session, CKO_PRIVATE_KEY);
	with.public_key = module_find(module, with.session, CKO_PUBLIC_KEY);
	begin(&with);
	EXPECT(sign(&with, NULL, &expected) == CKR_OK && expected < SIZE_MAX_EXPECTED);
	EXPECT(module->C_SessionCancel(with.session, CKF_SIGN) == CKR_OK);
	examine_signing(&with, expected);
	examine_digesting(&with);
	examine_ends(&with, expected);
	examine_keys(&with);
	EXPECT(module->C_Finalize(NULL) == CKR_OK);
	(void)printf("operations begin, go on and end as the standard says\n");
}
