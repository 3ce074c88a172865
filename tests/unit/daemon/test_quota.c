/* Nobody gets more than a share, and all together no more than there is. */
#include "tests/unit/daemon/given.h"

#include <pthread.h>

#include "vault/daemon/quota.h"

static struct quota *given_quota(size_t per_user, size_t in_all)
{
	struct quota *quota = NULL;

	assert_int_equal(quota_new(per_user, in_all, &quota), ERR_OK);
	return quota;
}

static void one_user_cannot_take_more_than_a_share(void **state)
{
	AUTO(quota) quota = given_quota(2, 10);

	(void)state;
	assert_true(quota_take(quota, 1));
	assert_true(quota_take(quota, 1));
	assert_false(quota_take(quota, 1));
	assert_true(quota_take(quota, 2));
	assert_int_equal(quota_taken(quota, 1), 2);
	quota_give(quota, 1);
	assert_true(quota_take(quota, 1));
}

static void all_together_cannot_take_more_than_there_is(void **state)
{
	AUTO(quota) quota = given_quota(1, 3);

	(void)state;
	for (uid_t uid = 0; uid < 3; uid++)
		assert_true(quota_take(quota, uid));
	assert_false(quota_take(quota, 3));
	quota_give(quota, 1);
	assert_true(quota_take(quota, 3));
	assert_int_equal(quota_taken(quota, 1), 0);
}

static void waiting_ends_after_its_time(void **state)
{
	AUTO(quota) quota = given_quota(1, 1);

	(void)state;
	assert_true(quota_wait(quota, 1, 10));
	assert_false(quota_wait(quota, 2, 10));
}

struct turn {
	struct quota *quota;
	uid_t uid;
	unsigned running;
	unsigned most;
	pthread_mutex_t lock;
};

static void *take_turns(void *context)
{
	struct turn *turn = context;

	for (unsigned i = 0; i < 200; i++) {
		assert_true(quota_wait(turn->quota, turn->uid, 10000));
		(void)pthread_mutex_lock(&turn->lock);
		if (++turn->running > turn->most)
			turn->most = turn->running;
		(void)pthread_mutex_unlock(&turn->lock);
		(void)pthread_mutex_lock(&turn->lock);
		turn->running--;
		(void)pthread_mutex_unlock(&turn->lock);
		quota_give(turn->quota, turn->uid);
	}
	return NULL;
}

static void threads_take_turns(void **state)
{
	AUTO(quota) quota = given_quota(2, 2);
	struct turn turn = {.quota = quota, .uid = 7, .lock = PTHREAD_MUTEX_INITIALIZER};
	pthread_t threads[6];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_turns, &turn), 0);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_in_range(turn.most, 1, 2);
	assert_int_equal(quota_taken(quota, 7), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_user_cannot_take_more_than_a_share),
		cmocka_unit_test(all_together_cannot_take_more_than_there_is),
		cmocka_unit_test(waiting_ends_after_its_time),
		cmocka_unit_test(threads_take_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
