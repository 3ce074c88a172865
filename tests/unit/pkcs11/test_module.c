/* The module as a file that programs load, where there is no vault at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool/pkcs11/cryptoki.h"
#include "vault/base/own.h"

enum { THREADS = 64, ROUNDS = 200 };

/* In lib/ of the build folder; this program lies in its tests/. */
static void *load(const char *name)
{
	static void *library;
	char path[4096];
	ssize_t size = readlink("/proc/self/exe", path, sizeof path - 64);
	void *symbol;

	assert_true(size > 0);
	path[size] = '\0';
	(void)snprintf(strrchr(path, '/'), 64, "/../lib/kinko-pkcs11.so");
	if (library == NULL)
		library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	assert_non_null(library);
	symbol = dlsym(library, name);
	assert_non_null(symbol);
	return symbol;
}

static CK_FUNCTION_LIST *module(void)
{
	CK_C_GetFunctionList get;
	CK_FUNCTION_LIST *list;

	*(void **)&get = load("C_GetFunctionList");
	assert_int_equal(get(&list), CKR_OK);
	return list;
}

static void both_versions_are_offered_the_newer_first(void **state)
{
	CK_C_GetInterfaceList list;
	CK_C_GetInterface get;
	CK_VERSION version = {2, 40};
	CK_INTERFACE interfaces[4], *found;
	CK_ULONG count = 1;
	CK_UTF8CHAR name[] = "PKCS 11", other[] = "Vendor";

	(void)state;
	*(void **)&list = load("C_GetInterfaceList");
	*(void **)&get = load("C_GetInterface");
	assert_int_equal(list(NULL, NULL), CKR_ARGUMENTS_BAD);
	assert_int_equal(list(interfaces, &count), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(count, 2);
	assert_int_equal(list(interfaces, &count), CKR_OK);
	assert_int_equal(get(NULL, NULL, &found, 0), CKR_OK);
	assert_int_equal(((CK_FUNCTION_LIST *)found->pFunctionList)->version.major, 3);
	assert_int_equal(get(name, &version, &found, 0), CKR_OK);
	assert_ptr_equal(found->pFunctionList, module());
	assert_int_equal(get(other, NULL, &found, 0), CKR_ARGUMENTS_BAD);
	assert_int_equal(get(NULL, NULL, &found, CKF_INTERFACE_FORK_SAFE), CKR_ARGUMENTS_BAD);
	version.major = 4;
	assert_int_equal(get(NULL, &version, &found, 0), CKR_ARGUMENTS_BAD);
}

static void no_function_is_left_out(void **state)
{
	CK_FUNCTION_LIST *list = module();
	void **functions = (void **)&list->C_Initialize;

	(void)state;
	for (size_t i = 0; &functions[i] <= (void **)&list->C_WaitForSlotEvent; i++)
		assert_non_null(functions[i]);
}

static CK_RV any_lock(void *mutex)
{
	(void)mutex;
	return CKR_OK;
}

static CK_RV any_create(void **mutex)
{
	*mutex = NULL;
	return CKR_OK;
}

static void its_arguments_are_checked(void **state)
{
	CK_FUNCTION_LIST *list = module();
	CK_C_INITIALIZE_ARGS none = {.flags = CKF_OS_LOCKING_OK};
	CK_C_INITIALIZE_ARGS own = {any_create, any_lock, any_lock, any_lock, 0, NULL, NULL};
	CK_C_INITIALIZE_ARGS half = {any_create, NULL, any_lock, any_lock, 0, NULL, NULL};
	CK_C_INITIALIZE_ARGS more = {.LibraryParameters = (CK_CHAR_PTR *)&none};

	(void)state;
	assert_int_equal(list->C_Initialize(&half), CKR_ARGUMENTS_BAD);
	assert_int_equal(list->C_Initialize(&more), CKR_ARGUMENTS_BAD);
	assert_int_equal(list->C_Initialize(&own), CKR_CANT_LOCK);
	own.flags = CKF_OS_LOCKING_OK;
	assert_int_equal(list->C_Initialize(&own), CKR_OK);
	assert_int_equal(list->C_Initialize(&none), CKR_CRYPTOKI_ALREADY_INITIALIZED);
	assert_int_equal(list->C_Finalize(&none), CKR_ARGUMENTS_BAD);
	assert_int_equal(list->C_Finalize(NULL), CKR_OK);
	assert_int_equal(list->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
	assert_int_equal(list->C_Finalize(&none), CKR_CRYPTOKI_NOT_INITIALIZED);
}

static void without_a_vault_there_is_a_slot_without_a_token(void **state)
{
	CK_FUNCTION_LIST *list = module();
	CK_SLOT_ID slots[4];
	CK_SESSION_HANDLE session;
	CK_ULONG count = 0;
	CK_SLOT_INFO info;

	(void)state;
	assert_int_equal(list->C_Initialize(NULL), CKR_OK);
	assert_int_equal(list->C_GetSlotList(CK_FALSE, slots, &count), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(count, 1);
	assert_int_equal(list->C_GetSlotList(CK_FALSE, slots, &count), CKR_OK);
	assert_int_equal(slots[0], 0);
	assert_int_equal(list->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	assert_int_equal(count, 0);
	assert_int_equal(list->C_GetSlotInfo(0, &info), CKR_OK);
	assert_int_equal(info.flags, CKF_REMOVABLE_DEVICE);
	assert_int_equal(list->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session),
			 CKR_TOKEN_NOT_PRESENT);
	assert_int_equal(list->C_WaitForSlotEvent(CKF_DONT_BLOCK, slots, NULL), CKR_NO_EVENT);
	assert_int_equal(list->C_Finalize(NULL), CKR_OK);
}

/* What initializing programs do at once must end with nobody hanging and every answer a right one.
 */
static void *begin_and_end(void *context)
{
	atomic_uint *wrong = context;

	for (unsigned i = 0; i < ROUNDS; i++) {
		CK_RV begun = module()->C_Initialize(NULL);
		CK_INFO info;
		CK_RV asked = module()->C_GetInfo(&info);
		CK_RV ended = module()->C_Finalize(NULL);
		if ((begun != CKR_OK && begun != CKR_CRYPTOKI_ALREADY_INITIALIZED) ||
		    (asked != CKR_OK && asked != CKR_CRYPTOKI_NOT_INITIALIZED) ||
		    (ended != CKR_OK && ended != CKR_CRYPTOKI_NOT_INITIALIZED))
			atomic_fetch_add(wrong, 1);
	}
	return NULL;
}

static void many_threads_may_begin_and_end_it(void **state)
{
	pthread_t threads[THREADS];
	atomic_uint wrong = 0;

	(void)state;
	(void)module();
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, begin_and_end, &wrong), 0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&wrong), 0);
	(void)module()->C_Finalize(NULL);
}

