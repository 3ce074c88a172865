/* People read Japanese where they ask for it, also where that locale was never generated.
 *
 * The language is chosen once per process, so each case has a process of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "vault/base/file.h"
#include "vault/base/text.h"

/* A locale that no system has generated, in a language that Kinko speaks. */
#define UNKNOWN_JAPANESE "ja_ZZ.UTF-8"

typedef enum err sentence_maker(char **out_sentence);

static void choose_locale(const char *const settings[][2])
{
	static const char *const all[] = {"LC_ALL", "LC_MESSAGES", "LC_CTYPE", "LANG", "LANGUAGE"};

	for (size_t i = 0; i < COUNT_OF(all); i++)
		(void)unsetenv(all[i]);
	for (size_t i = 0; settings[i][0] != NULL; i++)
		(void)setenv(settings[i][0], settings[i][1], 1);
}

/* The child's answer: "ja" or "en", then the sentence. */
static void answer(int fd, sentence_maker *make)
{
	AUTO_TEXT sentence = NULL;

	text_init();
	if (make(&sentence) != ERR_OK ||
	    file_write_all(fd, text_is_japanese() ? "ja " : "en ", 3) != 0 ||
	    file_write_all(fd, sentence, strlen(sentence)) != 0)
		_exit(1);
	_exit(0);
}

static void assert_reads(const char *const settings[][2], sentence_maker *make,
			 const char *expected)
{
	char found[512] = "";
	size_t size = 0;
	int status = 1;
	int ends[2];
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		choose_locale(settings);
		answer(ends[1], make);
	}
	(void)close(ends[1]);
	for (ssize_t got; (got = read(ends[0], found + size, sizeof found - 1 - size)) > 0;)
		size += (size_t)got;
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_string_equal(found, expected);
}

static enum err the_language(char **out_sentence)
{
	*out_sentence = strdup("");
	return *out_sentence == NULL ? ERR_MEMORY : ERR_OK;
}

static enum err a_policy_refusal(char **out_sentence)
{
	return text_of_error(ERR_POLICY_DENIED, "rule\x1B[31m {}", out_sentence);
}

static enum err a_success(char **out_sentence)
{
	return text_of_error(ERR_OK, NULL, out_sentence);
}

static enum err a_missing_detail(char **out_sentence)
{
	return text_of_message(ERR_CONFIG, NULL, out_sentence);
}

static enum err an_advice(char **out_sentence)
{
	return text_of_advice(ERR_PIN_WRONG, "2", out_sentence);
}

static void japanese_needs_no_generated_locale(void **state)
{
	static const char *const by_lang[][2] = {{"LANG", UNKNOWN_JAPANESE}, {NULL, NULL}};
	static const char *const by_all[][2] = {
		{"LC_ALL", "ja_ZZ"}, {"LANG", "en_ZZ.UTF-8"}, {NULL, NULL}};
	static const char *const by_messages[][2] = {
		{"LC_MESSAGES", UNKNOWN_JAPANESE}, {"LANG", "C.UTF-8"}, {NULL, NULL}};
	static const char *const with_empty[][2] = {
		{"LC_ALL", ""}, {"LANGUAGE", ""}, {"LANG", "ja_ZZ.eucJP"}, {NULL, NULL}};

	(void)state;
	assert_reads(by_lang, the_language, "ja ");
	assert_reads(by_all, the_language, "ja ");
	assert_reads(by_messages, the_language, "ja ");
	assert_reads(with_empty, the_language, "ja ");
}

static void everybody_else_reads_english(void **state)
{
	static const char *const nothing[][2] = {{NULL, NULL}};
	static const char *const plain[][2] = {
		{"LC_ALL", "C"}, {"LANG", UNKNOWN_JAPANESE}, {NULL, NULL}};
	static const char *const posix[][2] = {{"LANG", "POSIX"}, {NULL, NULL}};
	static const char *const utf8[][2] = {{"LC_ALL", "C.UTF-8"}, {NULL, NULL}};
	static const char *const german[][2] = {{"LANG", "de_ZZ.UTF-8"}, {NULL, NULL}};
	static const char *const wished[][2] = {
		{"LANG", UNKNOWN_JAPANESE}, {"LANGUAGE", "en"}, {NULL, NULL}};

	(void)state;
	assert_reads(nothing, the_language, "en ");
	assert_reads(plain, the_language, "en ");
	assert_reads(posix, the_language, "en ");
	assert_reads(utf8, the_language, "en ");
	assert_reads(german, the_language, "en ");
	assert_reads(wished, the_language, "en ");
}

static void a_failure_is_what_happened_and_what_to_do(void **state)
{
	static const char *const english[][2] = {{"LC_ALL", "C.UTF-8"}, {NULL, NULL}};

	(void)state;
	assert_reads(english, a_policy_refusal,
		     "en The policy of this computer does not allow this: rule\\u{001B}[31m {}. "
		     "Please see: kinko policy explain, or ask your administrator.");
	assert_reads(english, a_success, "en Done.");
	assert_reads(english, a_missing_detail, "en The configuration is not right: ");
	assert_reads(english, an_advice, "en Please enter the right PIN. Tries left: 2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(japanese_needs_no_generated_locale),
		cmocka_unit_test(everybody_else_reads_english),
		cmocka_unit_test(a_failure_is_what_happened_and_what_to_do),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
