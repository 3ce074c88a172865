/* A busy server is asked again, but not often, not early and not for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "given.h"
#include "tool/download/retry.h"
#include "vault/base/secret.h"

static const struct download_limits limits = {
	.tries = 4, .first_wait_ms = 1000, .wait_max_ms = 30000};

static int start(void **state)
{
	(void)state;
	return secret_init() == ERR_OK ? 0 : -1;
}

static bool decide(long status, long wait_seconds, unsigned tries_done, uint32_t random,
		   unsigned *out_wait_ms)
{
	AUTO(reply) reply = given_problem(status, "any");

	reply->wait_seconds = wait_seconds;
	return retry_decide(&limits, reply, tries_done, random, out_wait_ms);
}

static void only_what_passes_is_asked_again(void **state)
{
	static const long final[] = {200, 301, 400, 401, 403, 404, 409, 410, 501, 505};
	static const long passing[] = {429, 500, 502, 503, 504};
	unsigned wait_ms;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(final); i++)
		assert_false(decide(final[i], 0, 1, 0, &wait_ms));
	for (size_t i = 0; i < COUNT_OF(passing); i++)
		assert_true(decide(passing[i], 0, 1, 0, &wait_ms));
}

static void the_number_of_tries_has_an_end(void **state)
{
	unsigned wait_ms;

	(void)state;
	assert_true(decide(503, 0, 3, 0, &wait_ms));
	assert_false(decide(503, 0, 4, 0, &wait_ms));
}

static void waits_double_and_are_spread(void **state)
{
	unsigned wait_ms = 0;

	(void)state;
	assert_true(decide(503, 0, 1, 0, &wait_ms));
	assert_int_equal(wait_ms, 1000);
	assert_true(decide(503, 0, 3, 0, &wait_ms));
	assert_int_equal(wait_ms, 4000);
	assert_true(decide(503, 0, 3, UINT32_MAX, &wait_ms));
	assert_in_range(wait_ms, 5900, 6000);
}

static void the_servers_wish_is_obeyed_up_to_a_limit(void **state)
{
	unsigned wait_ms = 0;

	(void)state;
	assert_true(decide(429, 7, 1, 0, &wait_ms));
	assert_int_equal(wait_ms, 7000);
	assert_true(decide(429, 30, 1, 0, &wait_ms));
	assert_false(decide(429, 31, 1, 0, &wait_ms));
	assert_false(decide(429, 1000000000, 1, 0, &wait_ms));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_passes_is_asked_again),
		cmocka_unit_test(the_number_of_tries_has_an_end),
		cmocka_unit_test(waits_double_and_are_spread),
		cmocka_unit_test(the_servers_wish_is_obeyed_up_to_a_limit),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
