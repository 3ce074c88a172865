/* Actions have words that scripts use. */
#include "given.h"

static void every_action_but_none_has_a_word_of_its_own(void **state)
{
	(void)state;
	assert_null(action_word(ACTION_NONE));
	assert_null(action_word(ACTION_COUNT));
	for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
		enum action action = ACTION_NONE;
		assert_non_null(action_word((enum action)i));
		assert_true(action_of_word(action_word((enum action)i), &action));
		assert_int_equal(action, i);
	}
}

static void the_words_are_those_of_the_command_line(void **state)
{
	static const char *const words[] = {"list",   "import", "get",  "original", "use",
					    "delete", "pin",    "sign", "decrypt"};
	enum action action;

	(void)state;
	assert_int_equal(COUNT_OF(words), ACTION_COUNT - 1);
	for (size_t i = 0; i < COUNT_OF(words); i++)
		assert_true(action_of_word(words[i], &action));
}

static void an_unknown_word_is_no_action(void **state)
{
	static const char *const words[] = {"", "export", "LIST", "list ", "sig", "signs"};
	enum action action = ACTION_PIN;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		assert_false(action_of_word(words[i], &action));
	assert_int_equal(action, ACTION_PIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_action_but_none_has_a_word_of_its_own),
		cmocka_unit_test(the_words_are_those_of_the_command_line),
		cmocka_unit_test(an_unknown_word_is_no_action),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
