/* A stick is called what its label says, and no label can harm a screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "usbimport/stick_name.h"

static void assert_name(const char *label, const char *vendor, const char *model,
			const char *expected)
{
	char *name = NULL;

	assert_int_equal(stick_name_make(label, vendor, model, "sdb1", &name), ERR_OK);
	assert_string_equal(name, expected);
	free(name);
}

static void the_label_counts_first(void **state)
{
	(void)state;
	assert_name("KINKO\\x20USB", "Maker", "Model", "KINKO USB");
	assert_name("\xE5\x8E\x9F\xE6\x9C\xAC", "Maker", "Model", "原本");
	assert_name("PADDED\\x20\\x20\\x20", NULL, NULL, "PADDED");
}

static void without_a_label_maker_and_model_name_it_else_the_device(void **state)
{
	(void)state;
	assert_name(NULL, "Kingston\\x20", "DataTraveler\\x203.0", "Kingston DataTraveler 3.0");
	assert_name("\\x20\\x20", NULL, "Only\\x20Model", "Only Model");
	assert_name("", "Maker", "", "Maker");
	assert_name(NULL, NULL, NULL, "sdb1");
}

static void a_fat_label_written_in_japan_is_readable(void **state)
{
	(void)state;
	assert_name("\\x8c\\xb4\\x96{", NULL, NULL, "原本");
}

static void control_characters_and_broken_escapes_do_no_harm(void **state)
{
	(void)state;
	assert_name("a\\x1b[2Jb\\x0a", NULL, NULL, "a\\u{001B}[2Jb\\u{000A}");
	assert_name("\\x", NULL, NULL, "\\x");
	assert_name("\\x4", NULL, NULL, "\\x4");
	assert_name("\\xzz\\x00", NULL, NULL, "\\xzz\\x00");
	assert_name("\\xff\\xfe", NULL, NULL, "\\xFF\\xFE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_label_counts_first),
		cmocka_unit_test(without_a_label_maker_and_model_name_it_else_the_device),
		cmocka_unit_test(a_fat_label_written_in_japan_is_readable),
		cmocka_unit_test(control_characters_and_broken_escapes_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
