/* Rows are kept, all or nothing; what is not our database is refused and not touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/store/store.h"

struct world {
	char path[64];
	int folder;
	struct store *store;
};

static const char *temporary_folder(void)
{
	const char *wished = getenv("TMPDIR");

	if (wished != NULL && strlen(wished) < 40)
		return wished;
	return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

static struct row_id row(enum row_kind kind, uint8_t record)
{
	return (struct row_id){kind, {{record, 1, 2, 3}}};
}

/* A row whose bytes are easy to find on disk. */
static struct bytes content(char letter, size_t size)
{
	struct bytes bytes = {NULL, 0};

	assert_int_equal(bytes_zeroed(size, &bytes), ERR_OK);
	memset(bytes.data, letter, size);
	return bytes;
}

static enum err put(struct store *store, struct row_id id, char letter, size_t size)
{
	AUTO_HELD(bytes) bytes = content(letter, size);
	struct row_change change = {id, &bytes};

	return store_change(store, &change, 1);
}

static bool holds(struct store *store, struct row_id id, char letter, size_t size)
{
	AUTO_HELD(bytes) expected = content(letter, size);
	AUTO_HELD(bytes) found = {NULL, 0};

	return store_read(store, &id, &found) == ERR_OK && bytes_equal(&found, &expected);
}

static int given_world(void **state)
{
	struct world *world = calloc(1, sizeof *world);

	(void)snprintf(world->path, sizeof world->path, "%s/kinko-store-XXXXXX",
		       temporary_folder());
	assert_non_null(mkdtemp(world->path));
	assert_int_equal(file_open_folder(world->path, &world->folder), ERR_OK);
	assert_int_equal(store_create(world->folder, &world->store), ERR_OK);
	assert_int_equal(put(world->store, row(ROW_META, 1), 'a', 3000), ERR_OK);
	assert_int_equal(put(world->store, row(ROW_PIN, 1), 'b', 200), ERR_OK);
	*state = world;
	return 0;
}

static int world_gone(void **state)
{
	struct world *world = *state;
	struct dirent *item;
	DIR *folder = opendir(world->path);

	store_free(world->store);
	while ((item = readdir(folder)) != NULL)
		if (item->d_name[0] != '.')
			(void)unlinkat(dirfd(folder), item->d_name,
				       item->d_type == DT_DIR ? AT_REMOVEDIR : 0);
	(void)closedir(folder);
	(void)rmdir(world->path);
	(void)close(world->folder);
	free(world);
	return 0;
}

static void close_store(struct world *world)
{
	store_free(TAKE(world->store));
}

static void reopen(struct world *world)
{
	close_store(world);
	assert_int_equal(store_open(world->folder, &world->store), ERR_OK);
}

static void rows_are_found_again(void **state)
{
	struct world *world = *state;

	for (int round = 0; round < 2; round++) {
		assert_true(holds(world->store, row(ROW_META, 1), 'a', 3000));
		assert_true(holds(world->store, row(ROW_PIN, 1), 'b', 200));
		reopen(world);
	}
	assert_int_equal(put(world->store, row(ROW_PIN, 1), 'c', 200), ERR_OK);
	reopen(world);
	assert_true(holds(world->store, row(ROW_PIN, 1), 'c', 200));
}

static void a_row_that_is_not_there_is_damage(void **state)
{
	struct world *world = *state;
	struct row_id id = row(ROW_KEY, 1);
	AUTO_HELD(bytes) found = {NULL, 0};

	assert_int_equal(store_read(world->store, &id, &found), ERR_VAULT_DAMAGED);
}

static enum err count_row(const struct row_id *id, const struct bytes *sealed, void *context)
{
	size_t *counts = context;

	assert_true(sealed->size == 3000 || sealed->size == 200);
	counts[id->kind]++;
	return ERR_OK;
}

static enum err stop_at_once(const struct row_id *id, const struct bytes *sealed, void *context)
{
	(void)id;
	(void)sealed;
	(*(size_t *)context)++;
	return ERR_CANCELLED;
}

