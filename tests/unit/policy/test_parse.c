/* The parser of policy.conf and kinko.conf guesses nothing and names the line. */
#include "given.h"

#include <stdio.h>

#include "policy/parse.h"

enum { HEARD_MAX = 16 };

struct heard {
	size_t count;
	char settings[HEARD_MAX][256];
	const char *refuse; /* this key */
};

static const char *hear(const struct parse_setting *setting, void *context)
{
	struct heard *heard = context;

	assert_true(heard->count < HEARD_MAX);
	(void)snprintf(heard->settings[heard->count++], 256, "%u|%s|%s|%s|%s", setting->line,
		       setting->section, setting->section_name, setting->key, setting->value);
	if (heard->refuse != NULL && strcmp(heard->refuse, setting->key) == 0)
		return "not this one";
	return NULL;
}

static enum err parse_bytes(const char *text, size_t size, struct heard *heard,
			    struct parse_problem *problem)
{
	memset(heard, 0, sizeof *heard);
	memset(problem, 0, sizeof *problem);
	return parse_text(text, size, hear, heard, problem);
}

static void assert_line_refused_bytes(const char *text, size_t size, unsigned line,
				      const char *reason)
{
	struct heard heard;
	struct parse_problem problem;

	assert_int_equal(parse_bytes(text, size, &heard, &problem), ERR_CONFIG);
	assert_string_equal(problem.reason, reason);
	assert_int_equal(problem.line, line);
}

static void assert_line_refused(const char *text, unsigned line, const char *reason)
{
	assert_line_refused_bytes(text, strlen(text), line, reason);
}

static void settings_arrive_with_section_and_line(void **state)
{
	static const char text[] = "# a comment\n"
				   "\n"
				   "[server]\n"
				   "url = https://example.test/#x\n"
				   "  ca-file=/etc/ca file.crt\t\n"
				   "proxy =\n"
				   "\t# an indented comment\n"
				   "[ user  taro yamada ]\n"
				   "usage = a = b";
	static const char *const expected[] = {
		"4|server||url|https://example.test/#x",
		"5|server||ca-file|/etc/ca file.crt",
		"6|server||proxy|",
		"9|user|taro yamada|usage|a = b",
	};
	struct heard heard;
	struct parse_problem problem;

	(void)state;
	assert_int_equal(parse_bytes(text, sizeof text - 1, &heard, &problem), ERR_OK);
	assert_int_equal(heard.count, COUNT_OF(expected));
	for (size_t i = 0; i < COUNT_OF(expected); i++)
		assert_string_equal(heard.settings[i], expected[i]);
}

static void an_empty_file_says_nothing(void **state)
{
	struct heard heard;
	struct parse_problem problem;

	(void)state;
	assert_int_equal(parse_bytes(NULL, 0, &heard, &problem), ERR_OK);
	assert_int_equal(parse_bytes("\n\n \n", 4, &heard, &problem), ERR_OK);
	assert_int_equal(heard.count, 0);
}

static void sections_are_asked_about_where_they_begin(void **state)
{
	static const char text[] = "[one]\n[two x]\nkey = 1\n";
	struct heard heard = {.count = 0};
	struct parse_problem problem;

	(void)state;
	assert_int_equal(parse_text_by_section(text, sizeof text - 1, hear, hear, &heard, &problem),
			 ERR_OK);
	assert_int_equal(heard.count, 3);
	assert_string_equal(heard.settings[0], "1|one|||");
	assert_string_equal(heard.settings[1], "2|two|x||");
	assert_string_equal(heard.settings[2], "3|two|x|key|1");
}

static void the_callers_refusal_is_reported_with_its_line_and_stops(void **state)
{
	static const char text[] = "[a]\none = 1\ntwo = 2\nthree = 3\n";
	struct heard heard = {.refuse = "two"};
	struct parse_problem problem;

	(void)state;
	assert_int_equal(parse_text(text, sizeof text - 1, hear, &heard, &problem), ERR_CONFIG);
	assert_int_equal(heard.count, 2);
	assert_int_equal(problem.line, 3);
	assert_string_equal(problem.reason, "not this one: two = 2");
	assert_string_equal(err_detail_text(), "line 3: not this one: two = 2");
}

