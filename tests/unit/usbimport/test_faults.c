/* A stick that fills up, lies, locks itself or vanishes at any byte and any operation: no half
 * original, no harm to the others on it, and the next try ends well.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/usbimport/given.h"
#include "usbimport/original.h"

static const char NAME[] = "Kinko/S1-20260201.p12";
static const char OTHER[] = "Kinko/S1-20240201.p12";

static struct faulty_stick *stick;
static struct secret *bytes;

static enum err write_now(void)
{
	struct original_written *written = NULL;
	enum err err = original_write(stick->folder, NAME, bytes, &written);

	original_written_free(written);
	return err;
}

static const char *content(const char *name)
{
	return path_in(stick->content, name);
}

static bool is_whole(void)
{
	return file_holds(content(NAME), secret_view(bytes), secret_size(bytes));
}

/* A stick that already holds the original of two years ago. */
static void empty_stick(void)
{
	clear_faults(stick);
	(void)unlink(content(NAME));
	(void)unlink(content("Kinko/S1-20260201.p12.sha256"));
	(void)unlink(content("Kinko/.S1-20260201.p12.new"));
	(void)unlink(content("Kinko/.S1-20260201.p12.sha256.new"));
	(void)mkdir(content("Kinko"), 0700);
	given_text(content(OTHER), "of two years ago");
	assert_int_equal(count_entries(content("Kinko")), 1);
}

static void assert_no_harm(void)
{
	assert_true(is_whole() || !is_there(content(NAME)));
	assert_true(file_holds(content(OTHER), "of two years ago", 16));
}

static void assert_next_try_ends_well(void)
{
	clear_faults(stick);
	assert_int_equal(write_now(), ERR_OK);
	assert_true(is_whole());
	assert_int_equal(count_entries(content("Kinko")), 3); /* it, its digest, the other */
}

static void fail_at_every_byte(int number, enum err expected)
{
	enum err err = ERR_INTERNAL;
	int64_t k = 0;

	for (; err != ERR_OK; k++) {
		empty_stick();
		stick->faults[FAULT_WRITTEN_LEFT] = k;
		stick->faults[FAULT_ERRNO] = number;
		err = write_now();
		assert_true(err == ERR_OK || err == expected);
		assert_no_harm();
		/* Only writing fails: what was begun has been removed. */
		assert_false(is_there(content("Kinko/.S1-20260201.p12.new")));
		assert_false(is_there(content("Kinko/.S1-20260201.p12.sha256.new")));
		assert_next_try_ends_well();
		err_forget();
	}
	assert_true((size_t)k > secret_size(bytes));
}

static void full_at_every_byte(void **state)
{
	(void)state;
	fail_at_every_byte(ENOSPC, ERR_STICK_FULL);
}

static void failing_at_every_byte(void **state)
{
	(void)state;
	fail_at_every_byte(EIO, ERR_STICK_GONE);
}

static void vanish_at_every_operation(int number)
{
	enum err err = ERR_INTERNAL;
	int64_t operations = 0;

	for (; err != ERR_OK; operations++) {
		empty_stick();
		stick->faults[FAULT_OPERATIONS_LEFT] = operations;
		stick->faults[FAULT_ERRNO] = number;
		err = write_now();
		assert_true(err == ERR_OK || err == ERR_STICK_GONE);
		assert_no_harm();
		assert_next_try_ends_well();
		err_forget();
	}
	assert_true(operations > 20);
}

static void gone_at_every_operation(void **state)
{
	(void)state;
	vanish_at_every_operation(ENODEV);
	vanish_at_every_operation(EIO);
}

static void a_stick_that_lies_is_found_out_and_keeps_nothing(void **state)
{
	(void)state;
	for (int64_t at = 0; at < (int64_t)secret_size(bytes); at += 37) {
		empty_stick();
		stick->faults[FAULT_FLIP_AT] = at;
		stick->faults[FAULT_RENAMED] = 0;
		assert_int_equal(write_now(), ERR_STICK_NOT_PROVEN);
		assert_int_equal(stick->faults[FAULT_RENAMED], 0);
		assert_int_equal(count_entries(content("Kinko")), 1);
	}
	assert_next_try_ends_well();
}

/* Whole pages that were written stay in memory: only the medium itself counts. */
static void what_is_read_back_comes_from_the_medium_and_not_from_memory(void **state)
{
	(void)state;
	secret_free(bytes);
	bytes = given_secret(3 * 4096, 1);
	empty_stick();
	stick->faults[FAULT_FLIP_AT] = 10;
	assert_int_equal(write_now(), ERR_STICK_NOT_PROVEN);
	assert_false(is_there(content(NAME)));
	assert_next_try_ends_well();
}

static void a_stick_that_cannot_be_read_back_is_found_out(void **state)
{
	(void)state;
	empty_stick();
	stick->faults[FAULT_READ_LEFT] = (int64_t)secret_size(bytes) - 1;
	assert_int_equal(write_now(), ERR_STICK_GONE);
	assert_int_equal(count_entries(content("Kinko")), 1);
	assert_next_try_ends_well();
}

static void a_sync_that_fails_is_no_success(void **state)
{
	(void)state;
	empty_stick();
	stick->faults[FAULT_SYNC] = 1;
	assert_int_equal(write_now(), ERR_STICK_GONE);
	assert_no_harm();
	assert_next_try_ends_well();
}

