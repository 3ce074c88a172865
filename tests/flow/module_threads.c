/* module_threads.c - many threads at once: all sign through one login, and each signature is
 * verified; and the module is ended and begun anew under threads that are using it.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "module_try.h"

enum { THREADS_MAX = 64 };

struct work {
	CK_FUNCTION_LIST_3_0 *module;
	CK_OBJECT_HANDLE private_key, public_key;
	CK_MECHANISM_TYPE mechanism;
	unsigned signatures;
	atomic_uint signed_count;
	atomic_bool is_over;
};

static void sign_and_verify(struct work *work, CK_SESSION_HANDLE session, unsigned round)
{
	CK_MECHANISM mechanism = {work->mechanism, NULL, 0};
	CK_BYTE text[32], signature[1024];
	CK_ULONG size = sizeof signature;

	memset(text, (int)round, sizeof text);
	EXPECT(work->module->C_SignInit(session, &mechanism, work->private_key) == CKR_OK);
	EXPECT(work->module->C_SignUpdate(session, text, sizeof text) == CKR_OK);
	EXPECT(work->module->C_SignFinal(session, signature, &size) == CKR_OK);
	EXPECT(work->module->C_VerifyInit(session, &mechanism, work->public_key) == CKR_OK);
	EXPECT(work->module->C_Verify(session, text, sizeof text, signature, size) == CKR_OK);
	signature[size / 2] ^= 1;
	EXPECT(work->module->C_VerifyInit(session, &mechanism, work->public_key) == CKR_OK);
	EXPECT(work->module->C_Verify(session, text, sizeof text, signature, size) ==
	       CKR_SIGNATURE_INVALID);
	atomic_fetch_add(&work->signed_count, 1);
}

static void *sign_many(void *context)
{
	struct work *work = context;
	CK_SESSION_HANDLE session;
	CK_SLOT_ID slot;
	CK_ULONG count = 1;

	EXPECT(work->module->C_GetSlotList(CK_TRUE, &slot, &count) == CKR_OK);
	EXPECT(work->module->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session) ==
	       CKR_OK);
	for (unsigned i = 0; i < work->signatures; i++)
		sign_and_verify(work, session, i);
	EXPECT(work->module->C_CloseSession(session) == CKR_OK);
	return NULL;
}

static CK_MECHANISM_TYPE mechanism_of_key(CK_FUNCTION_LIST_3_0 *module, CK_SESSION_HANDLE session,
					  CK_OBJECT_HANDLE key)
{
	CK_KEY_TYPE type;
	CK_ATTRIBUTE attribute = {CKA_KEY_TYPE, &type, sizeof type};

	EXPECT(module->C_GetAttributeValue(session, key, &attribute, 1) == CKR_OK);
	return type == CKK_RSA ? CKM_SHA256_RSA_PKCS : CKM_ECDSA_SHA256;
}

static CK_SESSION_HANDLE log_in(CK_FUNCTION_LIST_3_0 *module, const char *pin)
{
	CK_SESSION_HANDLE session;

	EXPECT(module->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session) == CKR_OK);
	EXPECT(module->C_Login(session, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin)) ==
	       CKR_OK);
	return session;
}

void module_examine_threads(CK_FUNCTION_LIST_3_0 *module, const char *pin, unsigned threads,
			    unsigned signatures)
{
	struct work work = {.module = module, .signatures = signatures};
	pthread_t running[THREADS_MAX];
	CK_SESSION_HANDLE session;

	EXPECT(threads <= THREADS_MAX && module->C_Initialize(NULL) == CKR_OK);
	session = log_in(module, pin);
	work.private_key = module_find(module, session, CKO_PRIVATE_KEY);
	work.public_key = module_find(module, session, CKO_PUBLIC_KEY);
	work.mechanism = mechanism_of_key(module, session, work.private_key);
	for (unsigned i = 0; i < threads; i++)
		EXPECT(pthread_create(&running[i], NULL, sign_many, &work) == 0);
	for (unsigned i = 0; i < threads; i++)
		EXPECT(pthread_join(running[i], NULL) == 0);
	EXPECT(module->C_Finalize(NULL) == CKR_OK);
	(void)printf("%u threads, %u signatures verified\n", threads,
		     atomic_load(&work.signed_count));
}

/* The private key, where one is shown just now. */
static CK_OBJECT_HANDLE look_for_key(CK_FUNCTION_LIST_3_0 *module, CK_SESSION_HANDLE session)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
	CK_OBJECT_HANDLE found = CK_INVALID_HANDLE;
	CK_ULONG count = 0;

	(void)module->C_FindObjectsInit(session, &wanted, 1);
	(void)module->C_FindObjects(session, &found, 1, &count);
	(void)module->C_FindObjectsFinal(session);
	return found;
}

/* Uses whatever there is; results do not matter, a crash or a thread that never returns does. */
static void *use_anything(void *context)
{
	struct work *work = context;
	CK_FUNCTION_LIST_3_0 *module = work->module;
	CK_MECHANISM mechanism = {work->mechanism, NULL, 0};

	while (!atomic_load(&work->is_over)) {
		CK_BYTE text[32] = {0}, signature[1024];
		CK_ULONG size = sizeof signature;
		CK_SESSION_HANDLE session = 0;
		(void)module->C_Initialize(NULL);
		(void)module->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session);
		(void)module->C_SignInit(session, &mechanism, look_for_key(module, session));
		if (module->C_Sign(session, text, sizeof text, signature, &size) == CKR_OK)
			atomic_fetch_add(&work->signed_count, 1);
		(void)module->C_CloseSession(session);
	}
	return NULL;
}

static void *wait_for_events(void *context)
{
	struct work *work = context;

	while (!atomic_load(&work->is_over)) {
		CK_SLOT_ID slot;
		(void)work->module->C_WaitForSlotEvent(0, &slot, NULL);
	}
	return NULL;
}

/* C_Finalize while others sign, wait and initialize. */
void module_examine_ends(CK_FUNCTION_LIST_3_0 *module, const char *pin, unsigned rounds)
{
	enum { USERS = 8, ROUNDS_A_LOGIN = 8 };
	struct work work = {.module = module, .mechanism = CKM_SHA256_RSA_PKCS};
	pthread_t running[USERS + 1];
	unsigned ended = 0;

	EXPECT(pthread_create(&running[USERS], NULL, wait_for_events, &work) == 0);
	for (unsigned i = 0; i < USERS; i++)
		EXPECT(pthread_create(&running[i], NULL, use_anything, &work) == 0);
	for (unsigned i = 0; i < rounds; i++) {
		CK_SESSION_HANDLE session = 0;
		(void)module->C_Initialize(NULL);
		(void)module->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session);
		if (i % ROUNDS_A_LOGIN == 0)
			(void)module->C_Login(session, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)pin,
					      strlen(pin));
		(void)usleep(2000);
		ended += module->C_Finalize(NULL) == CKR_OK;
	}
	atomic_store(&work.is_over, true);
	for (unsigned i = 0; i < USERS; i++)
		EXPECT(pthread_join(running[i], NULL) == 0);
	(void)module->C_Finalize(NULL);
	EXPECT(pthread_join(running[USERS], NULL) == 0);
	(void)printf("%u times ended, %u signatures\n", ended, atomic_load(&work.signed_count));
}
