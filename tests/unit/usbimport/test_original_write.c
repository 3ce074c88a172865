/* An original comes onto a stick whole and proven, and never in the place of another. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/usbimport/given.h"
#include "tests/unit/usbimport/given_here.h"
#include "usbimport/mounts.h"
#include "usbimport/original.h"

static const char NAME[] = "Kinko/S1-20260201.p12";
static const char CHECKSUM[] = "Kinko/S1-20260201.p12.sha256";

static enum err written_here(bool *out_was_there)
{
	struct original_written *written = NULL;
	enum err err = original_write(here_folder, NAME, here_bytes, &written);

	if (err == ERR_OK) {
		assert_string_equal(written->path, here(NAME));
		assert_true(secret_equal(written->bytes, here_bytes));
		if (out_was_there != NULL)
			*out_was_there = written->was_there;
	} else {
		assert_null(written);
	}
	original_written_free(written);
	return err;
}

static bool original_is_here(void)
{
	return file_holds(here(NAME), secret_view(here_bytes), secret_size(here_bytes));
}

static void it_is_written_with_a_digest_that_sha256sum_reads(void **state)
{
	bool was_there = true;

	(void)state;
	assert_int_equal(written_here(&was_there), ERR_OK);
	assert_false(was_there);
	assert_true(original_is_here());
	assert_true(checksums_agree(here("Kinko"), "S1-20260201.p12.sha256"));
	assert_int_equal(count_entries(here("Kinko")), 2);
}

static void the_same_original_already_there_is_fine(void **state)
{
	bool was_there = false;

	(void)state;
	assert_int_equal(written_here(NULL), ERR_OK);
	assert_int_equal(unlink(here(CHECKSUM)), 0);
	assert_int_equal(written_here(&was_there), ERR_OK);
	assert_true(was_there);
	assert_true(checksums_agree(here("Kinko"), "S1-20260201.p12.sha256"));
}

static void another_original_is_never_overwritten(void **state)
{
	(void)state;
	assert_int_equal(mkdir(here("Kinko"), 0700), 0);
	given_text(here(NAME), "another");
	assert_int_equal(written_here(NULL), ERR_STICK_OTHER_ORIGINAL);
	assert_string_equal(err_detail_text(), here(NAME));
	assert_true(file_holds(here(NAME), "another", 7));
	assert_int_equal(count_entries(here("Kinko")), 1);
}

static void another_original_of_the_same_size_is_seen_too(void **state)
{
	struct secret *other = given_secret(secret_size(here_bytes), 9);

	(void)state;
	assert_int_equal(mkdir(here("Kinko"), 0700), 0);
	given_file(here(NAME), secret_view(other), secret_size(other));
	assert_int_equal(written_here(NULL), ERR_STICK_OTHER_ORIGINAL);
	assert_true(file_holds(here(NAME), secret_view(other), secret_size(other)));
	secret_free(other);
}

static void a_wrong_digest_beside_it_is_corrected(void **state)
{
	(void)state;
	assert_int_equal(written_here(NULL), ERR_OK);
	given_text(here(CHECKSUM), "wrong");
	assert_int_equal(written_here(NULL), ERR_OK);
	assert_true(checksums_agree(here("Kinko"), "S1-20260201.p12.sha256"));
}

static void what_is_no_plain_file_at_the_name_is_left_alone(void **state)
{
	char *elsewhere = given_folder();

	(void)state;
	assert_int_equal(mkdir(here("Kinko"), 0700), 0);
	assert_int_equal(symlink(path_in(elsewhere, "target"), here(NAME)), 0);
	assert_int_equal(written_here(NULL), ERR_STICK_NAME_TAKEN);
	assert_int_equal(count_entries(elsewhere), 0);
	assert_int_equal(unlink(here(NAME)), 0);
	assert_int_equal(mkfifo(here(NAME), 0600), 0);
	assert_int_equal(written_here(NULL), ERR_STICK_NAME_TAKEN);
	assert_int_equal(unlink(here(NAME)), 0);
	assert_int_equal(mkdir(here(NAME), 0700), 0);
	assert_int_equal(written_here(NULL), ERR_STICK_NAME_TAKEN);
	assert_true(is_there(here(NAME)));
	drop_folder(elsewhere);
}

static void links_at_the_temporary_name_and_the_digest_are_not_followed(void **state)
{
	char *elsewhere = given_folder();

	(void)state;
	given_text(path_in(elsewhere, "target"), "untouched");
	assert_int_equal(mkdir(here("Kinko"), 0700), 0);
	assert_int_equal(symlink(path_in(elsewhere, "target"), here("Kinko/.S1-20260201.p12.new")),
			 0);
	assert_int_equal(written_here(NULL), ERR_STICK_NAME_TAKEN);
	assert_int_equal(unlink(here("Kinko/.S1-20260201.p12.new")), 0);
	assert_int_equal(symlink(path_in(elsewhere, "target"), here(CHECKSUM)), 0);
	assert_int_equal(written_here(NULL), ERR_STICK_NAME_TAKEN);
	assert_true(file_holds(path_in(elsewhere, "target"), "untouched", 9));
	drop_folder(elsewhere);
}

static void a_kinko_that_is_a_link_or_a_file_is_refused(void **state)
{
	char *elsewhere = given_folder();

	(void)state;
	assert_int_equal(symlink(elsewhere, here("Kinko")), 0);
	assert_int_equal(written_here(NULL), ERR_STICK_FOLDER);
	assert_int_equal(original_can_write(here_folder, 100), ERR_STICK_FOLDER);
	assert_int_equal(count_entries(elsewhere), 0);
	assert_int_equal(unlink(here("Kinko")), 0);
	given_text(here("Kinko"), "a file");
	assert_int_equal(written_here(NULL), ERR_STICK_FOLDER);
	assert_int_equal(original_can_write(here_folder, 100), ERR_STICK_FOLDER);
	drop_folder(elsewhere);
}

static void the_rest_of_an_interrupted_try_is_replaced(void **state)
{
	(void)state;
	assert_int_equal(mkdir(here("Kinko"), 0700), 0);
	given_text(here("Kinko/.S1-20260201.p12.new"), "half of");
	assert_int_equal(written_here(NULL), ERR_OK);
	assert_true(original_is_here());
	assert_int_equal(count_entries(here("Kinko")), 2);
}

static void two_runs_at_once_both_end_well(void **state)
{
	enum { RUNS = 6 };
	int status = 0;

	(void)state;
	for (unsigned i = 0; i < RUNS; i++)
		if (fork() == 0)
			_exit(written_here(NULL) == ERR_OK ? 0 : 1);
	for (unsigned i = 0; i < RUNS; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_true(original_is_here());
	assert_true(checksums_agree(here("Kinko"), "S1-20260201.p12.sha256"));
	assert_int_equal(count_entries(here("Kinko")), 2);
}

static void a_name_that_leads_elsewhere_is_refused(void **state)
{
	static const char *const NAMES[] = {"../x.p12",     "/tmp/x.p12", "a/b/x.p12", "Kinko/..",
					    "Kinko/.x.p12", "Kinko/",     ""};
	struct original_written *written = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(NAMES); i++)
		assert_int_equal(original_write(here_folder, NAMES[i], here_bytes, &written),
				 ERR_INTERNAL);
	assert_null(written);
	assert_int_equal(original_write(here_folder, "plain.p12", here_bytes, &written), ERR_OK);
	assert_true(
		file_holds(here("plain.p12"), secret_view(here_bytes), secret_size(here_bytes)));
	original_written_free(written);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
	struct original_written *written = NULL;

	(void)state;
	assert_int_equal(original_write(here("missing"), NAME, here_bytes, &written),
			 ERR_STICK_FOLDER);
	assert_non_null(strstr(err_detail_text(), "missing"));
	assert_int_equal(original_can_write(here("missing"), 10), ERR_STICK_FOLDER);
}

static void a_folder_one_may_not_write_to_is_named(void **state)
{
	int status = 0;

	(void)state;
	assert_int_equal(original_can_write(here_folder, secret_size(here_bytes)), ERR_OK);
	assert_int_equal(chmod(here_folder, 0555), 0);
	pid_t other = fork();
	if (other == 0) {
		if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
			_exit(99);
		_exit(original_can_write(here_folder, 10) == ERR_STICK_FOLDER &&
				      written_here(NULL) == ERR_STICK_FOLDER
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(other, &status, 0), other);
	assert_int_equal(status, 0);
	assert_int_equal(chmod(here_folder, 0700), 0);
}

static void asking_whether_one_can_write_leaves_nothing_behind(void **state)
{
	(void)state;
	assert_int_equal(original_can_write(here_folder, secret_size(here_bytes)), ERR_OK);
	assert_int_equal(count_entries(here_folder), 0);
	assert_int_equal(mkdir(here("Kinko"), 0700), 0);
	assert_int_equal(original_can_write(here_folder, secret_size(here_bytes)), ERR_OK);
	assert_int_equal(count_entries(here("Kinko")), 0);
}

static void a_full_stick_is_told_before_and_while_writing(void **state)
{
	struct secret *filling = given_secret(62 * 1024, 3);

	(void)state;
	if (!given_tmpfs(here_folder, 64, false)) {
		secret_free(filling);
		skip();
	}
	given_file(here("filling"), secret_view(filling), secret_size(filling) - 4096);
	assert_int_equal(original_can_write(here_folder, secret_size(here_bytes) + 4096),
			 ERR_STICK_FULL);
	int fd = open(here("filling"), O_WRONLY | O_APPEND | O_CLOEXEC);
	while (write(fd, secret_view(filling), 4096) > 0)
		;
	assert_int_equal(close(fd), 0);
	assert_int_equal(written_here(NULL), ERR_STICK_FULL);
	assert_int_equal(original_can_write(here_folder, 1), ERR_STICK_FULL);
	assert_false(is_there(here(NAME)));
	drop_tmpfs(here_folder);
	secret_free(filling);
}

static void a_locked_stick_is_told(void **state)
{
	(void)state;
	if (!given_tmpfs(here_folder, 64, true))
		skip();
	assert_int_equal(written_here(NULL), ERR_STICK_READ_ONLY);
	assert_int_equal(original_can_write(here_folder, 10), ERR_STICK_READ_ONLY);
	drop_tmpfs(here_folder);
}

/* A mount point that lost its stick is a folder of this computer's disk. */
static void no_original_is_written_below_an_empty_mount_point(void **state)
{
	UMockdevTestbed *computer = NULL;
	struct stick stick = {.name = strdup("S"), .folder = strdup(here_folder), .number = 1};
	struct original_written *written = NULL;

	(void)state;
	computer = given_computer(STICK("1-1", "sdb", "1", "S", ""), "");
	assert_int_equal(original_write_to_stick(&stick, NAME, here_bytes, &written),
			 ERR_STICK_GONE);
	assert_int_equal(count_entries(here_folder), 0);
	free(stick.folder);
	stick.folder = NULL;
	assert_int_equal(original_write_to_stick(&stick, NAME, here_bytes, &written),
			 ERR_STICK_NOT_MOUNTED);
	free(stick.name);
	g_object_unref(computer);
}

