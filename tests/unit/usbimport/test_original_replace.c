/* A rebuilt original takes the place of the old one, or the old one stays as it was. */
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
#include "tests/unit/usbimport/given_here.h"
#include "usbimport/checksum.h"
#include "usbimport/original.h"

static mode_t mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(lstat(path, &status), 0);
	return status.st_mode & 07777;
}

/* Over what was read as `old`. */
static enum err replaced(const char *path, const char *old)
{
	struct original original = {.path = strdup(path)};
	enum err err;

	assert_non_null(original.path);
	assert_int_equal(secret_new(strlen(old), &original.bytes), ERR_OK);
	memcpy(secret_bytes(original.bytes), old, strlen(old));
	err = original_replace(&original, here_bytes);
	free(original.path);
	secret_free(original.bytes);
	return err;
}

static void the_new_bytes_keep_the_name_and_the_mode(void **state)
{
	(void)state;
	given_text(here("a.p12"), "old");
	assert_int_equal(chmod(here("a.p12"), 0640), 0);
	assert_int_equal(replaced(here("a.p12"), "old"), ERR_OK);
	assert_true(file_holds(here("a.p12"), secret_view(here_bytes), secret_size(here_bytes)));
	assert_int_equal(mode_of(here("a.p12")), 0640);
	assert_int_equal(count_entries(here_folder), 1);
}

static void what_was_put_there_meanwhile_stays(void **state)
{
	(void)state;
	given_text(here("a.p12"), "not the one that was read");
	assert_int_equal(replaced(here("a.p12"), "old"), ERR_ORIGINAL_CHANGED);
	given_text(here("a.p12"), "odd");
	assert_int_equal(replaced(here("a.p12"), "old"), ERR_ORIGINAL_CHANGED);
	assert_true(file_holds(here("a.p12"), "odd", 3));
	assert_int_equal(count_entries(here_folder), 1);
}

static void the_digest_beside_it_is_corrected_whatever_the_name(void **state)
{
	static const char NAME[] = "a \\ b\nc\rd.p12";
	char checksum[64];

	(void)state;
	(void)snprintf(checksum, sizeof checksum, "%s.sha256", NAME);
	given_text(here(NAME), "old");
	given_text(here(checksum), "old digest");
	assert_int_equal(replaced(here(NAME), "old"), ERR_OK);
	assert_true(checksums_agree(here_folder, checksum));
	assert_int_equal(count_entries(here_folder), 2);
}

static void a_path_without_a_folder_is_beside_us(void **state)
{
	char *before = get_current_dir_name();

	(void)state;
	given_text(here("a.p12"), "old");
	assert_int_equal(chdir(here_folder), 0);
	assert_int_equal(replaced("a.p12", "old"), ERR_OK);
	assert_int_equal(chdir(before), 0);
	assert_true(file_holds(here("a.p12"), secret_view(here_bytes), secret_size(here_bytes)));
	free(before);
}

static void the_longest_name_is_no_obstacle(void **state)
{
	char name[256];

	(void)state;
	memset(name, 'x', 255);
	name[255] = '\0';
	given_text(here(name), "old");
	assert_int_equal(replaced(here(name), "old"), ERR_OK);
	assert_true(file_holds(here(name), secret_view(here_bytes), secret_size(here_bytes)));
}

static void a_link_or_a_missing_file_is_refused(void **state)
{
	(void)state;
	given_text(here("target"), "untouched");
	assert_int_equal(symlink("target", here("link.p12")), 0);
	assert_int_equal(replaced(here("link.p12"), "old"), ERR_ORIGINAL_NOT_FILE);
	assert_true(file_holds(here("target"), "untouched", 9));
	assert_int_equal(replaced(here("missing.p12"), "old"), ERR_ORIGINAL_UNREADABLE);
	assert_false(is_there(here("missing.p12")));
	assert_int_equal(replaced(here("no/folder.p12"), "old"), ERR_OUTPUT);
	assert_non_null(strstr(err_detail_text(), "no"));
}

/* Every operation fails once. */
static void the_old_original_is_whole_until_the_new_one_is(void **state)
{
	struct faulty_stick *stick = given_faulty_stick();
	enum err err = ERR_INTERNAL;
	int64_t operations = 0;

	(void)state;
	if (stick == NULL)
		skip();
	const char *content = strdup(path_in(stick->content, "a.p12"));
	const char *path = strdup(path_in(stick->folder, "a.p12"));
	for (; err != ERR_OK; operations++) {
		clear_faults(stick);
		given_text(content, "old");
		stick->faults[FAULT_OPERATIONS_LEFT] = operations;
		err = replaced(path, "old");
		assert_true(err == ERR_OK || err == ERR_OUTPUT || err == ERR_ORIGINAL_UNREADABLE);
		assert_true(file_holds(content, secret_view(here_bytes), secret_size(here_bytes)) ||
			    (err != ERR_OK && file_holds(content, "old", 3)));
		err_forget();
	}
	assert_true(operations > 10);
	free((void *)(uintptr_t)content);
	free((void *)(uintptr_t)path);
	drop_faulty_stick(stick);
}

static void a_medium_that_lies_does_not_cost_the_old_original(void **state)
{
	struct faulty_stick *stick = given_faulty_stick();

	(void)state;
	if (stick == NULL)
		skip();
	given_text(path_in(stick->content, "a.p12"), "old");
	stick->faults[FAULT_FLIP_AT] = 17;
	assert_int_equal(replaced(path_in(stick->folder, "a.p12"), "old"), ERR_OUTPUT);
	assert_true(file_holds(path_in(stick->content, "a.p12"), "old", 3));
	assert_int_equal(count_entries(stick->content), 1);
	drop_faulty_stick(stick);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_HERE(the_new_bytes_keep_the_name_and_the_mode),
		TEST_HERE(what_was_put_there_meanwhile_stays),
		TEST_HERE(the_digest_beside_it_is_corrected_whatever_the_name),
		TEST_HERE(a_path_without_a_folder_is_beside_us),
		TEST_HERE(the_longest_name_is_no_obstacle),
		TEST_HERE(a_link_or_a_missing_file_is_refused),
		TEST_HERE(the_old_original_is_whole_until_the_new_one_is),
		TEST_HERE(a_medium_that_lies_does_not_cost_the_old_original),
	};

	return secret_init() != ERR_OK || cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
