/* PINs of a script come one a line from a descriptor, and from nowhere else. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "given.h"
#include "tool/cli/pin_input.h"

static struct pin_input *given_input(int fd)
{
	struct pin_input *input = NULL;
	char number[16];

	(void)snprintf(number, sizeof number, "%d", fd);
	assert_int_equal(pin_input_open(number, NULL, &input), ERR_OK);
	return input;
}

static void check_pin(struct pin_input *input, const char *expected)
{
	AUTO(secret) pin = NULL;

	assert_int_equal(pin_input_read(input, "never shown", &pin), ERR_OK);
	assert_int_equal(secret_size(pin), strlen(expected));
	assert_memory_equal(secret_view(pin), expected, strlen(expected));
}

static enum err failure_of(struct pin_input *input)
{
	AUTO(secret) pin = NULL;
	enum err err = pin_input_read(input, "never shown", &pin);

	assert_null(pin);
	return err;
}

static void each_line_is_a_pin(void **state)
{
	AUTO_FD fd = given_fd_with("first1\nsecond2\r\nlast without an end");
	AUTO(pin_input) input = given_input(fd);

	(void)state;
	check_pin(input, "first1");
	check_pin(input, "second2");
	check_pin(input, "last without an end");
	assert_int_equal(failure_of(input), ERR_PIN_NEEDED);
}

static void what_follows_the_line_is_left_alone(void **state)
{
	AUTO_FD fd = given_fd_with("pin1\nrest");
	AUTO(pin_input) input = given_input(fd);
	char rest[8] = "";

	(void)state;
	check_pin(input, "pin1");
	assert_int_equal(read(fd, rest, sizeof rest), 4);
	assert_string_equal(rest, "rest");
}

static void what_cannot_be_a_pin_is_refused(void **state)
{
	char long_line[400];
	AUTO_FD empty = given_fd_with("\n");
	AUTO_FD broken = given_fd_with("\xFF\xFE\n");
	AUTO_FD endless = -1;

	(void)state;
	memset(long_line, 'a', sizeof long_line - 1);
	long_line[sizeof long_line - 1] = '\0';
	endless = given_fd_with(long_line);
	for (size_t i = 0; i < 3; i++) {
		AUTO(pin_input) input = given_input((const int[]){empty, broken, endless}[i]);
		assert_int_equal(failure_of(input), ERR_PIN_TEXT);
	}
}

static void a_pin_may_have_255_bytes(void **state)
{
	char line[257];
	AUTO_FD fd = -1;

	(void)state;
	memset(line, 'b', 255);
	memcpy(line + 255, "\n", 2);
	fd = given_fd_with(line);
	AUTO(pin_input) input = given_input(fd);
	line[255] = '\0';
	check_pin(input, line);
}

static void only_an_open_descriptor_is_taken(void **state)
{
	struct pin_input *input = NULL;
	const char *const wrong[] = {"", "x", "3x", "-1", " 0", "999", "99999999999999999999"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(pin_input_open(wrong[i], NULL, &input), ERR_USAGE);
	assert_null(input);
}

static void without_terminal_and_descriptor_nobody_is_asked(void **state)
{
	AUTO(pin_input) input = NULL;

	(void)state;
	assert_int_equal(pin_input_open(NULL, NULL, &input), ERR_OK);
	assert_false(pin_input_is_terminal(input));
	assert_int_equal(failure_of(input), ERR_PIN_NEEDED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_is_a_pin),
		cmocka_unit_test(what_follows_the_line_is_left_alone),
		cmocka_unit_test(what_cannot_be_a_pin_is_refused),
		cmocka_unit_test(a_pin_may_have_255_bytes),
		cmocka_unit_test(only_an_open_descriptor_is_taken),
		cmocka_unit_test(without_terminal_and_descriptor_nobody_is_asked),
	};

	if (secret_init() != ERR_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