static void every_row_is_visited_once(void **state)
{
	struct world *world = *state;
	size_t counts[ROW_KIND_COUNT] = {0}, stops = 0;

	assert_int_equal(store_each(world->store, count_row, counts), ERR_OK);
	assert_int_equal(counts[ROW_META], 1);
	assert_int_equal(counts[ROW_PIN], 1);
	assert_int_equal(counts[ROW_KEY], 0);
	assert_int_equal(store_each(world->store, stop_at_once, &stops), ERR_CANCELLED);
	assert_int_equal(stops, 1);
}

static void a_change_is_all_or_nothing(void **state)
{
	struct world *world = *state;
	AUTO_HELD(bytes) bytes = content('x', 200);
	const struct row_change changes[] = {
		{row(ROW_PIN, 1), &bytes}, {row(ROW_PIN, 2), &bytes}, {row(ROW_KEY, 9), NULL}};

	/* The last one deletes what is not there. */
	assert_int_equal(store_change(world->store, changes, COUNT_OF(changes)), ERR_VAULT_DAMAGED);
	assert_true(holds(world->store, row(ROW_PIN, 1), 'b', 200));
	assert_false(holds(world->store, row(ROW_PIN, 2), 'x', 200));
	assert_int_equal(store_change(world->store, changes, 2), ERR_OK);
	reopen(world);
	assert_true(holds(world->store, row(ROW_PIN, 2), 'x', 200));
}

/* All names, contents and times of change. */
static struct digest contents(const struct world *world)
{
	struct digest sum = {{0}};
	struct dirent **items = NULL;
	int count = scandir(world->path, &items, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		AUTO_HELD(bytes) bytes = {NULL, 0};
		enum file_answer answer = FILE_ABSENT;
		struct stat status;
		assert_int_equal(
			fstatat(world->folder, items[i]->d_name, &status, AT_SYMLINK_NOFOLLOW), 0);
		digest_of_two(sum.bytes, DIGEST_SIZE, items[i]->d_name, strlen(items[i]->d_name),
			      &sum);
		if (S_ISREG(status.st_mode) && status.st_size < 1 << 24) {
			assert_int_equal(file_read(world->folder, items[i]->d_name, 1 << 24,
						   &answer, &bytes),
					 ERR_OK);
			digest_of_two(sum.bytes, DIGEST_SIZE, bytes.data, bytes.size, &sum);
			digest_of_two(sum.bytes, DIGEST_SIZE, &status.st_mtim,
				      sizeof status.st_mtim, &sum);
		}
		free(items[i]);
	}
	free(items);
	return sum;
}

static void looking_writes_nothing(void **state)
{
	struct world *world = *state;
	size_t counts[ROW_KIND_COUNT] = {0};
	struct digest before, after;

	/* With the log as the last change left it, and with an empty one. */
	for (int round = 0; round < 2; round++) {
		close_store(world);
		before = contents(world);
		assert_int_equal(store_open(world->folder, &world->store), ERR_OK);
		assert_int_equal(store_each(world->store, count_row, counts), ERR_OK);
		assert_true(holds(world->store, row(ROW_PIN, 1), 'b', 200));
		close_store(world);
		after = contents(world);
		assert_memory_equal(&before, &after, sizeof before);
		assert_int_equal(store_open(world->folder, &world->store), ERR_OK);
		assert_int_equal(store_checkpoint(world->store), ERR_OK);
	}
}

static bool file_contains(int folder, const char *name, const char *text)
{
	AUTO_HELD(bytes) bytes = {NULL, 0};
	enum file_answer answer = FILE_ABSENT;

	assert_int_equal(file_read(folder, name, 1 << 24, &answer, &bytes), ERR_OK);
	return answer == FILE_PRESENT && bytes.size > 0 &&
	       memmem(bytes.data, bytes.size, text, strlen(text)) != NULL;
}

