/* Requests that may wait: some run, the others queue, and nobody's flood delays another. */
#include "tests/unit/daemon/given.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vault/daemon/slow.h"

static struct given_service *service;

static struct slow_request *given_request(uid_t uid)
{
	const struct sender sender = {.pid = getpid(), .uid = uid};
	struct connection *connection = NULL;
	struct slow_request *request = NULL;

	assert_int_equal(
		connection_new(dup(STDIN_FILENO), given_session(service, uid), &connection),
		ERR_OK);
	assert_int_equal(
		slow_request_new(connection, &sender, (const uint8_t *)"packet", 6, &request),
		ERR_OK);
	connection_release(connection);
	return request;
}

static uid_t uid_of(const struct slow_request *request)
{
	return session_peer(request->connection->session)->uid;
}

static struct slow *given_slow(size_t in_all, size_t per_user)
{
	struct slow *slow = NULL;

	assert_int_equal(slow_new(in_all, per_user, &slow), ERR_OK);
	return slow;
}

static void what_finds_no_place_waits_and_comes_next(void **state)
{
	AUTO(slow) slow = given_slow(1, 1);
	AUTO(slow_request) next = NULL;

	(void)state;
	assert_true(slow_begin(slow, 1));
	assert_false(slow_begin(slow, 1));
	assert_int_equal(slow_wait(slow, given_request(1)), SLOW_WAITS);
	next = slow_end(slow, 1);
	assert_non_null(next);
	assert_memory_equal(secret_view(next->packet), "packet", 6);
	assert_null(slow_end(slow, 1));
}

static void a_place_that_came_free_meanwhile_is_taken_at_once(void **state)
{
	AUTO(slow) slow = given_slow(1, 1);
	AUTO(slow_request) request = given_request(1);

	(void)state;
	assert_true(slow_begin(slow, 1));
	assert_false(slow_begin(slow, 1));
	assert_null(slow_end(slow, 1));
	assert_int_equal(slow_wait(slow, request), SLOW_RUNS);
	assert_null(slow_end(slow, 1));
}

static void the_user_with_the_fewest_running_comes_first(void **state)
{
	AUTO(slow) slow = given_slow(3, 2);
	struct slow_request *next;

	(void)state;
	assert_true(slow_begin(slow, 1));
	assert_true(slow_begin(slow, 1));
	assert_false(slow_begin(slow, 1));
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(slow_wait(slow, given_request(1)), SLOW_WAITS);
	assert_true(slow_begin(slow, 2)); /* user 1 cannot take the last place */
	assert_int_equal(slow_wait(slow, given_request(3)), SLOW_WAITS);
	next = slow_end(slow, 1);
	assert_non_null(next);
	assert_int_equal(uid_of(next), 3);
	slow_request_free(next);
	next = slow_end(slow, 3);
	assert_non_null(next);
	assert_int_equal(uid_of(next), 1);
	slow_request_free(next);
}

struct runner {
	struct slow *slow;
	uid_t uid;
	unsigned done;
	pthread_mutex_t lock;
};

static void count_done(struct runner *runner)
{
	(void)pthread_mutex_lock(&runner->lock);
	runner->done++;
	(void)pthread_mutex_unlock(&runner->lock);
}

/* As a worker of the server does. */
static void *run_requests(void *context)
{
	struct runner *runner = context;

	for (unsigned i = 0; i < 100; i++) {
		struct slow_request *request = given_request(runner->uid);
		uid_t uid = runner->uid;
		enum slow_place place = slow_begin(runner->slow, uid)
						? SLOW_RUNS
						: slow_wait(runner->slow, request);
		if (place == SLOW_WAITS)
			continue;
		assert_int_equal(place, SLOW_RUNS);
		while (request != NULL) {
			uid = uid_of(request);
			slow_request_free(request);
			count_done(runner);
			request = slow_end(runner->slow, uid);
		}
	}
	return NULL;
}

static void no_request_is_ever_forgotten(void **state)
{
	AUTO(slow) slow = given_slow(2, 2);
	struct runner runner = {.slow = slow, .uid = 5, .lock = PTHREAD_MUTEX_INITIALIZER};
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_requests, &runner), 0);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(runner.done, 100 * COUNT_OF(threads));
	assert_true(slow_begin(slow, 5));
}

static int start(void **state)
{
	(void)state;
	given_process();
	service = given_service();
	return 0;
}

static int end(void **state)
{
	(void)state;
	given_service_gone(service);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_finds_no_place_waits_and_comes_next),
		cmocka_unit_test(a_place_that_came_free_meanwhile_is_taken_at_once),
		cmocka_unit_test(the_user_with_the_fewest_running_comes_first),
		cmocka_unit_test(no_request_is_ever_forgotten),
	};
	return cmocka_run_group_tests(tests, start, end);
}