static void a_stick_that_locks_itself_is_told(void **state)
{
	(void)state;
	empty_stick();
	stick->faults[FAULT_READ_ONLY] = 1;
	assert_int_equal(write_now(), ERR_STICK_READ_ONLY);
	assert_int_equal(original_can_write(stick->folder, 100), ERR_STICK_READ_ONLY);
	assert_no_harm();
	assert_next_try_ends_well();
}

static void a_file_that_takes_the_name_at_the_last_moment_is_not_overwritten(void **state)
{
	(void)state;
	empty_stick();
	stick->faults[FAULT_RIVAL] = 1;
	assert_int_equal(write_now(), ERR_STICK_OTHER_ORIGINAL);
	assert_true(file_holds(content(NAME), "", 0));
	assert_int_equal(count_entries(content("Kinko")), 2);
}

static void an_old_file_system_that_renames_plainly_works_too(void **state)
{
	(void)state;
	empty_stick();
	stick->faults[FAULT_OLD_RENAME] = 1;
	assert_int_equal(write_now(), ERR_OK);
	assert_true(is_whole());
	given_text(content(NAME), "another");
	assert_int_equal(write_now(), ERR_STICK_OTHER_ORIGINAL);
	assert_true(file_holds(content(NAME), "another", 7));
}

static void asking_a_vanishing_stick_whether_one_can_write_is_answered(void **state)
{
	enum err err = ERR_INTERNAL;

	(void)state;
	for (int64_t operations = 0; err != ERR_OK; operations++) {
		empty_stick();
		stick->faults[FAULT_OPERATIONS_LEFT] = operations;
		err = original_can_write(stick->folder, 100);
		assert_true(err == ERR_OK || err == ERR_STICK_GONE);
		clear_faults(stick);
		(void)unlink(content("Kinko/.kinko-can-write.new"));
		err_forget();
	}
}

static void reading_from_a_vanishing_stick_gives_all_or_nothing(void **state)
{
	enum err err = ERR_INTERNAL;
	int64_t operations = 0;

	(void)state;
	empty_stick();
	given_file(content(NAME), secret_view(bytes), secret_size(bytes));
	for (; err != ERR_OK; operations++) {
		struct original *original = NULL;
		stick->faults[FAULT_OPERATIONS_LEFT] = operations;
		err = original_read(path_in(stick->folder, NAME), &original);
		assert_true(err == ERR_OK ? secret_equal(original->bytes, bytes)
					  : err == ERR_STICK_GONE && original == NULL);
		original_free(original);
		err_forget();
	}
	assert_true(operations > 3);
}

static void reading_fails_whole_at_every_byte(void **state)
{
	(void)state;
	empty_stick();
	given_file(content(NAME), secret_view(bytes), secret_size(bytes));
	for (int64_t k = 0; k < (int64_t)secret_size(bytes); k++) {
		struct original *original = NULL;
		stick->faults[FAULT_READ_LEFT] = k;
		assert_int_equal(original_read(path_in(stick->folder, NAME), &original),
				 ERR_STICK_GONE);
		assert_null(original);
		err_forget();
	}
}

static void a_stick_pulled_out_is_told_as_gone(void **state)
{
	struct original *original = NULL;

	(void)state;
	empty_stick();
	kill_stick(stick);
	assert_int_equal(write_now(), ERR_STICK_GONE);
	assert_int_equal(original_can_write(stick->folder, 10), ERR_STICK_GONE);
	assert_int_equal(original_read(path_in(stick->folder, NAME), &original), ERR_STICK_GONE);
}

static int make_stick(void **state)
{
	(void)state;
	stick = given_faulty_stick();
	bytes = given_secret(1200, 1);
	return 0;
}

static int remove_stick(void **state)
{
	(void)state;
	secret_free(bytes);
	if (stick != NULL)
		drop_faulty_stick(stick);
	return 0;
}

static void it_could_not_run(void **state)
{
	(void)state;
	skip();
}

#define TEST(name)                                                                         \
	{                                                                                  \
#name, can_run ? (name) : it_could_not_run, make_stick, remove_stick, NULL \
	}

int main(void)
{
	const bool can_run = access("/dev/fuse", R_OK | W_OK) == 0;
	const struct CMUnitTest tests[] = {
		TEST(full_at_every_byte),
		TEST(failing_at_every_byte),
		TEST(gone_at_every_operation),
		TEST(a_stick_that_lies_is_found_out_and_keeps_nothing),
		TEST(what_is_read_back_comes_from_the_medium_and_not_from_memory),
		TEST(a_stick_that_cannot_be_read_back_is_found_out),
		TEST(a_sync_that_fails_is_no_success),
		TEST(a_stick_that_locks_itself_is_told),
		TEST(a_file_that_takes_the_name_at_the_last_moment_is_not_overwritten),
		TEST(an_old_file_system_that_renames_plainly_works_too),
		TEST(asking_a_vanishing_stick_whether_one_can_write_is_answered),
		TEST(reading_from_a_vanishing_stick_gives_all_or_nothing),
		TEST(reading_fails_whole_at_every_byte),
		TEST(a_stick_pulled_out_is_told_as_gone),
	};

	return secret_init() != ERR_OK || cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
