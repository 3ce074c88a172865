/* Nobody is slowed down by others, and nobody gets more than a share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/server/rate.h"
#include "vault/base/secret.h"

static int start(void **state)
{
	if (secret_init() != ERR_OK || rate_new((struct rate **)state) != ERR_OK)
		return -1;
	return 0;
}

static int end(void **state)
{
	rate_free(*state);
	return 0;
}

static void a_burst_ends_and_time_heals(void **state)
{
	int passed = 0;

	while (passed < 1000 && rate_ask(*state, "1", 0) == 0)
		passed++;
	assert_int_equal(passed, 40);
	assert_int_equal(rate_ask(*state, "1", 0), 1);
	assert_int_equal(rate_ask(*state, "1", 1000), 0);
	assert_int_not_equal(rate_ask(*state, "1", 1000), 0);
	passed = 0;
	while (passed < 1000 && rate_ask(*state, "1", 1000000) == 0)
		passed++;
	assert_int_equal(passed, 40);
}

static void all_together_have_a_limit_too(void **state)
{
	char id[32];
	int passed = 0;

	for (int i = 0; i < 5000; i++) {
		(void)snprintf(id, sizeof id, "%d", i);
		if (rate_ask(*state, id, 0) == 0)
			passed++;
	}
	assert_int_equal(passed, 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_burst_ends_and_time_heals, start, end),
		cmocka_unit_test_setup_teardown(all_together_have_a_limit_too, start, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
