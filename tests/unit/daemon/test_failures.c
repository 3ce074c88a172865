/* Who fails too often waits; who succeeds never does, and nobody waits for another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vault/daemon/failures.h"

enum { TARO = 1001, HANAKO = 1002, NOW = 5000 };

static void fail_often(struct failures *failures, uid_t uid, unsigned count, int64_t now)
{
	for (unsigned i = 0; i < count; i++) {
		assert_true(failures_begin(failures, uid, now));
		failures_end(failures, uid, true);
	}
}

static void so_many_failures_are_free_then_one_in_a_while(void **state)
{
	struct failures failures;

	(void)state;
	failures_init(&failures);
	fail_often(&failures, TARO, FAILURES_AT_ONCE, NOW);
	assert_false(failures_begin(&failures, TARO, NOW));
	assert_false(failures_begin(&failures, TARO, NOW + FAILURES_SECONDS - 1));
	fail_often(&failures, TARO, 1, NOW + FAILURES_SECONDS);
	assert_false(failures_begin(&failures, TARO, NOW + FAILURES_SECONDS));
	fail_often(&failures, TARO, FAILURES_AT_ONCE, NOW + 1000 * FAILURES_SECONDS);
	failures_clear(&failures);
}

static void success_costs_nothing(void **state)
{
	struct failures failures;

	(void)state;
	failures_init(&failures);
	fail_often(&failures, TARO, FAILURES_AT_ONCE - 1, NOW);
	for (unsigned i = 0; i < 1000; i++) {
		assert_true(failures_begin(&failures, TARO, NOW));
		failures_end(&failures, TARO, false);
	}
	fail_often(&failures, TARO, 1, NOW);
	assert_false(failures_begin(&failures, TARO, NOW));
	failures_clear(&failures);
}

static void tries_side_by_side_are_not_more(void **state)
{
	struct failures failures;

	(void)state;
	failures_init(&failures);
	for (unsigned i = 0; i < FAILURES_AT_ONCE; i++)
		assert_true(failures_begin(&failures, TARO, NOW));
	assert_false(failures_begin(&failures, TARO, NOW));
	failures_clear(&failures);
}

static void nobody_waits_for_another(void **state)
{
	struct failures failures;

	(void)state;
	failures_init(&failures);
	fail_often(&failures, TARO, FAILURES_AT_ONCE, NOW);
	assert_false(failures_begin(&failures, TARO, NOW));
	fail_often(&failures, HANAKO, FAILURES_AT_ONCE, NOW);
	failures_clear(&failures);
}

static void users_without_number_share_the_last_place(void **state)
{
	struct failures failures;

	(void)state;
	failures_init(&failures);
	for (uid_t uid = 0; uid < FAILURES_USERS; uid++)
		fail_often(&failures, uid, 1, NOW);
	fail_often(&failures, 5000, FAILURES_AT_ONCE - 1, NOW);
	assert_false(failures_begin(&failures, 5001, NOW));
	assert_true(failures_begin(&failures, 1, NOW));
	failures_clear(&failures);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_failures_are_free_then_one_in_a_while),
		cmocka_unit_test(success_costs_nothing),
		cmocka_unit_test(tries_side_by_side_are_not_more),
		cmocka_unit_test(nobody_waits_for_another),
		cmocka_unit_test(users_without_number_share_the_last_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
