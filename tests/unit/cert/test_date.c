/* Dates read as Japanese offices write them, where people read Japanese. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vault/base/text.h"
#include "vault/cert/fields.h"

static void a_date_reads_in_japanese(void **state)
{
	static const struct {
		int64_t at;
		const char *text;
	} cases[] = {
		{1927637999, "2031年1月31日 23:59:59"},
		{-315619200, "1960年1月1日 09:00:00"},
	};

	(void)state;
	assert_true(text_is_japanese());
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO_TEXT text = NULL;
		assert_int_equal(fields_date(cases[i].at, &text), ERR_OK);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_date_reads_in_japanese),
	};

	/* The language is chosen once per process; no system has generated this locale. */
	(void)unsetenv("LANGUAGE");
	(void)setenv("LC_ALL", "ja_ZZ.UTF-8", 1);
	text_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