#ifdef __SANITIZE_THREAD__
enum { FORKS = 0 };
#else
enum { FORKS = 50 };
#endif

/* A child may be made while another thread is anywhere in the module. */
static void a_child_begins_anew_whatever_threads_were_doing(void **state)
{
	pthread_t thread;
	atomic_uint wrong = 0;

	(void)state;
	if (FORKS == 0) {
		(void)printf(
			"skipped: ThreadSanitizer follows no child of a process with threads\n");
		skip();
	}
	assert_int_equal(pthread_create(&thread, NULL, begin_and_end, &wrong), 0);
	for (int i = 0; i < FORKS; i++) {
		int status;
		pid_t child = fork();
		if (child == 0)
			_exit(module()->C_Finalize(NULL) == CKR_CRYPTOKI_NOT_INITIALIZED &&
					      module()->C_Initialize(NULL) == CKR_OK &&
					      module()->C_Finalize(NULL) == CKR_OK
				      ? 0
				      : 1);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	(void)module()->C_Finalize(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_versions_are_offered_the_newer_first),
		cmocka_unit_test(no_function_is_left_out),
		cmocka_unit_test(its_arguments_are_checked),
		cmocka_unit_test(without_a_vault_there_is_a_slot_without_a_token),
		cmocka_unit_test(many_threads_may_begin_and_end_it),
		cmocka_unit_test(a_child_begins_anew_whatever_threads_were_doing),
	};

	(void)setenv("KINKO_SOCKET", "/nonexistent/vault.sock", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
