/* Small files are read within bounds and replaced so that no moment leaves a part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/base/given.h"
#include "vault/base/file.h"

static void what_was_written_is_read(void **state)
{
	int folder = given_folder();
	AUTO_HELD(bytes) read = {0};
	enum file_answer answer = FILE_ABSENT;
	struct stat status;

	(void)state;
	assert_int_equal(file_replace(folder, "name", 0400, "first", 5), ERR_OK);
	assert_int_equal(file_replace(folder, "name", 0640, "second", 6), ERR_OK);
	assert_int_equal(file_read(folder, "name", 6, &answer, &read), ERR_OK);
	assert_int_equal(answer, FILE_PRESENT);
	assert_int_equal(read.size, 6);
	assert_memory_equal(read.data, "second", 6);
	assert_int_equal(fstatat(folder, "name", &status, 0), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_false(file_exists(folder, "name.new"));
	given_folder_gone(folder);
}

static void a_secret_is_read_into_secret_memory(void **state)
{
	int folder = given_folder();
	AUTO(secret) read = NULL;
	enum file_answer answer = FILE_ABSENT;

	(void)state;
	given_file(folder, "host.key", "sesame");
	assert_int_equal(file_read_secret(folder, "host.key", 64, &answer, &read), ERR_OK);
	assert_int_equal(answer, FILE_PRESENT);
	assert_int_equal(secret_size(read), 6);
	assert_memory_equal(secret_view(read), "sesame", 6);
	given_folder_gone(folder);
}

static void an_absent_file_is_an_answer(void **state)
{
	int folder = given_folder();
	AUTO_HELD(bytes) read = {0};
	AUTO(secret) secret = NULL;
	enum file_answer answer = FILE_PRESENT;

	(void)state;
	assert_int_equal(file_read(folder, "name", 10, &answer, &read), ERR_OK);
	assert_int_equal(answer, FILE_ABSENT);
	answer = FILE_PRESENT;
	assert_int_equal(file_read_secret(folder, "name", 10, &answer, &secret), ERR_OK);
	assert_int_equal(answer, FILE_ABSENT);
	assert_null(secret);
	assert_false(file_exists(folder, "name"));
	given_folder_gone(folder);
}

static void an_empty_file_is_present_and_empty(void **state)
{
	int folder = given_folder();
	AUTO_HELD(bytes) read = {0};
	enum file_answer answer = FILE_ABSENT;

	(void)state;
	assert_int_equal(file_replace(folder, "name", 0600, "", 0), ERR_OK);
	assert_int_equal(file_read(folder, "name", 10, &answer, &read), ERR_OK);
	assert_int_equal(answer, FILE_PRESENT);
	assert_int_equal(read.size, 0);
	given_folder_gone(folder);
}

static void assert_not_read(int folder, const char *name, size_t size_max)
{
	AUTO_HELD(bytes) read = {0};
	AUTO(secret) secret = NULL;
	enum file_answer answer = FILE_ABSENT;

	assert_int_equal(file_read(folder, name, size_max, &answer, &read), ERR_DISK);
	assert_int_equal(file_read_secret(folder, name, size_max, &answer, &secret), ERR_DISK);
	assert_null(read.data);
	assert_null(secret);
}

static void only_plain_files_of_a_bounded_size_are_read(void **state)
{
	int folder = given_folder();

	(void)state;
	given_file(folder, "plain", "12345");
	assert_not_read(folder, "plain", 4);
	assert_int_equal(symlinkat("plain", folder, "link"), 0);
	assert_not_read(folder, "link", 64);
	assert_int_equal(mkfifoat(folder, "fifo", 0600), 0);
	assert_not_read(folder, "fifo", 64); /* nobody writes to it: this must not hang */
	assert_int_equal(mkdirat(folder, "folder", 0700), 0);
	assert_not_read(folder, "folder", 64);
	given_folder_gone(folder);
}

