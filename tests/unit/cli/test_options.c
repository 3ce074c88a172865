/* A command line means exactly what its words say, wherever the options stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tool/cli/command.h"
#include "tool/cli/options.h"

/* Words up to NULL. */
static enum err parse(const char *const *words, struct options *out_options)
{
	int count = 0;

	while (words[count] != NULL)
		count++;
	err_forget();
	return options_parse(count, words, out_options);
}
#define PARSE(options, ...) parse((const char *[]){__VA_ARGS__, NULL}, options)

static void options_may_stand_before_and_after_the_command(void **state)
{
	AUTO_HELD(options) before = {0};
	AUTO_HELD(options) after = {0};

	(void)state;
	assert_int_equal(PARSE(&before, "--json", "--id", "K1", "get", "--stick=USB"), ERR_OK);
	assert_int_equal(PARSE(&after, "get", "--stick", "USB", "--id=K1", "--json"), ERR_OK);
	assert_string_equal(before.command->name, "get");
	assert_ptr_equal(before.command, after.command);
	assert_string_equal(before.values[OPTION_ID], "K1");
	assert_string_equal(after.values[OPTION_ID], "K1");
	assert_string_equal(after.values[OPTION_STICK], "USB");
	assert_true(options_has(&before, OPTION_JSON) && options_has(&after, OPTION_JSON));
}

static void two_dashes_end_the_options(void **state)
{
	AUTO_HELD(options) options = {0};

	(void)state;
	assert_int_equal(PARSE(&options, "show", "--", "--pem"), ERR_OK);
	assert_false(options_has(&options, OPTION_PEM));
	assert_string_equal(options_argument(&options, 0), "--pem");
	assert_null(options_argument(&options, 1));
}

static void a_single_dash_is_an_argument(void **state)
{
	AUTO_HELD(options) options = {0};

	(void)state;
	assert_int_equal(PARSE(&options, "import", "-"), ERR_OK);
	assert_string_equal(options_argument(&options, 0), "-");
}

static void a_command_may_have_two_words(void **state)
{
	AUTO_HELD(options) options = {0};

	(void)state;
	assert_int_equal(PARSE(&options, "original", "--pin-fd", "0", "check", "a.p12"), ERR_OK);
	assert_string_equal(options.command->name, "original check");
	assert_string_equal(options_argument(&options, 0), "a.p12");
	assert_string_equal(options.values[OPTION_PIN_FD], "0");
}

static void what_is_not_understood_is_quoted(void **state)
{
	AUTO_HELD(options) options = {0};

	(void)state;
	assert_int_equal(PARSE(&options, "frobnicate"), ERR_USAGE);
	assert_string_equal(err_detail_text(), "frobnicate");
	assert_int_equal(PARSE(&options, "list", "--frob"), ERR_USAGE);
	assert_string_equal(err_detail_text(), "--frob");
	assert_int_equal(PARSE(&options, "list", "extra"), ERR_USAGE);
	assert_string_equal(err_detail_text(), "extra");
	assert_int_equal(PARSE(&options, "list", "-x"), ERR_USAGE);
	assert_string_equal(err_detail_text(), "-x");
}

static void an_option_of_another_command_is_refused(void **state)
{
	AUTO_HELD(options) options = {0};

	(void)state;
	assert_int_equal(PARSE(&options, "list", "--yes"), ERR_USAGE);
	assert_string_equal(err_detail_text(), "--yes");
	assert_int_equal(PARSE(&options, "--pem"), ERR_USAGE);
	assert_int_equal(PARSE(&options, "list", "--version"), ERR_USAGE);
}

static void nothing_is_abbreviated(void **state)
{
	AUTO_HELD(options) options = {0};

	(void)state;
	assert_int_equal(PARSE(&options, "list", "--js"), ERR_USAGE);
	assert_int_equal(PARSE(&options, "lis"), ERR_USAGE);
	assert_int_equal(PARSE(&options, "list", "--json=yes"), ERR_USAGE);
}

static void a_missing_value_or_argument_is_named(void **state)
{
	AUTO_HELD(options) options = {0};

	(void)state;
	assert_int_equal(PARSE(&options, "get", "--id"), ERR_ARGUMENT_MISSING);
	assert_string_equal(err_detail_text(), "--id ID");
	assert_int_equal(PARSE(&options, "get", "--id="), ERR_ARGUMENT_MISSING);
	assert_int_equal(PARSE(&options, "original", "show"), ERR_ARGUMENT_MISSING);
	assert_int_equal(PARSE(&options, "original"), ERR_ARGUMENT_MISSING);
	assert_non_null(strstr(err_detail_text(), "get | show | check | pin"));
}

static void a_wish_for_json_is_seen_in_a_line_that_is_wrong(void **state)
{
	(void)state;
	assert_true(options_want_json(2, (const char *[]){"frob", "--json"}));
	assert_false(options_want_json(3, (const char *[]){"show", "--", "--json"}));
}

static void help_needs_no_argument(void **state)
{
	AUTO_HELD(options) options = {0};

	(void)state;
	assert_int_equal(PARSE(&options, "original", "pin", "-h"), ERR_OK);
	assert_true(options_has(&options, OPTION_HELP));
}

/* "--use" stands not in "--user NAME". */
static bool has_word(const char *text, const char *word)
{
	size_t size = strlen(word);

	for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
		if (strchr(" |]", at[size]) != NULL)
			return true;
	return false;
}

/* The usage line and the accepted options are written twice; here they must agree. */
static void every_command_shows_each_option_it_takes(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count(); i++) {
		const struct command *command = command_at(i);
		assert_non_null(command->run);
		for (unsigned option = 0; option < OPTION_COUNT; option++) {
			const char *name = option_row((enum option)option)->name;
			bool takes = (command->options & OPTION_BIT(option)) != 0;
			if (option == OPTION_PIN_FD)
				continue; /* on the help page of each command that asks a PIN */
			assert_int_equal(takes, has_word(command->usage, name));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_may_stand_before_and_after_the_command),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(a_single_dash_is_an_argument),
		cmocka_unit_test(a_command_may_have_two_words),
		cmocka_unit_test(what_is_not_understood_is_quoted),
		cmocka_unit_test(an_option_of_another_command_is_refused),
		cmocka_unit_test(nothing_is_abbreviated),
		cmocka_unit_test(a_missing_value_or_argument_is_named),
		cmocka_unit_test(a_wish_for_json_is_seen_in_a_line_that_is_wrong),
		cmocka_unit_test(help_needs_no_argument),
		cmocka_unit_test(every_command_shows_each_option_it_takes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
