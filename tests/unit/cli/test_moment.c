/* Moments as people write them for --since. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tool/cli/moment.h"

static void a_moment_a_day_and_a_minute_are_understood(void **state)
{
	int64_t at = 0;

	(void)state;
	assert_true(moment_parse("2026-11-24T00:30:00Z", &at));
	assert_int_equal(at, 1795480200);
	assert_true(moment_parse("2026-11-24", &at)); /* the day begins in Japan */
	assert_int_equal(at, 1795446000);
	assert_true(moment_parse("2026-11-24 09:30", &at));
	assert_int_equal(at, 1795480200);
}

static void anything_else_is_not(void **state)
{
	static const char *const texts[] = {"",
					    "yesterday",
					    "2026-13-01",
					    "2026-02-30",
					    "2026-11-24x",
					    "20261124",
					    "2026-11-24T00:30:00",
					    "2026-11-24 25:00",
					    "-5",
					    "1795480200",
					    "2026-11-24T00:30:00+09:00"};
	int64_t at = 7;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_false(moment_parse(texts[i], &at));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moment_a_day_and_a_minute_are_understood),
		cmocka_unit_test(anything_else_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