static void a_file_is_created_only_once(void **state)
{
	int folder = given_folder();

	(void)state;
	assert_int_equal(file_create(folder, "name", 0600, "first", 5), ERR_OK);
	assert_int_equal(file_create(folder, "name", 0600, "second", 6), ERR_DISK);
	assert_file_holds(folder, "name", "first");
	assert_false(file_exists(folder, "name.new"));
	assert_int_equal(symlinkat("nowhere", folder, "link"), 0);
	assert_int_equal(file_create(folder, "link", 0600, "x", 1), ERR_DISK);
	assert_false(file_exists(folder, "nowhere"));
	given_folder_gone(folder);
}

static void a_trap_in_place_of_the_temporary_file_is_put_aside(void **state)
{
	int folder = given_folder();

	(void)state;
	given_file(folder, "victim", "untouched");
	assert_int_equal(mkfifoat(folder, "a.new", 0600), 0);
	assert_int_equal(symlinkat("victim", folder, "b.new"), 0);
	assert_int_equal(linkat(folder, "victim", folder, "c.new", 0), 0);
	given_file(folder, "d.new", "left by a crash, longer than the new one");
	assert_int_equal(file_replace(folder, "a", 0600, "A", 1), ERR_OK);
	assert_int_equal(file_replace(folder, "b", 0600, "B", 1), ERR_OK);
	assert_int_equal(file_create(folder, "c", 0600, "C", 1), ERR_OK);
	assert_int_equal(file_replace(folder, "d", 0600, "D", 1), ERR_OK);
	assert_file_holds(folder, "a", "A");
	assert_file_holds(folder, "b", "B");
	assert_file_holds(folder, "c", "C");
	assert_file_holds(folder, "d", "D");
	assert_file_holds(folder, "victim", "untouched");
	given_folder_gone(folder);
}

static void a_link_is_replaced_and_not_followed(void **state)
{
	int folder = given_folder();

	(void)state;
	given_file(folder, "victim", "untouched");
	assert_int_equal(symlinkat("victim", folder, "name"), 0);
	assert_int_equal(file_replace(folder, "name", 0600, "new", 3), ERR_OK);
	assert_file_holds(folder, "name", "new");
	assert_file_holds(folder, "victim", "untouched");
	given_folder_gone(folder);
}

/* A file may not grow beyond four bytes here: like a full disk. */
static int replace_on_a_full_disk(int folder)
{
	const struct rlimit four = {4, 4};

	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &four) != 0)
		return 1;
	return file_replace(folder, "name", 0600, "new and longer", 14) == ERR_DISK ? 0 : 2;
}

static void a_full_disk_leaves_the_old_file(void **state)
{
	int folder = given_folder();
	int status = 0;
	pid_t child;

	(void)state;
	given_file(folder, "name", "old");
	child = fork();
	if (child == 0)
		_exit(replace_on_a_full_disk(folder));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_file_holds(folder, "name", "old");
	assert_false(file_exists(folder, "name.new"));
	given_folder_gone(folder);
}

static void a_name_too_long_for_its_temporary_file_is_refused(void **state)
{
	int folder = given_folder();
	char name[256];

	(void)state;
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	given_file(folder, name, "old");
	assert_int_equal(file_replace(folder, name, 0600, "new", 3), ERR_DISK);
	assert_int_equal(file_create(folder, name, 0600, "new", 3), ERR_DISK);
	assert_file_holds(folder, name, "old");
	given_folder_gone(folder);
}

