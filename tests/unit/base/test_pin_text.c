/* What can be a PIN at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vault/base/pin_text.h"

static void assert_proper(const char *text, size_t size, bool expected)
{
	char copy[PIN_TEXT_MAX + 1];
	AUTO(secret) pin = NULL;

	assert_true(size <= sizeof copy);
	memcpy(copy, text, size);
	assert_int_equal(secret_take(copy, size, &pin), ERR_OK);
	assert_int_equal(pin_text_is_proper(pin), expected);
}

static void a_pin_is_any_text_of_at_most_255_bytes(void **state)
{
	char longest[PIN_TEXT_MAX + 1];

	(void)state;
	memset(longest, 'x', sizeof longest);
	assert_proper("a", 1, true);
	assert_proper("ÄÖÜ 暗証\n", strlen("ÄÖÜ 暗証\n"), true);
	assert_proper(longest, PIN_TEXT_MAX, true);
	assert_proper(longest, PIN_TEXT_MAX + 1, false);
	assert_proper("", 0, false);
	assert_proper("ab\0cd", 5, false);
	assert_proper("abcd", 5, false); /* with its NUL */
	assert_proper("ab\xFF", 3, false);
	assert_proper("\xE6\x9A", 2, false); /* cut inside a character */
	assert_false(pin_text_is_proper(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pin_is_any_text_of_at_most_255_bytes),
	};

	if (secret_init() != ERR_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
