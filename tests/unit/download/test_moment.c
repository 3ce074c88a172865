/* The server's dates are read as RFC 3339 says, and nothing else is taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tool/download/moment.h"
#include "vault/base/own.h"

static void dates_of_every_form_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} right[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-11-24T23:20:04Z", 1795562404},
		{"2026-11-25T08:20:04+09:00", 1795562404},
		{"2026-11-24T20:50:04.123456-02:30", 1795562404},
		{"2024-02-29t23:59:59z", 1709251199},
		{"2016-12-31T23:59:60Z", 1483228800},
	};
	int64_t seconds = -1;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(right); i++) {
		assert_true(download_moment_parse(right[i].text, &seconds));
		assert_int_equal(seconds, right[i].seconds);
	}
}

static void what_is_no_moment_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"2026-11-24",
		"2026-11-24T23:20:04",
		"2026-11-24 23:20:04Z",
		"2026-11-24T23:20Z",
		"2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-02-29T00:00:00Z",
		"2026-04-31T00:00:00Z",
		"2026-11-24T24:00:00Z",
		"2026-11-24T23:60:00Z",
		"2026-11-24T23:20:04.Z",
		"2026-11-24T23:20:04+0900",
		"2026-11-24T23:20:04+24:00",
		"2026-11-24T23:20:04Zx",
		"+026-11-24T23:20:04Z",
		"0000-11-24T23:20:04Z",
	};
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_false(download_moment_parse(wrong[i], &seconds));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_of_every_form_are_read),
		cmocka_unit_test(what_is_no_moment_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