static void a_part_is_written_over_in_place_and_never_beyond(void **state)
{
	int folder = given_folder();

	(void)state;
	given_file(folder, "name", "old value");
	assert_int_equal(file_overwrite(folder, "name", 4, "VALUE", 5), ERR_OK);
	assert_file_holds(folder, "name", "old VALUE");
	assert_int_equal(file_overwrite(folder, "name", 5, "value", 5), ERR_DISK);
	assert_int_equal(file_overwrite(folder, "name", 10, "", 0), ERR_DISK);
	assert_int_equal(file_overwrite(folder, "none", 0, "new", 3), ERR_DISK);
	assert_false(file_exists(folder, "none"));
	assert_int_equal(symlinkat("name", folder, "link"), 0);
	assert_int_equal(file_overwrite(folder, "link", 0, "new", 3), ERR_DISK);
	assert_int_equal(mkfifoat(folder, "fifo", 0600), 0);
	assert_int_equal(file_overwrite(folder, "fifo", 0, "new", 3), ERR_DISK);
	assert_file_holds(folder, "name", "old VALUE");
	given_folder_gone(folder);
}

static void removing_is_done_when_the_file_is_gone(void **state)
{
	int folder = given_folder();

	(void)state;
	given_file(folder, "name", "x");
	assert_int_equal(file_remove(folder, "name"), ERR_OK);
	assert_false(file_exists(folder, "name"));
	assert_int_equal(file_remove(folder, "name"), ERR_OK);
	assert_int_equal(mkdirat(folder, "sub", 0700), 0);
	assert_int_equal(file_remove(folder, "sub"), ERR_DISK);
	given_folder_gone(folder);
}

static void a_folder_is_made_once_and_no_link_is_taken_for_one(void **state)
{
	char path[] = "/tmp/kinko-base-XXXXXX";
	char inner[64];
	char linked[64];
	int folder = -1;

	(void)state;
	assert_non_null(mkdtemp(path));
	(void)snprintf(inner, sizeof inner, "%s/inner", path);
	(void)snprintf(linked, sizeof linked, "%s/link", path);
	assert_int_equal(file_open_folder(inner, &folder), ERR_VAULT_FOLDER);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(file_make_folder(inner, 0700, &folder), ERR_OK);
		(void)close(folder);
	}
	assert_int_equal(symlink(inner, linked), 0);
	assert_int_equal(file_open_folder(linked, &folder), ERR_VAULT_FOLDER);
	assert_int_equal(file_make_folder(linked, 0700, &folder), ERR_VAULT_FOLDER);
	(void)unlink(linked);
	(void)rmdir(inner);
	(void)rmdir(path);
}

static void everything_is_written_into_a_narrow_pipe(void **state)
{
	enum { SIZE = 1 << 20 };
	AUTO_HELD(bytes) sent = {0};
	int ends[2];
	size_t received = 0;
	char piece[4096];
	pid_t child;
	int status = 1;

	(void)state;
	assert_int_equal(bytes_zeroed(SIZE, &sent), ERR_OK);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0)
		_exit(file_write_all(ends[1], sent.data, sent.size) == 0 ? 0 : 1);
	(void)close(ends[1]);
	for (ssize_t got; (got = read(ends[0], piece, sizeof piece)) > 0;)
		received += (size_t)got;
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(received, SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(a_secret_is_read_into_secret_memory),
		cmocka_unit_test(an_absent_file_is_an_answer),
		cmocka_unit_test(an_empty_file_is_present_and_empty),
		cmocka_unit_test(only_plain_files_of_a_bounded_size_are_read),
		cmocka_unit_test(a_file_is_created_only_once),
		cmocka_unit_test(a_trap_in_place_of_the_temporary_file_is_put_aside),
		cmocka_unit_test(a_link_is_replaced_and_not_followed),
		cmocka_unit_test(a_full_disk_leaves_the_old_file),
		cmocka_unit_test(a_name_too_long_for_its_temporary_file_is_refused),
		cmocka_unit_test(a_part_is_written_over_in_place_and_never_beyond),
		cmocka_unit_test(removing_is_done_when_the_file_is_gone),
		cmocka_unit_test(a_folder_is_made_once_and_no_link_is_taken_for_one),
		cmocka_unit_test(everything_is_written_into_a_narrow_pipe),
	};
	if (secret_init() != ERR_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
