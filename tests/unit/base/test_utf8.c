/* Text from strangers is checked, cut at characters and made safe to show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vault/base/utf8.h"

static void only_proper_utf8_is_valid(void **state)
{
	(void)state;
	assert_true(
		utf8_is_valid("司法書士 \xF0\xA0\xAE\xB7", strlen("司法書士 \xF0\xA0\xAE\xB7")));
	assert_false(utf8_is_valid("\xC0\xAF", 2));         /* overlong "/" */
	assert_false(utf8_is_valid("\xED\xA0\x80", 3));     /* a surrogate */
	assert_false(utf8_is_valid("\xF4\x90\x80\x80", 4)); /* above U+10FFFF */
	assert_false(utf8_is_valid("\xE5\x8F", 2));         /* cut short */
}

static void a_name_is_never_cut_inside_a_character(void **state)
{
	(void)state;
	assert_int_equal(utf8_cut("金庫", 3), 3);
	assert_int_equal(utf8_cut("金庫", 4), 3);
	assert_int_equal(utf8_cut("金庫", 100), 6);
}

static void control_and_bidi_characters_become_visible(void **state)
{
	char *safe = NULL;

	(void)state;
	assert_int_equal(utf8_escape("a\x1B[2Jb\xE2\x80\xAEgpj\n\xFF", &safe), ERR_OK);
	assert_string_equal(safe, "a\\u{001B}[2Jb\\u{202E}gpj\\u{000A}\\xFF");
	free(safe);
}

static void every_character_survives_writing_and_reading(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x10FFFF; c++) {
		char text[4];
		size_t size = utf8_put(c, text);
		size_t taken = 0;
		bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;
		assert_true(utf8_is_valid(text, size));
		assert_int_equal(utf8_next(text, size, &taken), is_surrogate ? 0xFFFD : c);
		assert_int_equal(taken, size);
	}
}

static void a_byte_that_is_no_character_takes_one_byte(void **state)
{
	size_t taken = 0;

	(void)state;
	assert_int_equal(utf8_next("\xE5\x8F", 2, &taken), 0xFFFD);
	assert_int_equal(taken, 1);
	assert_int_equal(utf8_next("\x80", 1, &taken), 0xFFFD);
	assert_int_equal(taken, 1);
}

static void japanese_is_shown_as_it_is(void **state)
{
	char *safe = NULL;

	(void)state;
	assert_int_equal(utf8_escape("司法　太郎 𠮷 \\ %s", &safe), ERR_OK);
	assert_string_equal(safe, "司法　太郎 𠮷 \\ %s");
	free(safe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_proper_utf8_is_valid),
		cmocka_unit_test(a_name_is_never_cut_inside_a_character),
		cmocka_unit_test(control_and_bidi_characters_become_visible),
		cmocka_unit_test(every_character_survives_writing_and_reading),
		cmocka_unit_test(a_byte_that_is_no_character_takes_one_byte),
		cmocka_unit_test(japanese_is_shown_as_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
