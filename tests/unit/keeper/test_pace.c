/* test_pace.c - how often an anchor that wears out may be moved. */
#include "tests/unit/keeper/given.h"
#include "vault/keeper/pace.h"

static unsigned taken_at(struct pace *pace, uid_t uid, int64_t now_seconds)
{
	unsigned count = 0;

	while (pace_take(pace, uid, now_seconds)) {
		assert_true(count < 1000);
		count++;
	}
	return count;
}

static void thirty_at_once_then_one_a_minute(void **state)
{
	AUTO(pace) pace = NULL;

	(void)state;
	assert_int_equal(pace_new(&pace), ERR_OK);
	assert_int_equal(taken_at(pace, 1, 1000), 30);
	assert_int_equal(taken_at(pace, 1, 1059), 0);
	assert_int_equal(taken_at(pace, 1, 1060), 1);
	assert_int_equal(taken_at(pace, 1, 1119), 0);
	assert_int_equal(taken_at(pace, 1, 1180), 2);
	assert_int_equal(taken_at(pace, 1, 1180 + 10000 * 60), 30);
}

static void one_user_takes_nothing_from_another(void **state)
{
	AUTO(pace) pace = NULL;

	(void)state;
	assert_int_equal(pace_new(&pace), ERR_OK);
	for (uid_t uid = 0; uid < 100; uid++)
		assert_int_equal(taken_at(pace, uid, 5), 30);
}

static void too_many_users_are_too_many_until_some_have_waited(void **state)
{
	AUTO(pace) pace = NULL;

	(void)state;
	assert_int_equal(pace_new(&pace), ERR_OK);
	for (uid_t uid = 0; uid < PACE_USERS; uid++)
		assert_true(pace_take(pace, uid, 5));
	assert_false(pace_take(pace, PACE_USERS, 5));
	assert_true(pace_take(pace, PACE_USERS, 65));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thirty_at_once_then_one_a_minute),
		cmocka_unit_test(one_user_takes_nothing_from_another),
		cmocka_unit_test(too_many_users_are_too_many_until_some_have_waited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