static void what_is_neither_section_nor_setting_is_refused(void **state)
{
	(void)state;
	assert_line_refused("[a]\nword\n", 2, "this is neither a section nor key = value: word");
	assert_line_refused("[a]\nb = 1\n continued\n", 3,
			    "this is neither a section nor key = value: continued");
	assert_line_refused("; comment\n", 1,
			    "this is neither a section nor key = value: ; comment");
	assert_line_refused("key = 1\n[a]\n", 1,
			    "a setting stands before the first section: key = 1");
	assert_line_refused("[a]\n= 1\n", 2, "a key is made of a-z, 0-9 and -: = 1");
	assert_line_refused("[a]\nKey = 1\n", 2, "a key is made of a-z, 0-9 and -: Key = 1");
	assert_line_refused("[a]\na b = 1\n", 2, "a key is made of a-z, 0-9 and -: a b = 1");
	assert_line_refused("[a]\n\"k\" = 1\n", 2, "a key is made of a-z, 0-9 and -: \"k\" = 1");
	assert_line_refused("[a]\n鍵 = 1\n", 2, "a key is made of a-z, 0-9 and -: 鍵 = 1");
}

static void a_section_must_be_closed_and_named(void **state)
{
	static const char *const lines[] = {"[",     "[]",    "[ ]",     "[a",   "[a] # comment",
					    "[a]b]", "[[a]]", "[A]",     "[a!",  "[ａ]",
					    "[a]]",  "[-a",   "[a b[c]", "[a] x"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		char text[64];
		char reason[128];
		(void)snprintf(text, sizeof text, "\n%s\n", lines[i]);
		(void)snprintf(reason, sizeof reason, "a section must be written as [name]: %s",
			       lines[i]);
		assert_line_refused(text, 2, reason);
	}
}

static void nothing_stands_twice(void **state)
{
	struct heard heard;
	struct parse_problem problem;
	static const char different[] = "[a]\nk = 1\n[b]\nk = 1\n[a x]\nk = 1\n[a y]\nk = 1\n";

	(void)state;
	assert_line_refused("[a]\nk = 1\nj = 1\nk = 1\n", 4,
			    "this key stands twice in its section: k = 1");
	assert_line_refused("[a]\nk = 1\n[b]\n[a]\nj = 1\n", 4, "this section stands twice: [a]");
	assert_line_refused("[a x]\n[a   x ]\n", 2, "this section stands twice: [a   x ]");
	assert_int_equal(parse_bytes(different, sizeof different - 1, &heard, &problem), ERR_OK);
	assert_int_equal(heard.count, 4);
}

static void bytes_that_are_no_text_are_refused(void **state)
{
	(void)state;
	assert_line_refused_bytes("[a]\nk = 1\0\n", 11, 2, "the line holds a zero byte");
	assert_line_refused_bytes("[a]\n# \0\n", 8, 2, "the line holds a zero byte");
	assert_line_refused("[a]\nk = \xFF\n", 2, "the line is not UTF-8");
	assert_line_refused("[a]\n# \xC0\xAF\n", 2, "the line is not UTF-8");
	assert_line_refused("[a]\nk = \x1B[2J\n", 2, "the line holds a control character");
	assert_line_refused("[a]\nk = a\rb\n", 2, "the line holds a control character");
	assert_line_refused("[a]\nk = \x7F\n", 2, "the line holds a control character");
}

static void windows_files_are_refused_with_a_sentence(void **state)
{
	(void)state;
	assert_line_refused("[a]\r\nk = 1\r\n", 1,
			    "the line ends as on Windows (CR LF); please save the file with LF");
	assert_line_refused("[a]\nk = 1\r", 2,
			    "the line ends as on Windows (CR LF); please save the file with LF");
	assert_line_refused("\xEF\xBB\xBF[a]\n", 1,
			    "the file begins with a byte order mark; please save it as UTF-8 "
			    "without");
}

/* "[a]\nk = xxx...\n" whose second line has `line_size` bytes. */
static char *given_long_line(size_t line_size, size_t *out_size)
{
	char *text = malloc(line_size + 5);

	assert_non_null(text);
	memset(text, 'x', line_size + 5);
	memcpy(text, "[a]\nk = ", 8);
	text[line_size + 4] = '\n';
	*out_size = line_size + 5;
	return text;
}

static void a_line_of_4096_bytes_is_read_whole_and_a_longer_one_refused(void **state)
{
	struct parse_problem problem = {0, ""};
	struct heard heard = {.count = 0};
	size_t size = 0;
	AUTO_TEXT longest = given_long_line(PARSE_LINE_MAX, &size);
	size_t too_long_size = 0;
	AUTO_TEXT too_long = given_long_line(PARSE_LINE_MAX + 1, &too_long_size);

	(void)state;
	assert_int_equal(parse_text(longest, size, hear, &heard, &problem), ERR_OK);
	assert_int_equal(heard.count, 1);
	assert_line_refused_bytes(too_long, too_long_size, 2, "the line is longer than 4096 bytes");
	/* the same without a line end, and as a comment */
	assert_line_refused_bytes(too_long, too_long_size - 1, 2,
				  "the line is longer than 4096 bytes");
	too_long[4] = '#';
	assert_line_refused_bytes(too_long, too_long_size, 2, "the line is longer than 4096 bytes");
}