static void an_original_is_written_to_the_stick_that_is_there(void **state)
{
	char table[512];
	uint64_t id = 0;
	int fd = open(here_folder, O_PATH | O_CLOEXEC);
	struct stick *stick = NULL;
	struct original_written *written = NULL;

	(void)state;
	assert_int_equal(mount_id_of_fd(fd, &id), ERR_OK);
	assert_int_equal(close(fd), 0);
	(void)snprintf(table, sizeof table, "%llu 0 8:11 / %s rw - vfat /dev/sdb1 rw\n",
		       (unsigned long long)id, here_folder);
	UMockdevTestbed *computer = given_computer(STICK("1-1", "sdb", "1", "S", ""), table);
	assert_int_equal(stick_of_path(here_folder, &stick), ERR_OK);
	assert_int_equal(original_write_to_stick(stick, NAME, here_bytes, &written), ERR_OK);
	assert_true(original_is_here());
	original_written_free(written);
	stick_free(stick);
	g_object_unref(computer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_HERE(it_is_written_with_a_digest_that_sha256sum_reads),
		TEST_HERE(the_same_original_already_there_is_fine),
		TEST_HERE(another_original_is_never_overwritten),
		TEST_HERE(another_original_of_the_same_size_is_seen_too),
		TEST_HERE(a_wrong_digest_beside_it_is_corrected),
		TEST_HERE(what_is_no_plain_file_at_the_name_is_left_alone),
		TEST_HERE(links_at_the_temporary_name_and_the_digest_are_not_followed),
		TEST_HERE(a_kinko_that_is_a_link_or_a_file_is_refused),
		TEST_HERE(the_rest_of_an_interrupted_try_is_replaced),
		TEST_HERE(two_runs_at_once_both_end_well),
		TEST_HERE(a_name_that_leads_elsewhere_is_refused),
		TEST_HERE(a_folder_that_is_not_there_is_named),
		TEST_HERE(a_folder_one_may_not_write_to_is_named),
		TEST_HERE(asking_whether_one_can_write_leaves_nothing_behind),
		TEST_HERE(a_full_stick_is_told_before_and_while_writing),
		TEST_HERE(a_locked_stick_is_told),
		TEST_HERE(no_original_is_written_below_an_empty_mount_point),
		TEST_HERE(an_original_is_written_to_the_stick_that_is_there),
	};

	return secret_init() != ERR_OK || cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