static void a_deleted_row_leaves_database_and_log(void **state)
{
	struct world *world = *state;
	struct row_change change = {row(ROW_META, 1), NULL};

	assert_int_equal(store_checkpoint(world->store), ERR_OK);
	assert_true(file_contains(world->folder, "vault.db", "aaaaaaaaaaaaaaaa"));
	assert_int_equal(store_change(world->store, &change, 1), ERR_OK);
	assert_int_equal(store_checkpoint(world->store), ERR_OK);
	assert_false(file_contains(world->folder, "vault.db", "aaaaaaaaaaaaaaaa"));
	assert_false(file_contains(world->folder, "vault.db-wal", "aaaaaaaaaaaaaaaa"));
	assert_true(holds(world->store, row(ROW_PIN, 1), 'b', 200));
}

static void only_its_user_may_read_the_files(void **state)
{
	struct world *world = *state;
	static const char *const names[] = {"vault.db", "vault.db-wal"};
	struct dirent **items = NULL;
	struct stat status;
	int count;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		assert_int_equal(fstatat(world->folder, names[i], &status, 0), 0);
		assert_int_equal(status.st_mode & 07777, 0600);
	}
	count = scandir(world->path, &items, NULL, alphasort);
	for (int i = 0; i < count; i++)
		free(items[i]);
	free(items);
	assert_int_equal(count, 2 + 2); /* ".", "..", and nothing left over */
}

static void a_second_database_is_never_made(void **state)
{
	struct world *world = *state;
	struct store *second = NULL;

	assert_int_equal(store_presence(world->folder), STORE_PRESENT);
	assert_int_equal(store_create(world->folder, &second), ERR_DISK);
	close_store(world);
	assert_int_equal(unlinkat(world->folder, "vault.db", 0), 0);
	/* A log alone would be replayed into a new database. */
	assert_int_equal(store_presence(world->folder), STORE_PRESENT);
	assert_int_equal(store_create(world->folder, &second), ERR_DISK);
	assert_int_equal(store_open(world->folder, &second), ERR_VAULT_DAMAGED);
}

