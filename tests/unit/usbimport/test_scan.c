/* Looking for originals is bounded, follows nothing, and says what it passed over and why. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/usbimport/given.h"
#include "tests/unit/usbimport/given_here.h"
#include "usbimport/original.h"
#include "usbimport/scan.h"

static struct scan *scanned(void)
{
	struct scan *scan = NULL;

	assert_int_equal(scan_folder(here_folder, &scan), ERR_OK);
	return scan;
}

static void given_inner_folder(const char *name)
{
	assert_int_equal(mkdir(here(name), 0700), 0);
}

static void given_original_at(const char *name)
{
	given_text(here(name), "original");
}

static const char *reason_for(const struct scan *scan, const char *name)
{
	const char *path = here(name);

	for (size_t i = 0; i < scan->skipped_count; i++)
		if (strcmp(scan->skipped[i].path, path) == 0)
			return scan->skipped[i].why;
	return "";
}

static void originals_are_found_by_their_ending_those_in_kinko_first(void **state)
{
	static const char *const EXPECTED[] = {"Kinko/z.p12", "A.PFX", "b/c/deep.Pfx", "b/x.p12",
					       "c.P12"};

	(void)state;
	given_inner_folder("Kinko");
	given_inner_folder("b");
	given_inner_folder("b/c");
	given_original_at("c.P12");
	given_original_at("A.PFX");
	given_original_at("b/x.p12");
	given_original_at("b/c/deep.Pfx");
	given_original_at("Kinko/z.p12");
	given_original_at("Kinko/z.p12.sha256");
	given_original_at("b/p12");
	given_original_at("b/picture.jpg");
	struct scan *scan = scanned();
	assert_int_equal(scan->count, COUNT_OF(EXPECTED));
	for (size_t i = 0; i < scan->count; i++) {
		assert_string_equal(scan->items[i].path, here(EXPECTED[i]));
		assert_int_equal(scan->items[i].size, 8);
	}
	assert_int_equal(scan->skipped_count, 0);
	assert_false(scan->is_cut);
	scan_free(scan);
}

static void what_is_no_plain_file_is_skipped_with_its_reason(void **state)
{
	(void)state;
	assert_int_equal(symlink("/etc/passwd", here("link.p12")), 0);
	assert_int_equal(mkfifo(here("fifo.p12"), 0600), 0);
	given_inner_folder("folder.p12");
	given_original_at("folder.p12/inside.p12");
	given_text(here("empty.p12"), "");
	given_text(here("huge.p12"), "");
	assert_int_equal(truncate(here("huge.p12"), 10LL << 30), 0);
	struct scan *scan = scanned();
	assert_int_equal(scan->count, 0);
	assert_int_equal(scan->skipped_count, 5);
	assert_string_equal(reason_for(scan, "link.p12"), "a link is never followed");
	assert_string_equal(reason_for(scan, "fifo.p12"), "not a plain file");
	assert_string_equal(reason_for(scan, "folder.p12"), "a folder");
	assert_string_equal(reason_for(scan, "empty.p12"), "empty");
	assert_string_equal(reason_for(scan, "huge.p12"), "larger than 1 MiB");
	scan_free(scan);
}

static void links_lead_nowhere_not_even_out_of_the_kinko_folder(void **state)
{
	char *elsewhere = given_folder();

	(void)state;
	given_text(path_in(elsewhere, "secret.p12"), "secret");
	assert_int_equal(symlink(elsewhere, here("Kinko")), 0);
	assert_int_equal(symlink("..", here("loop")), 0);
	assert_int_equal(symlink("/", here("root")), 0);
	struct scan *scan = scanned();
	assert_int_equal(scan->count, 0);
	assert_false(scan->is_cut);
	scan_free(scan);
	drop_folder(elsewhere);
}

static void hidden_files_waste_baskets_and_system_folders_are_passed_over(void **state)
{
	static const char *const FOLDERS[] = {".hidden", "$Recycle.Bin",
					      "System Volume Information", "lost+found"};

	(void)state;
	given_original_at("._mac.p12");
	for (size_t i = 0; i < COUNT_OF(FOLDERS); i++) {
		char name[128];
		given_inner_folder(FOLDERS[i]);
		(void)snprintf(name, sizeof name, "%s/deleted.p12", FOLDERS[i]);
		given_original_at(name);
	}
	struct scan *scan = scanned();
	assert_int_equal(scan->count, 0);
	assert_int_equal(scan->skipped_count, 0);
	scan_free(scan);
}

static void names_may_be_any_bytes(void **state)
{
	char longest[256];
	const char *const names[] = {"-rf.p12",      "line\nend.p12", "\x1B[2J.p12",
				     "\xFF\xFE.p12", "e\xCC\x81.p12", "\xC3\xA9.p12",
				     "Twin.p12",     "TWIN.p12",      longest};

	(void)state;
	memset(longest, 'x', sizeof longest);
	memcpy(longest + 251, ".p12", 5);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		given_original_at(names[i]);
	struct scan *scan = scanned();
	assert_int_equal(scan->count, COUNT_OF(names));
	for (size_t i = 0; i < scan->count; i++)
		assert_true(is_there(scan->items[i].path));
	scan_free(scan);
}

static void only_four_folders_deep_is_looked(void **state)
{
	static const char *const FOLDERS[] = {"1", "1/2", "1/2/3", "1/2/3/4", "1/2/3/4/5"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(FOLDERS); i++) {
		char name[32];
		given_inner_folder(FOLDERS[i]);
		(void)snprintf(name, sizeof name, "%s/x.p12", FOLDERS[i]);
		given_original_at(name);
	}
	struct scan *scan = scanned();
	assert_int_equal(scan->count, SCAN_DEPTH_MAX);
	assert_true(scan->is_cut);
	scan_free(scan);
}

static void a_thousand_folders_in_each_other_do_no_harm(void **state)
{
	int at = open(here_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	for (unsigned depth = 0; depth < 1000; depth++) {
		assert_int_equal(mkdirat(at, "d", 0700), 0);
		int inner = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(inner >= 0);
		assert_int_equal(close(at), 0);
		at = inner;
	}
	assert_int_equal(close(at), 0);
	struct scan *scan = scanned();
	assert_true(scan->is_cut);
	scan_free(scan);
}

/* Where the file system lists a name among the entries of the folder. */
static size_t position_of(const char *name)
{
	size_t position = 0;
	DIR *listing = opendir(here_folder);

	assert_non_null(listing);
	for (const struct dirent *entry; (entry = readdir(listing)) != NULL; position++)
		if (strcmp(entry->d_name, name) == 0)
			break;
	(void)closedir(listing);
	return position;
}

