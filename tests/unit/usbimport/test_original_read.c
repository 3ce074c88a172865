/* Only a plain file of bounded size is read, once, and what is shown is what was read. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/usbimport/given.h"
#include "tests/unit/usbimport/given_here.h"
#include "usbimport/mounts.h"
#include "usbimport/original.h"

static void assert_refused(const char *path, enum err expected)
{
	struct original *original = NULL;

	assert_int_equal(original_read(path, &original), expected);
	assert_null(original);
	if (expected != ERR_OK)
		assert_non_null(strstr(err_detail_text(), path));
	err_forget();
}

static struct original *read_well(const char *path)
{
	struct original *original = NULL;

	assert_int_equal(original_read(path, &original), ERR_OK);
	return original;
}

static void a_file_is_read_with_its_digest(void **state)
{
	struct secret *bytes = given_secret(3000, 1);
	struct digest digest;

	(void)state;
	given_file(here("a.p12"), secret_view(bytes), 3000);
	struct original *original = read_well(here("a.p12"));
	digest_of(secret_view(bytes), 3000, &digest);
	assert_true(secret_equal(original->bytes, bytes));
	assert_true(digest_equal(&original->digest, &digest));
	assert_string_equal(original->path, here("a.p12"));
	assert_false(original->is_on_stick);
	assert_string_equal(original->where, "");
	original_free(original);
	secret_free(bytes);
}

static void one_mebibyte_is_read_and_one_byte_more_is_not(void **state)
{
	(void)state;
	given_text(here("large.p12"), "");
	assert_int_equal(truncate(here("large.p12"), ORIGINAL_SIZE_MAX), 0);
	struct original *original = read_well(here("large.p12"));
	assert_int_equal(secret_size(original->bytes), ORIGINAL_SIZE_MAX);
	original_free(original);
	assert_int_equal(truncate(here("large.p12"), ORIGINAL_SIZE_MAX + 1), 0);
	assert_refused(here("large.p12"), ERR_ORIGINAL_TOO_LARGE);
	assert_int_equal(truncate(here("large.p12"), 10LL << 30), 0);
	assert_refused(here("large.p12"), ERR_ORIGINAL_TOO_LARGE);
}

static void what_is_no_plain_file_is_refused_without_being_opened(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s/socket.p12", here_folder);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(mkfifo(here("fifo.p12"), 0600), 0);
	assert_int_equal(mkdir(here("folder.p12"), 0700), 0);
	given_text(here("target.p12"), "x");
	assert_int_equal(symlink("target.p12", here("link.p12")), 0);
	assert_int_equal(symlink("/proc/self/mem", here("memory.p12")), 0);
	assert_int_equal(symlink("gone", here("dangling.p12")), 0);
	assert_refused(here("socket.p12"), ERR_ORIGINAL_NOT_FILE);
	assert_refused(here("fifo.p12"), ERR_ORIGINAL_NOT_FILE);
	assert_refused(here("folder.p12"), ERR_ORIGINAL_NOT_FILE);
	assert_refused(here("link.p12"), ERR_ORIGINAL_NOT_FILE);
	assert_refused(here("memory.p12"), ERR_ORIGINAL_NOT_FILE);
	assert_refused(here("dangling.p12"), ERR_ORIGINAL_NOT_FILE);
	assert_refused("/dev/null", ERR_ORIGINAL_NOT_FILE);
	assert_int_equal(close(listener), 0);
}

static void block_and_character_devices_are_refused(void **state)
{
	(void)state;
	if (mknod(here("block.p12"), S_IFBLK | 0600, makedev(8, 0)) != 0) {
		print_message("skipped: needs root to make a device\n");
		skip();
	}
	assert_int_equal(mknod(here("char.p12"), S_IFCHR | 0600, makedev(5, 0)), 0);
	assert_refused(here("block.p12"), ERR_ORIGINAL_NOT_FILE);
	assert_refused(here("char.p12"), ERR_ORIGINAL_NOT_FILE);
}

static void a_file_that_is_not_there_is_named(void **state)
{
	(void)state;
	assert_refused(here("missing.p12"), ERR_ORIGINAL_UNREADABLE);
	assert_refused(here("missing/deep.p12"), ERR_ORIGINAL_UNREADABLE);
}

static void a_hard_link_and_a_strange_name_are_fine(void **state)
{
	static const char *const NAMES[] = {"-rf.p12", "line\nend.p12", "\x1B[31mred.p12",
					    "\xFF\xFE.p12", "原本.p12"};

	(void)state;
	given_text(here("first.p12"), "abc");
	for (size_t i = 0; i < COUNT_OF(NAMES); i++) {
		assert_int_equal(link(here("first.p12"), here(NAMES[i])), 0);
		struct original *original = read_well(here(NAMES[i]));
		assert_memory_equal(secret_view(original->bytes), "abc", 3);
		original_free(original);
	}
}

/* The folder above may be a link; where the file lies is asked of the open file. */
static void a_file_on_a_stick_knows_its_stick(void **state)
{
	char table[512];
	uint64_t id = 0;
	int fd = open(here_folder, O_PATH | O_CLOEXEC);

	(void)state;
	assert_int_equal(mount_id_of_fd(fd, &id), ERR_OK);
	assert_int_equal(close(fd), 0);
	(void)snprintf(table, sizeof table, "%llu 0 8:11 / /m rw - vfat /dev/sdb1 rw\n",
		       (unsigned long long)id);
	UMockdevTestbed *computer = given_computer(STICK("1-1", "sdb", "1", "BACKUP", ""), table);
	given_text(here("a.p12"), "abc");
	assert_int_equal(symlink(here_folder, here("link")), 0);
	struct original *original = read_well(here("link/a.p12"));
	assert_true(original->is_on_stick);
	assert_string_equal(original->where, "BACKUP");
	original_free(original);
	g_object_unref(computer);
}