static void a_second_process_is_kept_out(void **state)
{
	struct world *world = *state;
	int status = 0;
	pid_t child;

	assert_int_equal(put(world->store, row(ROW_KEY, 3), 'k', 200), ERR_OK);
	child = fork();
	if (child == 0) {
		struct store *second = NULL;
		enum err err = store_open(world->folder, &second);
		if (err == ERR_OK)
			err = put(second, row(ROW_KEY, 4), 'k', 200);
		_exit(err == ERR_ALREADY_RUNNING ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Refused within a moment, and left as it is. */
static void expect_refused(struct world *world)
{
	struct digest before = contents(world), after;
	struct store *store = NULL;
	time_t begun = time(NULL);

	assert_string_equal(err_word(store_open(world->folder, &store)), "vault-damaged");
	after = contents(world);
	assert_memory_equal(&before, &after, sizeof before);
	assert_true(time(NULL) - begun <= 2);
}

/* The database, closed and with an empty log, under another name. */
static void put_aside(struct world *world)
{
	assert_int_equal(store_checkpoint(world->store), ERR_OK);
	close_store(world);
	(void)unlinkat(world->folder, "vault.db-wal", 0);
	assert_int_equal(renameat(world->folder, "vault.db", world->folder, "aside"), 0);
}

static void what_is_no_file_of_ours_is_not_opened(void **state)
{
	struct world *world = *state;
	AUTO_FD giant = -1;

	put_aside(world);
	assert_int_equal(symlinkat("aside", world->folder, "vault.db"), 0);
	expect_refused(world);
	assert_int_equal(unlinkat(world->folder, "vault.db", 0), 0);
	assert_int_equal(linkat(world->folder, "aside", world->folder, "vault.db", 0), 0);
	expect_refused(world);
	assert_int_equal(unlinkat(world->folder, "vault.db", 0), 0);
	assert_int_equal(mkfifoat(world->folder, "vault.db", 0600), 0);
	expect_refused(world);
	assert_int_equal(unlinkat(world->folder, "vault.db", 0), 0);
	assert_int_equal(mkdirat(world->folder, "vault.db", 0700), 0);
	expect_refused(world);
	assert_int_equal(unlinkat(world->folder, "vault.db", AT_REMOVEDIR), 0);
	giant = openat(world->folder, "vault.db", O_CREAT | O_WRONLY, 0600);
	assert_int_equal(ftruncate(giant, (off_t)1 << 40), 0);
	expect_refused(world);
	assert_int_equal(unlinkat(world->folder, "vault.db", 0), 0);
	assert_int_equal(file_create(world->folder, "vault.db", 0600, NULL, 0), ERR_OK);
	expect_refused(world);
	assert_int_equal(unlinkat(world->folder, "vault.db", 0), 0);
	assert_int_equal(file_create(world->folder, "vault.db", 0600, "SQLite format 3", 16),
			 ERR_OK);
	expect_refused(world);
	assert_int_equal(unlinkat(world->folder, "vault.db", 0), 0);
	assert_int_equal(renameat(world->folder, "aside", world->folder, "vault.db"), 0);
	assert_int_equal(fchmodat(world->folder, "vault.db", 0622, 0), 0);
	expect_refused(world);
	assert_int_equal(fchmodat(world->folder, "vault.db", 0600, 0), 0);
	if (geteuid() == 0) {
		assert_int_equal(fchownat(world->folder, "vault.db", 1234, 1234, 0), 0);
		expect_refused(world);
		assert_int_equal(fchownat(world->folder, "vault.db", 0, 0, 0), 0);
	}
	assert_int_equal(file_create(world->folder, "vault.db-journal", 0600, "x", 1), ERR_OK);
	expect_refused(world);
	assert_int_equal(unlinkat(world->folder, "vault.db-journal", 0), 0);
	assert_int_equal(symlinkat("/etc/hostname", world->folder, "vault.db-wal"), 0);
	expect_refused(world);
	assert_int_equal(unlinkat(world->folder, "vault.db-wal", 0), 0);
	assert_int_equal(store_open(world->folder, &world->store), ERR_OK);
	assert_true(holds(world->store, row(ROW_PIN, 1), 'b', 200));
}

static void shared_memory_of_another_program_means_nothing(void **state)
{
	struct world *world = *state;

	assert_int_equal(file_create(world->folder, "vault.db-shm", 0600, "garbage", 7), ERR_OK);
	reopen(world);
	assert_true(holds(world->store, row(ROW_META, 1), 'a', 3000));
	assert_int_equal(put(world->store, row(ROW_META, 1), 'z', 3000), ERR_OK);
}

/* A log cut at any place gives the last whole change or an earlier one, never a part. */
static void a_cut_log_gives_whole_changes_only(void **state)
{
	struct world *world = *state;
	AUTO_HELD(bytes) log = {NULL, 0};
	AUTO_HELD(bytes) x = content('x', 200);
	AUTO_HELD(bytes) y = content('y', 200);
	const struct row_change both[] = {{row(ROW_PIN, 1), &x}, {row(ROW_PIN, 7), &y}};
	enum file_answer answer = FILE_ABSENT;
	size_t with = 0, without = 0;

	assert_int_equal(store_change(world->store, both, 2), ERR_OK);
	close_store(world);
	assert_int_equal(file_read(world->folder, "vault.db-wal", 1 << 24, &answer, &log), ERR_OK);
	for (size_t size = 0; size <= log.size; size += size < log.size - 5000 ? 997 : 13) {
		struct store *store = NULL;
		assert_int_equal(file_replace(world->folder, "vault.db-wal", 0600, log.data, size),
				 ERR_OK);
		if (store_open(world->folder, &store) != ERR_OK)
			continue;
		if (holds(store, row(ROW_PIN, 1), 'x', 200)) {
			assert_true(holds(store, row(ROW_PIN, 7), 'y', 200));
			with++;
		} else {
			assert_false(holds(store, row(ROW_PIN, 7), 'y', 200));
			without++;
		}
		store_free(store);
	}
	assert_true(without > 0);
	assert_int_equal(file_replace(world->folder, "vault.db-wal", 0600, log.data, log.size),
			 ERR_OK);
	assert_int_equal(store_open(world->folder, &world->store), ERR_OK);
	assert_true(holds(world->store, row(ROW_PIN, 7), 'y', 200));
	(void)with;
}

/* The disk fails at the n-th call SQLite makes to change a file, by SQLite's own door for it. */
static struct {
	unsigned left;
	bool forever;
	bool happened;
	int error;
} fault;

static bool strikes(void)
{
	if (fault.left == 0 || (--fault.left > 0))
		return false;
	if (fault.forever)
		fault.left = 1;
	fault.happened = true;
	errno = fault.error;
	return true;
}

static ssize_t failing_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	return strikes() ? -1 : pwrite(fd, bytes, size, offset);
}

static ssize_t failing_write(int fd, const void *bytes, size_t size)
{
	return strikes() ? -1 : write(fd, bytes, size);
}

static int failing_truncate(int fd, off_t size)
{
	return strikes() ? -1 : ftruncate(fd, size);
}

static void set_calls(bool failing)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	const struct {
		const char *name;
		sqlite3_syscall_ptr call;
	} calls[] = {
		{"pwrite", (sqlite3_syscall_ptr)(void *)failing_pwrite},
		{"pwrite64", (sqlite3_syscall_ptr)(void *)failing_pwrite},
		{"write", (sqlite3_syscall_ptr)(void *)failing_write},
		{"ftruncate", (sqlite3_syscall_ptr)(void *)failing_truncate},
	};

	for (size_t i = 0; i < COUNT_OF(calls); i++)
		(void)vfs->xSetSystemCall(vfs, calls[i].name, failing ? calls[i].call : NULL);
}

static void a_failing_disk_never_loses_a_row(void **state)
{
	struct world *world = *state;
	static const int errors[] = {EIO, ENOSPC};
	char letter = 'b';
	unsigned failures = 0;

	for (int i = 0; i < 4; i++) {
		bool happened = true;
		for (unsigned nth = 1; happened; nth++) {
			char next = (char)(letter == 'z' ? 'c' : letter + 1);
			enum err err;
			reopen(world);
			set_calls(true);
			fault.left = nth;
			fault.error = errors[i % 2];
			fault.forever = i >= 2;
			fault.happened = false;
			err = put(world->store, row(ROW_PIN, 1), next, 200);
			happened = fault.happened;
			fault.left = 0;
			set_calls(false);
			if (err == ERR_OK)
				letter = next;
			else
				failures++;
			assert_true(err == ERR_OK || err == ERR_DISK);
			assert_true(holds(world->store, row(ROW_PIN, 1), letter, 200));
			assert_true(holds(world->store, row(ROW_META, 1), 'a', 3000));
			/* The same store goes on. */
			next = (char)(letter == 'z' ? 'c' : letter + 1);
			assert_int_equal(put(world->store, row(ROW_PIN, 1), next, 200), ERR_OK);
			letter = next;
			reopen(world);
			assert_true(holds(world->store, row(ROW_PIN, 1), letter, 200));
		}
	}
	assert_true(failures > 4);
}

static void a_row_of_two_mebibytes_is_the_largest(void **state)
{
	struct world *world = *state;

	assert_int_equal(put(world->store, row(ROW_META, 5), 'm', ROW_SIZE_MAX), ERR_OK);
	assert_int_not_equal(put(world->store, row(ROW_META, 6), 'm', ROW_SIZE_MAX + 8192), ERR_OK);
	assert_true(holds(world->store, row(ROW_META, 5), 'm', ROW_SIZE_MAX));
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, given_world, world_gone)
	const struct CMUnitTest tests[] = {
		WORLD_TEST(rows_are_found_again),
		WORLD_TEST(a_row_that_is_not_there_is_damage),
		WORLD_TEST(every_row_is_visited_once),
		WORLD_TEST(a_change_is_all_or_nothing),
		WORLD_TEST(looking_writes_nothing),
		WORLD_TEST(a_deleted_row_leaves_database_and_log),
		WORLD_TEST(only_its_user_may_read_the_files),
		WORLD_TEST(a_second_database_is_never_made),
		WORLD_TEST(a_second_process_is_kept_out),
		WORLD_TEST(what_is_no_file_of_ours_is_not_opened),
		WORLD_TEST(shared_memory_of_another_program_means_nothing),
		WORLD_TEST(a_cut_log_gives_whole_changes_only),
		WORLD_TEST(a_failing_disk_never_loses_a_row),
		WORLD_TEST(a_row_of_two_mebibytes_is_the_largest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
