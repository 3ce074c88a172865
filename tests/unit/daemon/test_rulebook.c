/* The policy in force, and what reading it again may not do. */
#include "tests/unit/daemon/given.h"

#include <stdio.h>
#include <unistd.h>

static bool lists(struct given_service *given)
{
	const struct question question = {
		.action = ACTION_LIST, .uid = GIVEN_UID, .owner = GIVEN_UID};
	struct ruling ruling;

	rulebook_decide(given->service.rulebook, &question, &ruling);
	return ruling.is_allowed;
}

static void remove_policy(struct given_service *given)
{
	char path[128];

	(void)snprintf(path, sizeof path, "%s/policy.conf", given->where->path);
	assert_int_equal(unlink(path), 0);
}

static void a_file_that_is_gone_leaves_the_policy_in_force(void **state)
{
	struct given_service *given = given_service();

	(void)state;
	given_policy(given, "[vault]\nusers = root\n");
	assert_false(lists(given));
	remove_policy(given);
	assert_int_equal(rulebook_reload(given->service.rulebook), ERR_CONFIG);
	assert_non_null(strstr(err_detail_text(), "policy.conf"));
	assert_false(lists(given));
	/* Once more: it is not forgotten that there was one. */
	assert_int_equal(rulebook_reload(given->service.rulebook), ERR_CONFIG);
	assert_false(lists(given));
	given_policy(given, "");
	assert_true(lists(given));
	given_service_gone(given);
}

static void a_file_that_never_was_is_no_mistake(void **state)
{
	struct given_service *given = given_service();

	(void)state;
	assert_true(lists(given));
	assert_int_equal(rulebook_reload(given->service.rulebook), ERR_OK);
	assert_true(lists(given));
	given_service_gone(given);
}

static int once(void **state)
{
	(void)state;
	given_process();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_is_gone_leaves_the_policy_in_force),
		cmocka_unit_test(a_file_that_never_was_is_no_mistake),
	};

	return cmocka_run_group_tests(tests, once, NULL);
}
