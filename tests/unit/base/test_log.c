/* What the operator reads is one line, whatever went into it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "vault/base/log.h"

/* What a call writes to standard error. */
static void assert_logs(void (*act)(void), const char *level, const char *text)
{
	char found[512] = "";
	char line[600];
	int before = dup(STDERR_FILENO);
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	(void)close(ends[1]);
	act();
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	(void)close(before);
	assert_true(read(ends[0], found, sizeof found - 1) > 0);
	(void)close(ends[0]);
	(void)snprintf(line, sizeof line, "%s%s: %s\n", level, program_invocation_short_name, text);
	assert_string_equal(found, line);
}

static void a_forged_line(void)
{
	log_line(LOG_WARNING, "file %s", "a\n<0>kinkod: all is well\x1B[2J");
}

static void an_error_with_a_note(void)
{
	(void)err_note(ERR_DISK, "no space");
	log_error(LOG_ERROR, "opening the vault", ERR_DISK);
}

static void an_error_without(void)
{
	log_error(LOG_NOTICE, "client", ERR_WIRE);
}

static void a_message_is_one_line(void **state)
{
	(void)state;
	assert_logs(a_forged_line, "<4>", "file a\\u{000A}<0>kinkod: all is well\\u{001B}[2J");
}

static void an_error_is_its_word_and_its_note_once(void **state)
{
	(void)state;
	assert_logs(an_error_with_a_note, "<3>", "opening the vault: disk: no space");
	assert_logs(an_error_without, "<5>", "client: wire");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_one_line),
		cmocka_unit_test(an_error_is_its_word_and_its_note_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
