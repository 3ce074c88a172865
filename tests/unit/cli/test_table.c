/* Columns stand under each other, also in Japanese, and fit the screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "given.h"
#include "tool/cli/table.h"
#include "tool/cli/width.h"

static void a_japanese_character_takes_two_columns(void **state)
{
	(void)state;
	assert_int_equal(width_of("YAMADA"), 6);
	assert_int_equal(width_of("山田 太郎"), 9);
	assert_int_equal(width_of("\xF0\xA0\xAE\xB7"), 2); /* U+20BB7 */
	assert_int_equal(width_of("か\xE3\x82\x99"), 2);   /* a combining voice mark */
}

static void a_text_is_cut_between_characters(void **state)
{
	AUTO_TEXT five = NULL;
	AUTO_TEXT six = NULL;
	AUTO_TEXT whole = NULL;

	(void)state;
	assert_int_equal(width_cut("山田太郎", 5, &five), ERR_OK);
	assert_string_equal(five, "山..");
	assert_int_equal(width_cut("山田太郎", 6, &six), ERR_OK);
	assert_string_equal(six, "山田..");
	assert_int_equal(width_cut("山田太郎", 8, &whole), ERR_OK);
	assert_string_equal(whole, "山田太郎");
}

static void a_line_ends_where_japanese_may_be_broken(void **state)
{
	(void)state;
	assert_int_equal(width_line("one two three", 9), strlen("one two "));
	assert_int_equal(width_line("山田太郎です。", 12),
			 strlen("山田太郎で")); /* not before 。 */
	assert_int_equal(width_line("株式会社（山田）", 10), strlen("株式会社")); /* not after （ */
	assert_int_equal(width_line("/run/kinko/vault.sock", 12), strlen("/run/kinko/"));
	assert_int_equal(width_line("0123456789abcdef", 10), 10);
	assert_int_equal(width_line("金", 1), strlen("金")); /* always a step forward */
	assert_int_equal(width_line("fits", 4), 4);
}

static struct table *given_table(const char *const *cells, size_t count, size_t columns)
{
	struct table *table = NULL;

	assert_int_equal(table_new(columns, &table), ERR_OK);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(table_add(table, cells[i]), ERR_OK);
	return table;
}

/* `print` is one of the two ways; the first column may be cut. */
static char *printed_by(enum err (*print)(const struct table *, FILE *, const char *, size_t),
			const char *const *cells, size_t count, size_t columns, size_t width)
{
	AUTO(table) table = given_table(cells, count, columns);
	FILE *file = tmpfile();
	char *text;

	assert_non_null(file);
	table_may_cut(table, 1);
	assert_int_equal(print(table, file, "  ", width), ERR_OK);
	text = given_text_of_file(file);
	assert_int_equal(fclose(file), 0);
	return text;
}

static char *printed(const char *const *cells, size_t count, size_t columns, size_t width)
{
	return printed_by(table_print, cells, count, columns, width);
}

static void columns_stand_under_each_other(void **state)
{
	const char *const cells[] = {"ラベル", "状態", "山田太郎", "ロック中", "A", "ready"};
	AUTO_TEXT text = printed(cells, COUNT_OF(cells), 2, TABLE_WIDTH_ANY);

	(void)state;
	assert_string_equal(text, "  ラベル    状態\n"
				  "  山田太郎  ロック中\n"
				  "  A         ready\n");
}

static void what_may_be_cut_gives_way_to_the_screen(void **state)
{
	const char *const cells[] = {"12345678901234567890", "not to be cut"};
	AUTO_TEXT text = printed(cells, COUNT_OF(cells), 2, 32);

	(void)state;
	assert_string_equal(text, "  1234567890123..  not to be cut\n");
	assert_int_equal(width_of(text), 32 + 1); /* the line's end counts as one */
}

static void on_a_narrow_screen_each_row_is_a_block(void **state)
{
	const char *const cells[] = {"ラベル",    "",         "期限", "山田太郎", "使用中",
				     "2031年1月", "佐藤次郎", "",     "2030年1月"};
	AUTO_TEXT text = printed(cells, COUNT_OF(cells), 3, 20);

	(void)state;
	assert_string_equal(text, "  ラベル  山田太郎\n"
				  "  使用中\n"
				  "  期限    2031年1月\n"
				  "\n"
				  "  ラベル  佐藤次郎\n"
				  "  期限    2030年1月\n");
}

static void a_long_value_goes_on_below_itself(void **state)
{
	const char *const cells[] = {"kind", "its files belong to kinko", "種類", "短い"};
	AUTO_TEXT text = printed_by(table_print_pairs, cells, COUNT_OF(cells), 2, 2 + 4 + 2 + 16);

	(void)state;
	assert_string_equal(text, "  kind  its files belong\n"
				  "        to kinko\n"
				  "  種類  短い\n");
}

static void a_hostile_name_cannot_break_the_table(void **state)
{
	const char *const cells[] = {"a\n\x1B[31mb", "\xE2\x80\xAEgpj"};
	AUTO_TEXT text = printed(cells, COUNT_OF(cells), 2, TABLE_WIDTH_ANY);

	(void)state;
	assert_string_equal(text, "  a\\u{000A}\\u{001B}[31mb  \\u{202E}gpj\n");
}

static void empty_cells_leave_no_blanks_at_the_end(void **state)
{
	const char *const cells[] = {"a", "", NULL};
	AUTO_TEXT text = printed(cells, COUNT_OF(cells), 3, TABLE_WIDTH_ANY);

	(void)state;
	assert_string_equal(text, "  a\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_japanese_character_takes_two_columns),
		cmocka_unit_test(a_text_is_cut_between_characters),
		cmocka_unit_test(a_line_ends_where_japanese_may_be_broken),
		cmocka_unit_test(columns_stand_under_each_other),
		cmocka_unit_test(what_may_be_cut_gives_way_to_the_screen),
		cmocka_unit_test(on_a_narrow_screen_each_row_is_a_block),
		cmocka_unit_test(a_long_value_goes_on_below_itself),
		cmocka_unit_test(a_hostile_name_cannot_break_the_table),
		cmocka_unit_test(empty_cells_leave_no_blanks_at_the_end),
	};

	width_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