static void too_many_files_end_the_search_but_kinko_has_been_seen(void **state)
{
	char name[32];
	unsigned count = 0;

	(void)state;
	given_inner_folder("Kinko");
	given_original_at("Kinko/mine.p12");
	do {
		(void)snprintf(name, sizeof name, "picture-%u.jpg", count++);
		given_text(here(name), "");
	} while (count % 3000 != 0 || position_of("Kinko") < SCAN_ENTRIES_MAX + 2);
	struct scan *scan = scanned();
	assert_int_equal(scan->count, 1);
	assert_string_equal(scan->items[0].path, here("Kinko/mine.p12"));
	assert_true(scan->is_cut);
	scan_free(scan);
}

static void another_file_system_below_is_not_entered(void **state)
{
	(void)state;
	given_inner_folder("mounted");
	if (!given_tmpfs(here("mounted"), 64, false))
		skip();
	given_original_at("mounted/other.p12");
	struct scan *scan = scanned();
	assert_int_equal(scan->count, 0);
	scan_free(scan);
	drop_tmpfs(here("mounted"));
}

static void a_folder_that_cannot_be_opened_is_named(void **state)
{
	struct scan *scan = NULL;

	(void)state;
	assert_int_equal(scan_folder(here("missing"), &scan), ERR_STICK_FOLDER);
	given_original_at("a.p12");
	assert_int_equal(scan_folder(here("a.p12"), &scan), ERR_STICK_FOLDER);
	assert_null(scan);
}

/* Every operation fails once: the search says so, or has not needed it. */
static void a_stick_that_vanishes_meanwhile_is_reported(void **state)
{
	struct faulty_stick *stick = given_faulty_stick();
	enum err err = ERR_INTERNAL;
	int64_t operations = 0;

	(void)state;
	if (stick == NULL)
		skip();
	assert_int_equal(mkdir(path_in(stick->content, "Kinko"), 0700), 0);
	given_text(path_in(stick->content, "Kinko/a.p12"), "a");
	given_text(path_in(stick->content, "b.p12"), "b");
	for (; err != ERR_OK; operations++) {
		struct scan *scan = NULL;
		stick->faults[FAULT_OPERATIONS_LEFT] = operations;
		err = scan_folder(stick->folder, &scan);
		assert_true(err == ERR_OK ? scan->count == 2 : err == ERR_STICK_GONE);
		scan_free(scan);
		err_forget();
	}
	assert_true(operations > 5);
	drop_faulty_stick(stick);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_HERE(originals_are_found_by_their_ending_those_in_kinko_first),
		TEST_HERE(what_is_no_plain_file_is_skipped_with_its_reason),
		TEST_HERE(links_lead_nowhere_not_even_out_of_the_kinko_folder),
		TEST_HERE(hidden_files_waste_baskets_and_system_folders_are_passed_over),
		TEST_HERE(names_may_be_any_bytes),
		TEST_HERE(only_four_folders_deep_is_looked),
		TEST_HERE(a_thousand_folders_in_each_other_do_no_harm),
		TEST_HERE(too_many_files_end_the_search_but_kinko_has_been_seen),
		TEST_HERE(another_file_system_below_is_not_entered),
		TEST_HERE(a_folder_that_cannot_be_opened_is_named),
		TEST_HERE(a_stick_that_vanishes_meanwhile_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
