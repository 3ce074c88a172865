/* An answer is bounded while it arrives and means one thing only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "given.h"
#include "tool/download/reply.h"
#include "vault/base/secret.h"

static int start(void **state)
{
	(void)state;
	return secret_init() == ERR_OK ? 0 : -1;
}

static void headers_are_found_in_any_case_and_trimmed(void **state)
{
	static const char *const headers[] = {"cOnTeNt-tYpE: \t Application/PKCS12 ; a=b \t",
					      "Kinko-Ticket:t", "X-Other: y", "no colon", NULL};
	AUTO(reply) reply = given_reply(200, headers, "x");

	(void)state;
	assert_true(reply_is_type(reply, "application/pkcs12"));
	assert_false(reply_is_type(reply, "application/pkcs"));
	assert_string_equal(reply->ticket, "t");
	assert_false(reply->is_ambiguous);
}

static void a_header_that_stands_twice_is_refused(void **state)
{
	static const char *const headers[] = {"Content-Length: 1", "Kinko-Ticket: a",
					      "Kinko-Ticket: b", NULL};
	AUTO(reply) reply = given_reply(200, headers, "x");

	(void)state;
	assert_int_equal(reply_check_form(reply), ERR_SERVER_REPLY);
}

static void an_interim_answer_leaves_nothing_behind(void **state)
{
	static const char *const headers[] = {"Kinko-Ticket: false", "Kinko-Ticket: again",
					      "HTTP/1.1 200 OK",     "Content-Length: 1",
					      "Kinko-Ticket: true",  NULL};
	AUTO(reply) reply = given_reply(200, headers, "x");

	(void)state;
	assert_int_equal(reply_check_form(reply), ERR_OK);
	assert_string_equal(reply->ticket, "true");
}

static void a_body_must_come_as_it_is_and_with_an_announced_end(void **state)
{
	static const char *const zipped[] = {"Content-Length: 1", "Content-Encoding: gzip", NULL};
	static const char *const endless[] = {"Content-Type: application/pkcs12", NULL};
	static const char *const chunked[] = {"Transfer-Encoding: chunked",
					      "Content-Encoding: identity", NULL};
	AUTO(reply) first = given_reply(200, zipped, "x");
	AUTO(reply) second = given_reply(200, endless, "x");
	AUTO(reply) third = given_reply(200, chunked, "x");

	(void)state;
	assert_int_equal(reply_check_form(first), ERR_SERVER_REPLY);
	assert_string_equal(err_detail_text(), "Content-Encoding: gzip");
	assert_int_equal(reply_check_form(second), ERR_SERVER_REPLY);
	assert_int_equal(reply_check_form(third), ERR_OK);
}

static void a_body_above_one_mebibyte_is_cut_off(void **state)
{
	static const char *const headers[] = {NULL};
	AUTO(reply) reply = given_reply(200, headers, "");
	static char piece[64 * 1024];

	(void)state;
	for (size_t i = 0; i < REPLY_BODY_MAX / sizeof piece; i++)
		assert_int_equal(reply_take_body(reply, piece, sizeof piece), ERR_OK);
	assert_int_equal(reply_take_body(reply, piece, 1), ERR_SERVER_TOO_MUCH);
	assert_int_equal(reply->body_size, REPLY_BODY_MAX);
}

static void too_many_or_too_long_headers_are_cut_off(void **state)
{
	static const char *const headers[] = {NULL};
	AUTO(reply) many = given_reply(200, headers, "");
	AUTO(reply) long_ones = given_reply(200, headers, "");
	static char line[9000];
	enum err err = ERR_OK;
	int taken = 1; /* the status line */

	(void)state;
	while (taken < 1000 && reply_take_header(many, "A: b\r\n", 6) == ERR_OK)
		taken++;
	assert_int_equal(taken, REPLY_HEADERS_MAX);
	memset(line, 'a', sizeof line);
	for (int i = 0; i < 4; i++)
		err = reply_take_header(long_ones, line, sizeof line);
	assert_int_equal(err, ERR_SERVER_TOO_MUCH);
}

static void a_value_too_long_or_with_nul_is_refused(void **state)
{
	static const char *const headers[] = {"Content-Length: 1", NULL};
	AUTO(reply) long_one = given_reply(200, headers, "x");
	AUTO(reply) with_nul = given_reply(200, headers, "x");
	char line[REPLY_VALUE_SIZE + 32] = "Kinko-Ticket: ";

	(void)state;
	memset(line + 14, 'a', REPLY_VALUE_SIZE);
	assert_int_equal(reply_take_header(long_one, line, 14 + REPLY_VALUE_SIZE), ERR_OK);
	assert_int_equal(reply_check_form(long_one), ERR_SERVER_REPLY);
	assert_int_equal(reply_take_header(with_nul, "Kinko-Ticket: a\0b\r\n", 19), ERR_OK);
	assert_int_equal(reply_check_form(with_nul), ERR_SERVER_REPLY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_found_in_any_case_and_trimmed),
		cmocka_unit_test(a_header_that_stands_twice_is_refused),
		cmocka_unit_test(an_interim_answer_leaves_nothing_behind),
		cmocka_unit_test(a_body_must_come_as_it_is_and_with_an_announced_end),
		cmocka_unit_test(a_body_above_one_mebibyte_is_cut_off),
		cmocka_unit_test(too_many_or_too_long_headers_are_cut_off),
		cmocka_unit_test(a_value_too_long_or_with_nul_is_refused),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