static const char *measure(const struct parse_setting *setting, void *context)
{
	*(size_t *)context = strlen(setting->value);
	return NULL;
}

static void a_long_value_is_not_cut(void **state)
{
	struct parse_problem problem = {0, ""};
	size_t size = 0;
	size_t value_size = 0;
	AUTO_TEXT longest = given_long_line(PARSE_LINE_MAX, &size);

	(void)state;
	assert_int_equal(parse_text(longest, size, measure, &value_size, &problem), ERR_OK);
	assert_int_equal(value_size, PARSE_LINE_MAX - strlen("k = "));
}

static void a_file_of_64_kib_is_read_and_a_larger_one_refused(void **state)
{
	struct heard heard;
	struct parse_problem problem;
	AUTO_TEXT text = malloc(PARSE_FILE_MAX + 1);

	(void)state;
	assert_non_null(text);
	memset(text, '\n', PARSE_FILE_MAX + 1);
	assert_int_equal(parse_bytes(text, PARSE_FILE_MAX, &heard, &problem), ERR_OK);
	assert_line_refused_bytes(text, PARSE_FILE_MAX + 1, 0, "the file is larger than 64 KiB");
}

static void what_is_quoted_is_short_and_safe_to_show(void **state)
{
	struct heard heard = {.refuse = "k"};
	struct parse_problem problem = {0, ""};
	size_t size = 0;
	AUTO_TEXT longest = given_long_line(PARSE_LINE_MAX, &size);
	static const char bidi[] = "[a]\nk = \xE2\x80\xAEgpj\n";

	(void)state;
	assert_int_equal(parse_text(longest, size, hear, &heard, &problem), ERR_CONFIG);
	assert_true(strlen(problem.reason) < PARSE_QUOTE_SIZE + 20);
	heard = (struct heard){.refuse = "k"};
	assert_int_equal(parse_text(bidi, sizeof bidi - 1, hear, &heard, &problem), ERR_CONFIG);
	assert_string_equal(problem.reason, "not this one: k = \\u{202E}gpj");
}

static void a_quote_is_never_cut_inside_a_character(void **state)
{
	struct parse_problem problem = {0, ""};
	char text[600] = "[a]\n";

	(void)state;
	for (size_t i = 0; i < 150; i++)
		strncat(text, "金", sizeof text - strlen(text) - 1);
	assert_int_equal(parse_text(text, strlen(text), hear, NULL, &problem), ERR_CONFIG);
	assert_string_equal(problem.reason + strlen(problem.reason) - strlen("金"), "金");
}

/* Every cut and every changed byte of a right file is read or refused, never a crash or an
 * overrun (the sanitizers watch). */
static void any_broken_file_is_read_or_refused(void **state)
{
	const char *good = policy_default_text();
	size_t size = strlen(good);
	struct parse_problem problem = {0, ""};

	(void)state;
	for (size_t at = 0; at < size; at++) {
		static const char bytes[] = {'\0', '\n', '[', ']', '=', '#', ' ', '\xE3', 'z'};
		AUTO_TEXT copy = strdup(good);
		AUTO(policy) policy = NULL;
		enum err err;

		assert_non_null(copy);
		copy[at] = bytes[at % sizeof bytes];
		err = policy_parse(copy, size, &policy, &problem);
		assert_true(err == ERR_OK || err == ERR_CONFIG);
		assert_int_equal(policy != NULL, err == ERR_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_arrive_with_section_and_line),
		cmocka_unit_test(an_empty_file_says_nothing),
		cmocka_unit_test(sections_are_asked_about_where_they_begin),
		cmocka_unit_test(the_callers_refusal_is_reported_with_its_line_and_stops),
		cmocka_unit_test(what_is_neither_section_nor_setting_is_refused),
		cmocka_unit_test(a_section_must_be_closed_and_named),
		cmocka_unit_test(nothing_stands_twice),
		cmocka_unit_test(bytes_that_are_no_text_are_refused),
		cmocka_unit_test(windows_files_are_refused_with_a_sentence),
		cmocka_unit_test(a_line_of_4096_bytes_is_read_whole_and_a_longer_one_refused),
		cmocka_unit_test(a_long_value_is_not_cut),
		cmocka_unit_test(a_file_of_64_kib_is_read_and_a_larger_one_refused),
		cmocka_unit_test(what_is_quoted_is_short_and_safe_to_show),
		cmocka_unit_test(a_quote_is_never_cut_inside_a_character),
		cmocka_unit_test(any_broken_file_is_read_or_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
