/* Every way the server can say no has its own meaning, and garbage has none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "given.h"
#include "tool/download/problem.h"
#include "vault/base/secret.h"

static int start(void **state)
{
	(void)state;
	return secret_init() == ERR_OK ? 0 : -1;
}

static enum err meaning_of(long status, const char *code)
{
	AUTO(reply) reply = given_problem(status, code);

	return problem_of_reply(reply);
}

static void each_code_has_its_meaning(void **state)
{
	(void)state;
	assert_int_equal(meaning_of(401, "id-or-pin-wrong"), ERR_ID_OR_PIN);
	assert_int_equal(meaning_of(403, "id-locked"), ERR_ID_LOCKED);
	assert_int_equal(meaning_of(409, "digest-differs"), ERR_SERVER_OTHER_SAVED);
	assert_int_equal(meaning_of(410, "deleted-after-save"), ERR_DELETED_AFTER_SAVE);
	assert_int_equal(meaning_of(410, "window-expired"), ERR_WINDOW_EXPIRED);
	assert_int_equal(meaning_of(500, "internal"), ERR_SERVER_FAILED);
}

static void a_code_counts_only_with_its_status(void **state)
{
	(void)state;
	assert_int_equal(meaning_of(401, "id-locked"), ERR_SERVER_REPLY);
	assert_int_equal(meaning_of(404, "deleted-after-save"), ERR_SERVER_REPLY);
	assert_int_equal(meaning_of(500, "id-or-pin-wrong"), ERR_SERVER_FAILED);
	assert_int_equal(meaning_of(201, "id-or-pin-wrong"), ERR_SERVER_REPLY);
}

static void every_redirect_is_a_redirect(void **state)
{
	static const long statuses[] = {300, 301, 302, 303, 304, 307, 308, 399};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(statuses); i++)
		assert_int_equal(meaning_of(statuses[i], "id-or-pin-wrong"), ERR_SERVER_REDIRECT);
}

static void a_page_that_is_no_problem_body_is_not_believed(void **state)
{
	static const char *const html[] = {"Content-Type: text/html", NULL};
	static const char *const problem[] = {"Content-Type: application/problem+json", NULL};
	static const char *const bodies[] = {
		"",
		"null",
		"[1]",
		"{\"code\":7}",
		"{\"code\":\"id-locked\"",
		"{\"code\":\"id-locked\",\"code\":\"x\"}",
	};
	AUTO(reply) page = given_reply(403, html, "{\"code\":\"id-locked\"}");

	(void)state;
	assert_int_equal(problem_of_reply(page), ERR_SERVER_REPLY);
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		AUTO(reply) reply = given_reply(403, problem, bodies[i]);
		assert_int_equal(problem_of_reply(reply), ERR_SERVER_REPLY);
	}
}

static void the_server_says_in_its_words_what_it_cannot_do(void **state)
{
	(void)state;
	assert_int_equal(meaning_of(503, "unavailable"), ERR_SERVER_FAILED);
	assert_string_equal(err_detail_text(), "HTTP 503, T");
}

static void a_wish_to_wait_is_told_in_seconds(void **state)
{
	AUTO(reply) reply = given_problem(429, "too-many-requests");

	(void)state;
	reply->wait_seconds = 90;
	assert_int_equal(problem_of_reply(reply), ERR_SERVER_BUSY);
	assert_string_equal(err_detail_text(), "90 s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_code_has_its_meaning),
		cmocka_unit_test(a_code_counts_only_with_its_status),
		cmocka_unit_test(every_redirect_is_a_redirect),
		cmocka_unit_test(a_page_that_is_no_problem_body_is_not_believed),
		cmocka_unit_test(the_server_says_in_its_words_what_it_cannot_do),
		cmocka_unit_test(a_wish_to_wait_is_told_in_seconds),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
