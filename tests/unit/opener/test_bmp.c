/* Names in BMPString become text, and text becomes BMPString. */
#include "tests/unit/opener/given.h"

#include "vault/opener/bmp.h"

static void assert_text(const void *bmp, size_t size, size_t size_max, const char *expected)
{
	AUTO_TEXT text = NULL;

	assert_int_equal(bmp_to_text(bmp, size, size_max, &text), ERR_OK);
	assert_string_equal(text, expected);
}

static void characters_and_surrogate_pairs_become_text(void **state)
{
	(void)state;
	assert_text("\x00k\x53\xF8\xD8\x42\xDF\xB7", 8, 100, "k司𠮷");
	assert_text("", 0, 100, "");
}

static void half_pairs_and_odd_bytes_do_no_harm(void **state)
{
	(void)state;
	assert_text("\xD8\x42", 2, 100, "\xEF\xBF\xBD");
	assert_text("\xDF\xB7\x00k", 4, 100, "\xEF\xBF\xBDk");
	assert_text("\xD8\x42\x00k", 4, 100, "\xEF\xBF\xBDk");
	assert_text("\x00k\x00", 3, 100, "k");
}

static void text_ends_at_a_nul_and_at_its_limit(void **state)
{
	(void)state;
	assert_text("\x00k\x00\x00\x00x", 6, 100, "k");
	assert_text("\x53\xF8\x53\xF8\x53\xF8", 6, 7, "司司");
}

static void utf8_bytes_written_as_characters_are_mended(void **state)
{
	(void)state;
	assert_text("\x00\xE5\x00\x8F\x00\xB8", 6, 100, "司");
	assert_text("\x00\xE9", 2, 100, "é"); /* no UTF-8: it was the character */
}

static void text_becomes_bmp_and_back(void **state)
{
	const char text[] = "k司𠮷";
	uint8_t bmp[2 * sizeof text];
	size_t size = bmp_of_text(text, strlen(text), bmp);

	(void)state;
	assert_int_equal(size, 8);
	assert_text(bmp, size, 100, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_and_surrogate_pairs_become_text),
		cmocka_unit_test(half_pairs_and_odd_bytes_do_no_harm),
		cmocka_unit_test(text_ends_at_a_nul_and_at_its_limit),
		cmocka_unit_test(utf8_bytes_written_as_characters_are_mended),
		cmocka_unit_test(text_becomes_bmp_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
