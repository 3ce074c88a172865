/* A user who is refused again and again does not fill the log, and nothing is lost of it. */
#include "tests/unit/daemon/given.h"

#include "vault/daemon/audit_rate.h"

static struct audit_entry given_entry(uint32_t uid)
{
	return (struct audit_entry){
		.uid = uid, .action = AUDIT_LOGIN, .result = ERR_PIN_LOCKED, .pid = 77};
}

static unsigned count_allowed(struct audit_rate *rate, uint32_t uid, unsigned times, int64_t now)
{
	struct audit_entry entry = given_entry(uid);
	unsigned allowed = 0;

	for (unsigned i = 0; i < times; i++)
		allowed += audit_rate_allows(rate, &entry, now);
	return allowed;
}

static void so_many_at_once_and_then_one_in_a_while(void **state)
{
	struct audit_rate rate = {0};

	(void)state;
	assert_int_equal(count_allowed(&rate, 1, 1000, 100), AUDIT_RATE_BURST);
	assert_int_equal(count_allowed(&rate, 1, 1000, 100 + AUDIT_RATE_SECONDS), 1);
	assert_int_equal(count_allowed(&rate, 1, 1000, 100 + 5 * AUDIT_RATE_SECONDS), 4);
	assert_int_equal(count_allowed(&rate, 1, 1000, 100000), AUDIT_RATE_BURST);
}

static void one_users_refusals_leave_anothers_alone(void **state)
{
	struct audit_rate rate = {0};

	(void)state;
	(void)count_allowed(&rate, 1, 1000, 100);
	assert_int_equal(count_allowed(&rate, 2, 10, 100), 10);
}

static void what_was_not_written_is_counted_to_the_last_one(void **state)
{
	struct audit_rate rate = {0};
	struct audit_entry told;

	(void)state;
	(void)count_allowed(&rate, 5, 1000000, 100);
	assert_true(audit_rate_has_counted(&rate));
	assert_false(audit_rate_take(&rate, 100 + AUDIT_RATE_SUMMARY_SECONDS - 1, &told));
	assert_true(audit_rate_take(&rate, 100 + AUDIT_RATE_SUMMARY_SECONDS, &told));
	assert_int_equal(told.action, AUDIT_FURTHER);
	assert_int_equal(told.count, 1000000 - AUDIT_RATE_BURST);
	assert_int_equal(told.uid, 5);
	assert_int_equal(told.pid, 77);
	assert_int_equal(told.result, ERR_PIN_LOCKED);
	assert_false(audit_rate_take(&rate, INT64_MAX, &told));
}

static void more_users_than_places_share_one_and_all_are_counted(void **state)
{
	struct audit_rate rate = {0};
	struct audit_entry told;
	unsigned allowed = 0;
	unsigned counted = 0;

	(void)state;
	for (uint32_t uid = 0; uid < 1000; uid++)
		allowed += count_allowed(&rate, uid, 100, 100);
	assert_int_equal(allowed, AUDIT_RATE_USERS * AUDIT_RATE_BURST);
	while (audit_rate_take(&rate, INT64_MAX, &told))
		counted += told.count;
	assert_int_equal(allowed + counted, 1000 * 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_at_once_and_then_one_in_a_while),
		cmocka_unit_test(one_users_refusals_leave_anothers_alone),
		cmocka_unit_test(what_was_not_written_is_counted_to_the_last_one),
		cmocka_unit_test(more_users_than_places_share_one_and_all_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
