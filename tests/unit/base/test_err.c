/* Every failure has one number, one word, one sentence, for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ctype.h>

#include <cmocka.h>

#include "vault/base/err.h"
#include "vault/base/utf8.h"

static const struct row {
	enum err err;
	uint32_t number;
	int exit_code;
	const char *word;
	const char *message;
	const char *advice;
} rows[] = {
#define X(name, wire, exit_code, word, message, advice) \
	{name, wire, exit_code, word, message, advice},
	ERR_TABLE(X)
#undef X
};

static void every_row_is_found_by_its_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(err_from_wire(rows[i].number), rows[i].err);
		assert_string_equal(err_word(rows[i].err), rows[i].word);
		assert_int_equal(err_exit_code(rows[i].err), rows[i].exit_code);
		assert_string_equal(err_message_id(rows[i].err), rows[i].message);
		assert_string_equal(err_advice_id(rows[i].err), rows[i].advice);
	}
}

static void numbers_and_words_are_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (size_t j = i + 1; j < COUNT_OF(rows); j++) {
			assert_int_not_equal(rows[i].number, rows[j].number);
			assert_string_not_equal(rows[i].word, rows[j].word);
		}
}

static void numbers_rise(void **state)
{
	(void)state;
	for (size_t i = 1; i < COUNT_OF(rows); i++)
		assert_true(rows[i - 1].number < rows[i].number);
}

static void words_are_made_for_scripts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_true(islower((unsigned char)rows[i].word[0]));
		for (const char *letter = rows[i].word; *letter != '\0'; letter++)
			assert_true(islower((unsigned char)*letter) ||
				    isdigit((unsigned char)*letter) || *letter == '-');
	}
}

static void only_done_leaves_with_zero(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(rows[i].exit_code == 0, rows[i].err == ERR_OK);
		assert_in_range(rows[i].exit_code, 0, 12);
	}
}

static unsigned holes_in(const char *text)
{
	unsigned count = 0;

	for (const char *hole = text; (hole = strstr(hole, "{}")) != NULL; hole += 2)
		count++;
	return count;
}

static void every_failure_is_a_sentence_with_at_most_one_detail(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_true(isupper((unsigned char)rows[i].message[0]));
		assert_true(holes_in(rows[i].message) <= 1);
		assert_true(holes_in(rows[i].advice) <= 1);
		assert_non_null(strchr(".}", rows[i].message[strlen(rows[i].message) - 1]));
	}
}

static void an_unknown_number_is_a_misunderstanding(void **state)
{
	(void)state;
	assert_int_equal(err_from_wire(0xFFFFFFFF), ERR_WIRE);
	assert_int_equal(err_from_wire(39), ERR_WIRE);
}

static void detail_and_note_live_until_forgotten(void **state)
{
	(void)state;
	assert_int_equal(err_detail(ERR_USAGE, "%s %d", "a", 1), ERR_USAGE);
	assert_int_equal(err_note(ERR_DISK, "for the %s", "operator"), ERR_DISK);
	assert_string_equal(err_detail_text(), "a 1");
	assert_string_equal(err_note_text(), "for the operator");
	err_forget();
	assert_string_equal(err_detail_text(), "");
	assert_string_equal(err_note_text(), "");
}

static void a_detail_may_be_made_of_itself(void **state)
{
	(void)state;
	(void)err_detail(ERR_CONFIG, "line 3");
	(void)err_detail(ERR_CONFIG, "policy.conf, %s", err_detail_text());
	assert_string_equal(err_detail_text(), "policy.conf, line 3");
}

static void a_long_detail_ends_with_a_whole_character(void **state)
{
	char name[1024] = "";

	(void)state;
	for (size_t shift = 0; shift < 3; shift++) {
		memset(name, 'x', shift);
		for (size_t at = shift; at + 3 < sizeof name; at += 3)
			memcpy(name + at, "金", 4);
		(void)err_detail(ERR_USAGE, "%s", name);
		assert_true(strlen(err_detail_text()) > 500);
		assert_true(utf8_is_valid(err_detail_text(), strlen(err_detail_text())));
	}
	err_forget();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_found_by_its_number),
		cmocka_unit_test(numbers_and_words_are_unique),
		cmocka_unit_test(numbers_rise),
		cmocka_unit_test(words_are_made_for_scripts),
		cmocka_unit_test(only_done_leaves_with_zero),
		cmocka_unit_test(every_failure_is_a_sentence_with_at_most_one_detail),
		cmocka_unit_test(an_unknown_number_is_a_misunderstanding),
		cmocka_unit_test(detail_and_note_live_until_forgotten),
		cmocka_unit_test(a_detail_may_be_made_of_itself),
		cmocka_unit_test(a_long_detail_ends_with_a_whole_character),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
