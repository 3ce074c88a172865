/* Secrets have a size, an end, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "vault/base/secret.h"

static struct secret *given_secret(const char *text)
{
	char copy[64];
	struct secret *secret = NULL;

	memcpy(copy, text, strlen(text));
	assert_int_equal(secret_take(copy, strlen(text), &secret), ERR_OK);
	return secret;
}

static void a_new_secret_is_all_zero(void **state)
{
	static const uint8_t zero[100] = {0};
	AUTO(secret) secret = NULL;

	(void)state;
	assert_int_equal(secret_new(sizeof zero, &secret), ERR_OK);
	assert_int_equal(secret_size(secret), sizeof zero);
	assert_memory_equal(secret_view(secret), zero, sizeof zero);
	assert_ptr_equal(secret_view(secret), secret_bytes(secret));
}

static void taking_over_wipes_the_source(void **state)
{
	static const char zero[4] = {0};
	char pin[] = "1234";
	AUTO(secret) secret = NULL;

	(void)state;
	assert_int_equal(secret_take(pin, 4, &secret), ERR_OK);
	assert_memory_equal(pin, zero, 4);
	assert_memory_equal(secret_view(secret), "1234", 4);
}

static void an_empty_secret_is_a_secret(void **state)
{
	AUTO(secret) empty = NULL;
	AUTO(secret) copy = NULL;
	AUTO(secret) full = given_secret("1");

	(void)state;
	assert_int_equal(secret_new(0, &empty), ERR_OK);
	assert_int_equal(secret_size(empty), 0);
	assert_int_equal(secret_clone(empty, &copy), ERR_OK);
	assert_true(secret_equal(empty, copy));
	assert_false(secret_equal(empty, full));
	assert_non_null(secret_view(empty));
}

static void secrets_are_equal_by_size_and_bytes(void **state)
{
	AUTO(secret) pin = given_secret("1234");
	AUTO(secret) same = given_secret("1234");
	AUTO(secret) other = given_secret("1235");
	AUTO(secret) longer = given_secret("12345");
	AUTO(secret) copy = NULL;

	(void)state;
	assert_int_equal(secret_clone(pin, &copy), ERR_OK);
	assert_true(secret_equal(pin, same));
	assert_true(secret_equal(pin, copy));
	assert_false(secret_equal(pin, other));
	assert_false(secret_equal(pin, longer));
	secret_bytes(copy)[0] ^= 1;
	assert_false(secret_equal(pin, copy));
}

static void no_secret_can_be_dropped_too(void **state)
{
	(void)state;
	secret_free(NULL);
}

static void more_than_there_is_memory_is_refused(void **state)
{
	struct secret *secret = NULL;

	(void)state;
	assert_int_equal(secret_new(SIZE_MAX - 16, &secret), ERR_MEMORY);
	assert_null(secret);
}

static void wiping_leaves_zero(void **state)
{
	static const char zero[5] = {0};
	char half[5] = "half";

	(void)state;
	secret_wipe(half, sizeof half);
	assert_memory_equal(half, zero, sizeof half);
	secret_wipe(NULL, 0);
}

/* The page behind a secret is a wall: a process that reads on dies. (A sanitizer would report
 * and exit instead; a signal is what the kernel sends.) */
static void reading_past_a_secret_ends_the_process(void **state)
{
	AUTO(secret) secret = given_secret("1234");
	volatile const uint8_t *bytes = secret_view(secret);
	int status = 0;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		(void)signal(SIGSEGV, SIG_DFL);
		(void)signal(SIGBUS, SIG_DFL);
		_exit(bytes[4096] != 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_secret_is_all_zero),
		cmocka_unit_test(taking_over_wipes_the_source),
		cmocka_unit_test(an_empty_secret_is_a_secret),
		cmocka_unit_test(secrets_are_equal_by_size_and_bytes),
		cmocka_unit_test(no_secret_can_be_dropped_too),
		cmocka_unit_test(more_than_there_is_memory_is_refused),
		cmocka_unit_test(wiping_leaves_zero),
		cmocka_unit_test(reading_past_a_secret_ends_the_process),
	};
	if (secret_init() != ERR_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