static pid_t given_writer(const char *path, unsigned after_ms)
{
	struct timespec pause = {.tv_nsec = (long)after_ms * 1000000};
	pid_t writer = fork();

	if (writer != 0)
		return writer;
	(void)nanosleep(&pause, NULL);
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	_exit(fd < 0 || write(fd, "more", 4) != 4);
}

static void a_file_that_grows_while_it_is_read_is_refused(void **state)
{
	struct faulty_stick *stick = given_faulty_stick();
	struct secret *bytes = given_secret(3000, 1);
	int status = 0;

	(void)state;
	if (stick == NULL) {
		secret_free(bytes);
		skip();
	}
	given_file(path_in(stick->content, "a.p12"), secret_view(bytes), 3000);
	stick->faults[FAULT_PAUSE_MS] = 400;
	pid_t writer = given_writer(path_in(stick->content, "a.p12"), 100);
	assert_refused(path_in(stick->folder, "a.p12"), ERR_ORIGINAL_CHANGED);
	assert_int_equal(waitpid(writer, &status, 0), writer);
	assert_int_equal(status, 0);
	secret_free(bytes);
	drop_faulty_stick(stick);
}

/* Puts one of two originals or a link to neither at the name, as fast as it can. */
static pid_t given_swapper(void)
{
	static const char *const NAMES[] = {"one", "two"};
	pid_t swapper = fork();

	if (swapper != 0)
		return swapper;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 0;; i++) {
		const char *next = here("next");
		bool is_link = i % 3 == 2;
		(void)unlink(next);
		if ((is_link ? symlink("/etc/hostname", next) : link(here(NAMES[i % 3]), next)) !=
			    0 ||
		    rename(next, here("swapped.p12")) != 0)
			_exit(1);
	}
}

static void whatever_is_swapped_meanwhile_the_bytes_are_of_one_file(void **state)
{
	struct secret *one = given_secret(2000, 1);
	struct secret *two = given_secret(2500, 2);
	unsigned read_count = 0;
	int status = 0;

	(void)state;
	given_file(here("one"), secret_view(one), 2000);
	given_file(here("two"), secret_view(two), 2500);
	given_text(here("swapped.p12"), "first");
	pid_t swapper = given_swapper();
	for (unsigned i = 0; i < 3000; i++) {
		struct original *original = NULL;
		struct digest digest;
		enum err err = original_read(here("swapped.p12"), &original);
		assert_true(err == ERR_OK || err == ERR_ORIGINAL_NOT_FILE);
		if (err != ERR_OK)
			continue;
		digest_of(secret_view(original->bytes), secret_size(original->bytes), &digest);
		assert_true(digest_equal(&digest, &original->digest));
		assert_true(secret_equal(original->bytes, one) ||
			    secret_equal(original->bytes, two) ||
			    secret_size(original->bytes) == 5);
		original_free(original);
		read_count++;
	}
	assert_int_equal(kill(swapper, SIGKILL), 0);
	assert_int_equal(waitpid(swapper, &status, 0), swapper);
	assert_true(WIFSIGNALED(status)); /* it swapped to the end */
	assert_true(read_count > 0);
	secret_free(one);
	secret_free(two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_HERE(a_file_is_read_with_its_digest),
		TEST_HERE(one_mebibyte_is_read_and_one_byte_more_is_not),
		TEST_HERE(what_is_no_plain_file_is_refused_without_being_opened),
		TEST_HERE(block_and_character_devices_are_refused),
		TEST_HERE(a_file_that_is_not_there_is_named),
		TEST_HERE(a_hard_link_and_a_strange_name_are_fine),
		TEST_HERE(a_file_on_a_stick_knows_its_stick),
		TEST_HERE(a_file_that_grows_while_it_is_read_is_refused),
		TEST_HERE(whatever_is_swapped_meanwhile_the_bytes_are_of_one_file),
	};

	return secret_init() != ERR_OK || cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
